// `npm run fuzz:guarantees`: the random tests, far more often than `npm test`.
// In: perhaps how many times as often. Out: the seed, then what the tests say.
// INVARIANT: the seed that it prints gives the same run again.

import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'

const FILES = [
  'compile/matching',
  'compile/guarantees',
  'compile/differences',
  'compile/accord',
  'compile/digests',
  'audit/audit-properties',
  'serve/fast',
  'serve/same-connection',
  'serve/scanner',
  'upstream/responses',
]

const root = join(import.meta.dirname, '../../..')
const [times = '20'] = process.argv.slice(2)
const { GUARANTEES_SEED: seed = String(randomInt(2 ** 31)) } = process.env
process.stdout.write(`GUARANTEES_SEED=${seed} GUARANTEES_TIMES=${times}\n`)

const codes = FILES.map((name) => {
  const { status } = spawnSync(
    process.execPath,
    ['--import=./dist/test/harness/plain-children.js', `dist/test/${name}.js`],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        TAP_TIMEOUT: '3600',
        GUARANTEES_SEED: seed,
        GUARANTEES_TIMES: times,
      },
    },
  )
  return status
})
process.exitCode = codes.every((code) => code === 0) ? 0 : 1

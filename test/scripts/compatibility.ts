// `npm run compatibility`: runs the peers for real and writes what works.
// In: nothing. Out: docs/compatibility.md, and what is not as expected.
// INVARIANT: nothing is written that the lists of faults in test/harness do not
// explain; exit code 1 then, 2 if it could not be found out.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../harness/gateway.ts'
import { judgeResults } from '../harness/peers/faults.ts'
import type { Feature } from '../harness/peers/features.ts'
import { aimInspector, COMMANDS, inspect } from '../harness/peers/inspector.ts'
import { renderCompatibility } from '../harness/peers/render.ts'
import { runPeers } from '../harness/peers/run.ts'
import { judgeResults as judgeSdks } from '../harness/sdks/faults.ts'
import { ALL_PAIRS, runSdks } from '../harness/sdks/run.ts'

const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.push(end) }
try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 2
} finally {
  for (const end of ends.reverse()) await end()
}

async function main(): Promise<number> {
  const { results: ofClients, ...at } = await runPeers(owner)
  const target = await aimInspector(owner, at)
  const features = Object.keys(COMMANDS) as readonly Feature[]
  const results = [...ofClients, ...(await inspect(target, features))]
  const sdks = await runSdks(owner, ALL_PAIRS)
  for (const [sdk, reason] of sdks.missing) {
    process.stderr.write(`${sdk} is missing: ${reason}\n`)
  }
  if (sdks.missing.size > 0) return 2
  const wrong = [...judgeResults(results), ...judgeSdks(sdks.results)]
  for (const line of wrong) process.stderr.write(`${line}\n`)
  if (wrong.length > 0) return 1
  writeFileSync(
    join(root, 'docs/compatibility.md'),
    renderCompatibility(results),
  )
  const attempts = results.length + sdks.results.length
  process.stdout.write(`${attempts} attempts as expected\n`)
  return 0
}

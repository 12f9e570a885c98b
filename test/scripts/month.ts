// `npm run trial:month`: thirty days of fifteen developers, eight servers, a
// leaver and a runaway agent, for the questions of docs/operations.md.
// In: perhaps --folder, --seed N. Out: the folder, to ask in.
// INVARIANT: the default seed is the document's.

import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { liveMonth, SEED } from '../harness/month/month.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: 'month' },
    seed: { type: 'string', default: String(SEED) },
  },
})
const folder = resolve(values.folder)
// One that is there already would be gone on with.
mkdirSync(folder)
const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }
const { calls } = await liveMonth(owner, folder, Number(values.seed))
for (const end of ends) await end()
stdout.write(
  `seed ${values.seed}: ${calls} calls from 2026-11-01 to 2026-11-30 in ` +
    `${folder}\nask there, as docs/operations.md does: \`cd ${folder}\`, then ` +
    'for example\n' +
    'gateway audit query --since 2026-11-24 --until 2026-11-24\n',
)

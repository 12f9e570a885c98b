// `npm run trial:clients`: real programs of clients, started on the files that
// `gateway connect --write` writes and the commands that it prints.
// In: perhaps --json, --only CLIENT. Out: a line for each.
// INVARIANT: exits with 1 if a program does not see every tool.

import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { tryPrograms } from '../harness/programs/run.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }
const names = values.only === undefined ? undefined : [values.only]
const tried = await tryPrograms(owner, names)
for (const end of ends) await end()
if (values.json) stdout.write(`${JSON.stringify(tried)}\n`)
else {
  for (const { client, version, tools, wrong } of tried) {
    const seen = tools ? `${tools.length} tools` : 'connected'
    stdout.write(`${client} (${version}): ${wrong ?? seen}\n`)
  }
}
process.exitCode = tried.every(({ wrong }) => wrong === null) ? 0 : 1

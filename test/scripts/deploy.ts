// `npm run trial:deploy`: the files of deploy/ and what docs/deploy.md says of
// them, run for real as far as this machine can.
// In: perhaps --json, --only WORD. Out: a line for each check.

import { parseArgs } from 'node:util'
import { IMAGE } from '../harness/deploy/image.ts'
import { LIFECYCLE } from '../harness/deploy/lifecycle.ts'
import { runRows } from '../harness/deploy/row.ts'
import { TOOLS } from '../harness/deploy/tools.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
})
const rows = [...TOOLS, ...LIFECYCLE, ...IMAGE].filter(({ id }) =>
  id.includes(values.only),
)
process.exitCode = await runRows(rows, values.json)

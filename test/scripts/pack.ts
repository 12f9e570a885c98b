// `npm run trial:pack`: the package as a stranger installs it, under each Node.
// In: perhaps --json, --node VERSION (repeatable). Out: a line for each check.

import { parseArgs } from 'node:util'
import { INSTALLED, TYPES } from '../harness/deploy/installed.ts'
import { runRows } from '../harness/deploy/row.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: ['20', '22', '24'] },
  },
})
const rows = [TYPES, ...values.node.map(INSTALLED)]
process.exitCode = await runRows(rows, values.json)

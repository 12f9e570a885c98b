// The refusals of docs/operations.md, made from the tables of the runtime.
// In: refusal.ts, token-faults.ts. Out: the page with a row for each kind, and for
// each fault of a token.
// INVARIANT: nothing is written here that the table does not hold.

import { REFUSALS, type RefusalRow } from '../../src/runtime/message/refusal.ts'
import { TOKEN_FAULTS } from '../../src/runtime/stages/token-faults.ts'

/** The page with the refusals of today. */
export function replaceRefusals(page: string): string {
  const rows = Object.entries(REFUSALS).map(renderRow)
  const faults = Object.entries(TOKEN_FAULTS).map(renderFault)
  const all = replaceTable(page, 'refusals', [HEAD, RULE, ...rows])
  return replaceTable(all, 'faults', [FAULT_HEAD, FAULT_RULE, ...faults])
}

function replaceTable(page: string, name: string, lines: readonly string[]) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of the ${name} -->`]
  const [before, rest = ''] = page.split(start)
  const [, after = ''] = rest.split(end)
  return `${before}${start}\n\n${lines.join('\n')}\n\n${end}${after}`
}

const FAULT_HEAD = '| in the audit | text |'
const FAULT_RULE = '|---|---|'

function renderFault([reason, text]: readonly [string, string]): string {
  const shown = text.replace('{}', '…').replace('{at}', '…')
  return `| \`${reason}\` | ${shown} |`
}

const HEAD = '| refusal | HTTP | JSON-RPC | in the audit | text |'
const RULE = '|---|---|---|---|---|'

function renderRow([kind, row]: readonly [string, RefusalRow]): string {
  const { status, decisions, text, when } = row
  const shown = decisions.map((one) => `\`${one}\``).join(', ') || 'nothing'
  const cells = [
    kind,
    renderEras(status),
    renderCode(row),
    shown,
    when ? `*${when}*` : text.replace('{}', '…'),
  ]
  return `| ${cells.join(' | ')} |`
}

function renderCode({ code, isResult }: RefusalRow): string {
  const shown = renderEras(code)
  return isResult ? `${shown}; \`tools/call\`: \`isError: true\`` : shown
}

function renderEras(value: RefusalRow['code']): string {
  if (typeof value === 'number') return `${value}`
  const { legacy, modern } = value
  return legacy === modern ? `${modern}` : `${modern}; sessions: ${legacy}`
}

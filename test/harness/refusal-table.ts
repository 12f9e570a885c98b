// The refusals of docs/operations.md, made from the table of the runtime.
// In: src/runtime/message/refusal.ts. Out: the page with a row for each kind.
// INVARIANT: nothing is written here that the table does not hold.

import { REFUSALS, type RefusalRow } from '../../src/runtime/message/refusal.ts'

const MARKS = ['<!-- refusals -->', '<!-- end of the refusals -->'] as const

/** The page with the refusals of today. */
export function replaceRefusals(page: string): string {
  const [before, rest = ''] = page.split(MARKS[0])
  const [, after = ''] = rest.split(MARKS[1])
  const rows = Object.entries(REFUSALS).map(renderRow)
  const table = [HEAD, RULE, ...rows].join('\n')
  return `${before}${MARKS[0]}\n\n${table}\n\n${MARKS[1]}${after}`
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

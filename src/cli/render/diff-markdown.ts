// A diff as the comment on a pull request.
// In: both sides and their diff. Out: GitHub-flavoured Markdown.
// INVARIANT: begins with a marker by which a job finds its own comment; no
// name that a config holds can end a table, ping a person or add a link.

import { writeCode, writeText } from '../../diagnostics/render/escape.ts'
import { isEmpty } from '../../table/diff/diff.ts'
import type { Row } from '../../table/diff/rows.ts'
import { type Sides, spellBecause, spellDigests, spellWho } from './diff.ts'
import { describeDiff } from './diff-headline.ts'
import {
  spellConditions,
  spellLimit,
  spellReach,
  spellRisk,
  spellSetting,
  spellTokenPart,
  spellUse,
} from './diff-words.ts'

export const MARKER = '<!-- gateway diff -->'

/** GitHub takes 65,536 characters a comment. */
const MOST_ROWS = 50
const MOST_USES = 12

export function renderDiffMarkdown(sides: Sides): string {
  const { diff } = sides
  const headline = describeDiff(diff)
    .map((part, index) => (index === 0 ? part : ` · ${part}`))
    .join('')
  const same = diff.base === diff.head
  const grows = diff.rows.filter(({ change }) => isGrowth(change))
  const others = diff.rows.filter(({ change }) => !isGrowth(change))
  const blocks = [
    MARKER,
    `**Access change**: ${writeText(headline)}`,
    ...renderTable(grows, sides),
    ...fold('Less access', renderTable(others, sides), others.length),
    ...renderLists(sides),
    ...(isEmpty(diff) && !same
      ? ['The table reads otherwise, and means the same.']
      : []),
    `<sub>${writeText(spellDigests(diff))}</sub>`,
  ]
  return `${blocks.join('\n\n')}\n`
}

function isGrowth(change: Row['change']): boolean {
  return change === 'gain' || change === 'wider' || change === 'otherwise'
}

function renderTable(rows: readonly Row[], sides: Sides): readonly string[] {
  if (rows.length === 0) return []
  const left = rows.length - MOST_ROWS
  const table = [
    '| who | what | because |',
    '|---|---|---|',
    ...rows.slice(0, MOST_ROWS).map((row) => renderRow(row, sides)),
  ].join('\n')
  return left > 0
    ? [table, `… and ${left} more rows: \`gateway diff\` lists all.`]
    : [table]
}

const VERBS: Readonly<Record<Row['change'], string>> = Object.freeze({
  gain: '',
  wider: 'fewer conditions: ',
  otherwise: 'other conditions: ',
  narrower: 'more conditions: ',
  loss: 'no longer: ',
})

function renderRow(row: Row, sides: Sides): string {
  const { change, risk, uses, before, after } = row
  const names = uses.slice(0, MOST_USES).map((use) => writeCode(spellUse(use)))
  const more = uses.length - names.length
  const what = [...names, ...(more > 0 ? [`… and ${more} more`] : [])].join(
    ', ',
  )
  const warned =
    change !== 'loss' && risk !== 'read-only' && risk !== 'additive'
  const mark = warned ? ` ⚠ ${spellRisk(risk)}` : ''
  const bounds =
    change === 'gain' || change === 'loss'
      ? spellBounds(spellConditions(change === 'loss' ? before : after))
      : ` ${writeText(`${spellConditions(before)} → ${spellConditions(after)}`)}`
  const cells = [
    writeText(spellWho(row, sides)),
    `${VERBS[change]}${what}${mark}${bounds}`,
    writeText(spellBecause(row, sides)),
  ]
  return `| ${cells.join(' | ')} |`
}

function spellBounds(conditions: string): string {
  return conditions === 'without condition' ? '' : ` ${writeText(conditions)}`
}

function renderLists({ diff }: Sides): readonly string[] {
  const { renamed, tokens, limits, settings, definitions } = diff
  const tokenLines = tokens.map(({ id, subject, change, parts, reach }) => {
    const told = parts.map((part) => writeText(spellTokenPart(part)))
    const reaches = `reaches ${spellReach(reach)}`
    const who = `${writeCode(id)} of ${writeText(subject)}`
    return `${who} ${change}: ${[...told, reaches].join(', ')}`
  })
  const limitLines = limits.map(
    (limit) =>
      `${writeCode(limit.name)} ${limit.change}: ${writeText(spellLimit(limit))}`,
  )
  const settingLines = settings.map(
    (one) => `${writeCode(one.path)}: ${writeText(spellSetting(one))}`,
  )
  const lockLines = definitions.map(({ server, kind, name, change, parts }) => {
    const what = kind === 'server' ? server : `${server}/${name}`
    const members = parts.length > 0 ? ` (${parts.join(', ')})` : ''
    return `${change} ${kind} ${writeCode(what)}${writeText(members)}`
  })
  const renamedLines = renamed.map(
    ([from, to]) => `${writeCode(from)} is now ${writeCode(to)}`,
  )
  return [
    ...list('Tokens', tokenLines),
    ...list('Limits', limitLines),
    ...list('Servers and settings', settingLines),
    ...list('Roles renamed', renamedLines),
    ...list('Definitions in the lock', lockLines),
  ]
}

function list(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return []
  const shown = lines.slice(0, MOST_ROWS).map((line) => `- ${line}`)
  const left = lines.length - shown.length
  const rest = left > 0 ? [`- … and ${left} more`] : []
  return fold(title, [[...shown, ...rest].join('\n')], lines.length)
}

function fold(
  title: string,
  blocks: readonly string[],
  count: number,
): readonly string[] {
  if (blocks.length === 0) return []
  const summary = `<summary>${title} (${count})</summary>`
  return [`<details>${summary}`, ...blocks, '</details>']
}

// A diff as the comment on a pull request.
// In: both sides and their diff. Out: GitHub-flavoured Markdown.
// INVARIANT: begins with a marker by which a job finds its own comment; no name
// from a config can end a table, notify a person or add a link.

import {
  code,
  joinMarkdown,
  type Markdown,
  md,
} from '../../diagnostics/render/escape.ts'
import { fit } from '../../diagnostics/render/markdown.ts'
import { isEmpty } from '../../table/diff/diff.ts'
import type { Row } from '../../table/diff/rows.ts'
import type { Drift } from '../../table/drift.ts'
import { formatBecause, formatDigests, formatWho, type Sides } from './diff.ts'
import { describeDiff, formatMove } from './diff-headline.ts'
import { listTextChanges } from './diff-texts.ts'
import {
  formatConditions,
  formatGuardrail,
  formatLimit,
  formatReach,
  formatRisk,
  formatSetting,
  formatTokenPart,
  formatUse,
} from './diff-words.ts'

const MARKER = md`<!-- gateway diff -->`

/** GitHub allows 65,536 characters in a comment: rows of a table or a list, and
 * characters. */
const MAX = Object.freeze({
  rows: 50,
  uses: 12,
  texts: 2,
  block: 9_000,
})

export function renderDiffMarkdown(sides: Sides): Markdown {
  const { diff, notes = [] } = sides
  const same = diff.base === diff.head
  const grows = diff.rows.filter(({ change }) => isGrowth(change))
  const others = diff.rows.filter(({ change }) => !isGrowth(change))
  const blocks = [
    MARKER,
    md`**Access change**: ${joinMarkdown(describeDiff(diff), ' · ')}`,
    ...renderTable(grows, sides),
    ...fold('Less access', renderTable(others, sides), others.length),
    ...renderLists(sides),
    ...(isEmpty(diff) && !same
      ? [md`The table is written differently, but means the same.`]
      : []),
    ...notes.map((note) => md`Note: ${note}.`),
    md`<sub>${formatDigests(diff)}</sub>`,
  ]
  return md`${joinMarkdown(blocks, '\n\n')}\n`
}

function isGrowth(change: Row['change']): boolean {
  return change === 'gain' || change === 'wider' || change === 'otherwise'
}

function renderTable(rows: readonly Row[], sides: Sides): readonly Markdown[] {
  if (rows.length === 0) return []
  const shown = fit(
    rows.slice(0, MAX.rows).map((row) => renderRow(row, sides)),
    2 * MAX.block,
  )
  const left = rows.length - shown.length
  const heads = [md`| who | what | because |`, md`|---|---|---|`]
  const table = joinMarkdown([...heads, ...shown], '\n')
  return left > 0
    ? [table, md`… and ${left} more rows: \`gateway diff\` lists all.`]
    : [table]
}

const VERBS: Readonly<Record<Row['change'], Markdown>> = Object.freeze({
  gain: md``,
  wider: md`fewer conditions: `,
  otherwise: md`other conditions: `,
  narrower: md`more conditions: `,
  loss: md`no longer: `,
})

function renderRow(row: Row, sides: Sides): Markdown {
  const { change, risk, uses, before, after } = row
  const names = uses.slice(0, MAX.uses).map((use) => code(formatUse(use)))
  const more = uses.length - names.length
  const rest = more > 0 ? [md`… and ${more} more`] : []
  const what = joinMarkdown([...names, ...rest], ', ')
  const warned =
    change !== 'loss' && risk !== 'read-only' && risk !== 'additive'
  const mark = warned ? md` ⚠ ${formatRisk(risk)}` : md``
  const bounds =
    change === 'gain' || change === 'loss'
      ? formatBounds(formatConditions(change === 'loss' ? before : after))
      : md` ${formatConditions(before)} → ${formatConditions(after)}`
  const who = formatWho(row, sides)
  const because = formatBecause(row, sides)
  return md`| ${who} | ${VERBS[change]}${what}${mark}${bounds} | ${because} |`
}

function formatBounds(conditions: string): Markdown {
  return conditions === 'without a condition' ? md`` : md` ${conditions}`
}

function renderLists(sides: Sides): readonly Markdown[] {
  const { diff } = sides
  const { renamed, tokens, limits, settings, definitions } = diff
  const tokenLines = tokens.map(({ id, subject, change, parts, reach }) => {
    const told = parts.map((part) => md`${formatTokenPart(part)}, `)
    const reaches = md`reaches ${formatReach(reach)}`
    return md`${code(id)} of ${subject} ${change}: ${joinMarkdown(told)}${reaches}`
  })
  const limitLines = limits.map(
    (limit) => md`${code(limit.name)} ${limit.change}: ${formatLimit(limit)}`,
  )
  // Serious changes come first, so a cut never removes one before another.
  const grave = settings.filter(({ gravity }) => gravity.length > 0)
  const plain = settings.filter(({ gravity }) => gravity.length === 0)
  const settingLines = [...grave, ...plain].map(
    (one) => md`${code(one.path)}: ${formatSetting(one)}`,
  )
  const lockLines = definitions.map((drift) => {
    const { server, kind, name, change, parts } = drift
    const what = kind === 'server' ? server : `${server}/${name}`
    const members = parts.length > 0 ? md` (${parts.join(', ')})` : md``
    return md`${change} ${kind} ${code(what)}${members}${renderTexts(drift, sides)}`
  })
  const renamedLines = renamed.map(
    ([from, to]) => md`${code(from)} is now ${code(to)}`,
  )
  const guardrailLines = diff.guardrails.map(
    (one) => md`${formatGuardrail(one)}`,
  )
  return [
    ...list('Expectations and lints', guardrailLines),
    ...list('Tokens', tokenLines),
    ...list('Limits', limitLines),
    ...list(
      'Secrets that are sent elsewhere',
      diff.secrets.map((one) => md`${formatMove(one)}`),
    ),
    ...list('Servers and settings', settingLines, grave.length),
    ...list('Roles renamed', renamedLines),
    ...list('Definitions in the lock', lockLines),
  ]
}

/** The first texts of it, old and new. */
function renderTexts(drift: Drift, sides: Sides): Markdown {
  const changes = listTextChanges(drift, sides)
  const told = changes.slice(0, MAX.texts).map(({ path, before, after }) => {
    const [old, now] = [before, after].map((text) =>
      text === null ? md`none` : code(text),
    ) as [Markdown, Markdown]
    return md`${code(path)}: ${old} → ${now}`
  })
  const left = changes.length - told.length
  const rest = left > 0 ? [md`… and ${left} more`] : []
  return told.length === 0
    ? md``
    : md`: ${joinMarkdown([...told, ...rest], '; ')}`
}

/** `grave`: number of the first lines that must not be cut. */
function list(
  title: string,
  all: readonly Markdown[],
  grave = 0,
): readonly Markdown[] {
  if (all.length === 0) return []
  const items = all.slice(0, MAX.rows).map((line) => md`- ${line}`)
  const shown = fit(items, MAX.block)
  const left = all.length - shown.length
  const unseen = grave - shown.length
  const warned = unseen > 0 ? md`, ⚠ ${unseen} of them grave` : md``
  const where = md`\`gateway diff\` lists all`
  const rest = left > 0 ? [md`- … and ${left} more${warned}: ${where}`] : []
  return fold(title, [joinMarkdown([...shown, ...rest], '\n')], all.length)
}

function fold(
  title: string,
  blocks: readonly Markdown[],
  count: number,
): readonly Markdown[] {
  if (blocks.length === 0) return []
  const summary = md`<details><summary>${title} (${count})</summary>`
  return [summary, ...blocks, md`</details>`]
}

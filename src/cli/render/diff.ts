// A diff for people at a terminal, and for programs.
// In: both sides and their diff. Out: text, the headline first; or one JSON
// object.
// INVARIANT: lists everything; no credential and no control character.

import type { Artefact } from '../../contract/table.ts'
import {
  type Hole,
  json,
  type Plain,
  paint,
  plain,
  plainLines,
  type Shown,
} from '../../diagnostics/shown.ts'
import type { TableDiff } from '../../table/diff/diff.ts'
import type { Row } from '../../table/diff/rows.ts'
import type { Drift } from '../../table/drift.ts'
import { joinBlocks } from '../columns.ts'
import type { DiffDocument } from '../documents/answers.ts'
import { describeDiff, formatMove } from './diff-headline.ts'
import { formatTextChanges, listTextChanges } from './diff-texts.ts'
import {
  describeHeadline,
  formatConditions,
  formatGuardrail,
  formatLimit,
  formatPrincipal,
  formatReach,
  formatRisk,
  formatSetting,
  formatTokenPart,
  formatUse,
  joinWords,
} from './diff-words.ts'

export interface Sides {
  readonly base: Artefact | null
  readonly head: Artefact
  readonly diff: TableDiff
  /** What the comparison does not cover. */
  readonly notes?: readonly string[]
}

const HEADS: Readonly<Record<Row['change'], string>> = Object.freeze({
  gain: 'gains',
  wider: 'gains unconditional access to',
  otherwise: 'has other conditions on',
  narrower: 'gets more conditions on',
  loss: 'loses',
})

export function renderDiff(sides: Sides): Plain {
  const { diff, notes = [] } = sides
  const { rows, renamed, tokens, limits, settings, definitions } = diff
  const blocks = [
    [`Access: ${describeDiff(diff).join('; ')}`],
    rows.length === 0
      ? []
      : [plainLines(rows.flatMap((row) => renderRow(row, sides)))],
    renamed.map(([from, to]) => `role ${from} is now called ${to}`),
    tokens.flatMap(({ id, subject, change, parts, reach, record }) => [
      `token ${subject} (${id}) ${change}: reaches ${formatReach(reach)}` +
        `${record.roles.length > 0 ? ` as ${record.roles.join(', ')}` : ''}`,
      ...parts.map((part) => `  ${formatTokenPart(part)}`),
    ]),
    limits.map(
      (limit) => `limit ${limit.name} ${limit.change}: ${formatLimit(limit)}`,
    ),
    diff.guardrails.map(formatGuardrail),
    diff.secrets.map(formatMove),
    settings.map((one) => `${one.path}: ${formatSetting(one)}`),
    definitions.flatMap((drift) => renderDrift(drift, sides)),
    notes.map((note) => `note: ${note}`),
    [formatDigests(diff)],
  ]
  return joinBlocks(blocks)
}

function renderDrift(drift: Drift, sides: Sides): readonly string[] {
  const { server, kind, name, change, parts } = drift
  const what = kind === 'server' ? server : `${server}/${name}`
  const members = parts.length > 0 ? ` (${parts.join(', ')})` : ''
  return [
    `${change} in the lock: ${kind} ${what}${members}`,
    ...formatTextChanges(listTextChanges(drift, sides)),
  ]
}

/** Only the headline and the rows: for `gateway lock`, which changes nothing
 * else. */
export function renderAccess(sides: Sides): Plain {
  const { diff } = sides
  const lines = [
    `Access: ${describeHeadline(diff).join('; ')}`,
    ...diff.rows.flatMap((row) => renderRow(row, sides)),
  ]
  return plainLines(lines)
}

const TONES = Object.freeze({ gain: 'good', loss: 'bad' } as const)

function renderRow(row: Row, sides: Sides): readonly Hole[] {
  const { change, risk, uses, before, after } = row
  const grave =
    change === 'loss' || risk === 'read-only' ? '' : `  ${formatRisk(risk)}`
  const conditioned = change !== 'gain' && change !== 'loss'
  const granted = change === 'loss' ? before : after
  const conditions = conditioned
    ? [`  ${formatConditions(before)} → ${formatConditions(after)}`]
    : formatConditions(granted) === 'without a condition'
      ? []
      : [`  ${formatConditions(granted)}`]
  const tone = change === 'gain' || change === 'loss' ? TONES[change] : 'warn'
  return [
    plain`${formatWho(row, sides)} ${paint(tone, HEADS[change])}:`,
    ...uses.map((use) => `  ${formatUse(use)}${grave}`),
    ...conditions,
    `  because: ${formatBecause(row, sides)}`,
  ]
}

/** The principal, and its holders. */
export function formatWho(
  { principal, holders }: Row,
  { base, head }: Sides,
): string {
  const subjects = { ...base?.table.tokens, ...head.table.tokens }
  const spelt = holders.map((one) => formatPrincipal(one, subjects))
  const held = spelt.length === 0 ? '' : ` (${joinWords(spelt)})`
  return `${formatPrincipal(principal, subjects)}${held}`
}

/** The rule's place, on the side that contains it. */
export function formatBecause({ because, change }: Row, sides: Sides): string {
  const { rule, side, byLock } = because
  const { places } = (side === 'base' ? sides.base : sides.head) ?? sides.head
  const place = rule === null ? undefined : places[rule]?.replace(/:\d+$/, '')
  const at = place ?? rule ?? 'no rule allows it'
  const where = side === 'base' ? `${at} of the base` : at
  if (!byLock) return where
  return change === 'loss'
    ? `lock: gone, under ${where}`
    : `lock: new, under ${where}`
}

export function formatDigests({ base, head }: TableDiff): string {
  const short = (digest: string | null) => digest?.slice(0, 12) ?? 'nothing'
  return base === head
    ? `digest ${short(head)}, unchanged`
    : `digest ${short(base)} → ${short(head)}`
}

/** Everything, with the places of the rules. */
export function renderDiffJson(sides: Sides): Shown {
  const { diff, notes = [] } = sides
  const rows = diff.rows.map((row) => {
    const { rule, side } = row.because
    const { places } = (side === 'base' ? sides.base : sides.head) ?? sides.head
    const at = rule === null ? null : (places[rule] ?? null)
    return { ...row, because: { ...row.because, at } }
  })
  const tokens = diff.tokens.map(({ record, ...token }) => ({
    ...token,
    team: record.team,
    roles: record.roles,
  }))
  const definitions = diff.definitions.map((drift) => {
    const texts = listTextChanges(drift, sides)
    return texts.length === 0 ? drift : { ...drift, texts }
  })
  const headline = describeDiff(diff)
  const object: DiffDocument = {
    formatVersion: 1,
    command: 'diff',
    headline,
    notes,
    ...diff,
    rows,
    tokens,
    definitions,
  }
  return json(object)
}

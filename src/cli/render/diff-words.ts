// The words of a diff: its headline, its rows, and the causes of a failure.
// In: a TableDiff. Out: text without markup, the same in every report.
// INVARIANT: "no access change" is written exactly if nobody gains or loses
// anything.

import type { Risk } from '../../contract/lock.ts'
import { maskCredentials } from '../../diagnostics/credential.ts'
import { formatInstant } from '../../diagnostics/instants.ts'
import { PRINCIPAL_KINDS, type Principal } from '../../table/access.ts'
import {
  changesAccess,
  type Reach,
  type TableDiff,
} from '../../table/diff/diff.ts'
import type { Gravity } from '../../table/diff/gravity.ts'
import {
  type GuardrailChange,
  isLoosened,
} from '../../table/diff/guardrails.ts'
import type { LimitChange } from '../../table/diff/limits.ts'
import type { Conditions, Row } from '../../table/diff/rows.ts'
import type { SettingChange } from '../../table/diff/settings.ts'
import type { TokenChange } from '../../table/diff/tokens.ts'
import { describeLimit } from '../../table/limit.ts'
import { writeUnits } from './diff-units.ts'

type Judge = (diff: TableDiff) => boolean

/** The values of --fail-on. A tool of unknown risk counts as destructive. */
export const WORDS = Object.freeze({
  gains: ({ rows, tokens }) =>
    rows.some(({ change }) => GAINS.includes(change)) ||
    tokens.some(
      ({ change, reach }) => isNew(change) && reach.tools + reach.written > 0,
    ),
  'gains:destructive': ({ rows, tokens }) =>
    rows.some(({ change, risk }) => GAINS.includes(change) && isGrave(risk)) ||
    tokens.some(({ change, reach }) => isNew(change) && countGrave(reach) > 0),
  losses: ({ rows, tokens }) =>
    rows.some(({ change }) => LOSSES.includes(change)) ||
    tokens.some(({ change }) => ['removed', 'revoked'].includes(change)),
  'limits:looser': ({ limits }) => limits.some(isLooser),
  settings: ({ settings }) => settings.length > 0,
  secrets: ({ secrets, settings }) =>
    secrets.length > 0 || isGraver(settings, 'secrets'),
  execution: ({ settings }) => isGraver(settings, 'execution'),
  exposure: ({ settings }) => isGraver(settings, 'exposure'),
  audit: ({ settings }) => isGraver(settings, 'audit'),
  guardrails: ({ guardrails }) => guardrails.some(isLoosened),
  access: changesAccess,
} satisfies Record<string, Judge>)

export type FailOn = keyof typeof WORDS

const GAINS: readonly string[] = ['gain', 'wider', 'otherwise']
const LOSSES: readonly string[] = ['loss', 'narrower']

/** The values in `failOn` that apply to the diff. */
export function findFailures(
  diff: TableDiff,
  failOn: readonly FailOn[],
): readonly FailOn[] {
  return [...new Set(failOn)].filter((word) => WORDS[word](diff))
}

/** "2 roles and 5 tokens gain 3 tools, 1 limit is looser". */
export function describeHeadline(diff: TableDiff): readonly string[] {
  const { tokens, limits } = diff
  const of = (...changes: readonly TokenChange['change'][]) =>
    tokens.filter(({ change }) => changes.includes(change)).length
  const looser = limits.filter(isLooser).length
  const parts = [
    summarize(diff, ['gain'], 'gains', 'gain'),
    summarize(
      diff,
      ['wider'],
      'gains unconditional access to',
      'gain unconditional access to',
    ),
    summarize(
      diff,
      ['otherwise'],
      'has other conditions on',
      'have other conditions on',
    ),
    summarize(
      diff,
      ['narrower'],
      'gets more conditions on',
      'get more conditions on',
    ),
    summarize(diff, ['loss'], 'loses', 'lose'),
    countOf(of('added', 'restored'), 'new token'),
    countOf(of('removed', 'revoked'), 'token revoked', 'tokens revoked'),
    countOf(looser, 'limit is looser', 'limits are looser'),
  ].filter((part) => part !== '')
  return parts.length === 0 ? ['no access change'] : parts
}

function summarize(
  { rows }: TableDiff,
  changes: readonly Row['change'][],
  one: string,
  many: string,
): string {
  const mine = rows.filter(({ change }) => changes.includes(change))
  if (mine.length === 0) return ''
  const who = new Set(
    mine.flatMap(({ principal, holders }) =>
      [principal, ...holders].map(({ kind, name }) => `${kind} ${name}`),
    ),
  )
  const counts = PRINCIPAL_KINDS.map(
    (kind) => [...who].filter((key) => key.startsWith(`${kind} `)).length,
  ).flatMap((n, index) =>
    n > 0 ? [countOf(n, PRINCIPAL_KINDS[index] ?? '')] : [],
  )
  const uses = new Set(mine.flatMap((row) => row.uses.map(formatUse)))
  const tools = mine.every((row) =>
    row.uses.every((use) => use.kind === 'tool'),
  )
  const verb = who.size === 1 ? one : many
  return `${joinWords(counts)} ${verb} ${countOf(uses.size, tools ? 'tool' : 'use')}`
}

export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

export function countOf(n: number, one: string, many = `${one}s`): string {
  return n === 0 ? '' : `${n} ${n === 1 ? one : many}`
}

export function formatUse({ server, kind, name, locked }: Row['uses'][number]) {
  const what = kind === 'tool' ? '' : ` (${kind})`
  const known = locked || kind === 'resource' ? '' : ' (not locked)'
  return `${server}/${name}${what}${known}`
}

/** A token by its subject, for people, and its id. */
export function formatPrincipal(
  { kind, name }: Principal,
  subjects: Readonly<Record<string, { readonly subject: string }>>,
): string {
  if (kind !== 'token') return `${kind} ${name}`
  const { subject } = subjects[name] ?? {}
  return subject === undefined ? `token ${name}` : `token ${subject} (${name})`
}

export function formatConditions(conditions: Conditions | null): string {
  if (!conditions) return 'not allowed'
  const { only, never } = conditions
  const parts = [
    ...(only.length > 0 ? [`only if ${only.join(', or ')}`] : []),
    ...(never.length > 0 ? [`not if ${never.join(', nor ')}`] : []),
  ]
  return parts.join('; ') || 'without a condition'
}

export function formatLimit({ before, after }: LimitChange): string {
  if (!after) return before ? `was ${describeLimit(before)}` : ''
  const now = describeLimit(after)
  if (!before) return now
  const old = describeLimit(before)
  return old === now
    ? 'counts other calls, or other callers'
    : `${old} → ${now}`
}

export function formatSetting(change: SettingChange): string {
  const { gravity, keys } = change
  const [before, after] = [change.before, change.after].map((value) =>
    value === undefined ? 'none' : formatWhole(value, keys),
  ) as [string, string]
  const mark = gravity.length === 0 ? '' : ` (${gravity.join(', ')})`
  const whole = gravity.length > 0
  return `${formatTurn(before, after, whole)}${mark}`
}

/** Text that is equal on both sides is cut; a serious value is shown
 * completely. */
function formatTurn(before: string, after: string, whole: boolean): string {
  const [start, end] = measureAlike(before, after)
  const show = (text: string) => {
    if (text.length <= MAX) return text
    const from = start > MAX / 2 ? start - CONTEXT : 0
    const alike = end > MAX / 2 ? end - CONTEXT : 0
    const to = text.length - alike
    const middle = text.slice(from, to)
    const fits = whole || middle.length <= 2 * MAX
    const told = fits ? middle : cutMiddle(middle)
    return `${from > 0 ? '…' : ''}${told}${alike > 0 ? '…' : ''}`
  }
  return `${show(before)} → ${show(after)}`
}

/** Characters of a value, and of the equal text beside a difference. */
const MAX = 120
const CONTEXT = 30

/** Number of characters that both begin with, and that both end with. */
function measureAlike(one: string, other: string): readonly [number, number] {
  const most = Math.min(one.length, other.length)
  let start = 0
  while (start < most && one[start] === other[start]) start++
  let end = 0
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end++
  return [start, end]
}

function cutMiddle(text: string): string {
  const left = text.length - 2 * MAX
  return `${text.slice(0, MAX)}… ${left} characters …${text.slice(-MAX)}`
}

/** Both ends, because an addition is at one of them. */
export function formatValue(value: unknown, keys: readonly string[]): string {
  const text = formatWhole(value, keys)
  return text.length > 2 * MAX + 30 ? cutMiddle(text) : text
}

function formatWhole(value: unknown, keys: readonly string[]): string {
  const written = writeUnits(keys, value)
  // A number with its unit is not a text of the config.
  const isUnit = typeof value === 'number' && typeof written === 'string'
  return isUnit ? written : maskCredentials(JSON.stringify(written))
}

/** "expectation deletes removed", "lint GW4003: warn → off" */
export function formatGuardrail(one: GuardrailChange): string {
  const { kind, name, change, before, after } = one
  if (kind === 'lint') return `lint ${name}: ${before} → ${after}`
  const less = change === 'weaker' ? 'checks less' : change
  return `expectation ${name} ${change === 'stricter' ? 'checks more' : less}`
}

export function formatTokenPart(part: TokenChange['parts'][number]): string {
  const { name, before, after } = part
  const show = (value: unknown) =>
    typeof value === 'number'
      ? formatInstant(value)
      : Array.isArray(value)
        ? value.join(' ') || 'none'
        : value === null
          ? 'none'
          : typeof value === 'object'
            ? 'narrowed'
            : String(value)
  return name === 'sha256'
    ? 'another secret'
    : `${name}: ${show(before)} → ${show(after)}`
}

const DESTRUCTIVE = 'of them destructive'
const UNKNOWN = 'of them of unknown risk'

export function formatReach(reach: Reach): string {
  const { tools, written, risks } = reach
  const parts = [
    countOf(tools, 'tool'),
    countOf(risks.destructive ?? 0, DESTRUCTIVE, DESTRUCTIVE),
    countOf(risks.unknown ?? 0, UNKNOWN, UNKNOWN),
    countOf(written, 'name or pattern', 'names and patterns'),
  ]
  return parts.filter((part) => part !== '').join(', ') || 'no tool'
}

/** A tool that is not locked may do anything. */
function countGrave({ risks, written }: Reach): number {
  return (risks.destructive ?? 0) + (risks.unknown ?? 0) + written
}

export function formatRisk(risk: Risk): string {
  return risk === 'unknown' ? 'unknown risk' : risk
}

function isGrave(risk: Risk): boolean {
  return risk === 'destructive' || risk === 'unknown'
}

function isGraver(settings: readonly SettingChange[], word: Gravity): boolean {
  return settings.some(({ gravity }) => gravity.includes(word))
}

function isNew(change: TokenChange['change']): boolean {
  return change === 'added' || change === 'restored'
}

function isLooser({ change }: LimitChange): boolean {
  return change === 'looser' || change === 'removed'
}

// The filter of a query of the audit.
// In: values or patterns by field. Out: texts for the scan, and a predicate.
// INVARIANT: the predicate alone decides; a text for the scan is in every line
// that the predicate accepts.

import { joinPlain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { matchPattern } from '../table/match.ts'
import { judgeWholeToken } from '../table/whole-token.ts'
import type { ReadMembers } from './members.ts'
import type { Needles } from './scan.ts'

/** By flag; a value may contain `*`, and one of several values must match. */
export interface Asked {
  readonly token?: readonly string[]
  readonly subject?: readonly string[]
  readonly team?: readonly string[]
  readonly server?: readonly string[]
  readonly tool?: readonly string[]
  readonly session?: readonly string[]
  readonly client?: readonly string[]
  readonly ip?: readonly string[]
  readonly request?: readonly string[]
  readonly decision?: readonly string[]
  readonly outcome?: readonly string[]
  /** Only calls of tools, resources and prompts, and what was refused: without
   * lists, sessions and streams. */
  readonly callsOnly?: boolean
}

export interface Filter {
  /** For fields that intent and outcome share. */
  readonly needles: Needles
  /** For fields of an outcome; null if every outcome matches. */
  readonly outcomes: readonly string[] | null
  matches(record: ReadMembers): boolean
}

const TEXTS = {
  subject: 'subject',
  team: 'team',
  server: 'server',
  session: 'session',
  ip: 'ip',
  request: 'requestId',
  decision: 'decision',
} as const

/** A call that has not ended, or whose end was not recorded. */
export const UNFINISHED = 'unfinished'

/** Uses only values that JSON spells in one way. */
const PLAIN = /^[ !#-[\]-~]+$/

type Judge = (record: ReadMembers) => boolean

export function makeFilter(asked: Asked): Filter {
  const needles: (readonly string[])[] = []
  const judges: Judge[] = []
  for (const [flag, field] of Object.entries(TEXTS)) {
    const patterns = asked[flag as keyof typeof TEXTS]
    if (!patterns) continue
    needles.push(needlesOf(field, patterns))
    judges.push((record) =>
      matchAny(patterns, record[field as (typeof TEXTS)['subject']]),
    )
  }
  if (asked.token) addToken(asked.token, needles, judges)
  if (asked.tool) addTool(asked.tool, needles, judges)
  const { outcome, client, callsOnly } = asked
  if (client) {
    const names = needlesOf('name', client)
    needles.push(names)
    judges.push(({ client: own }) => matchAny(client, own?.name))
  }
  if (callsOnly) judges.push(isCall)
  if (outcome) {
    judges.push(({ event, outcome: end }) =>
      outcome.includes(event === 'intent' ? UNFINISHED : (end ?? '')),
    )
  }
  return {
    needles: needles.filter((group) => group.length > 0),
    outcomes: outcome ?? null,
    matches: (record) => judges.every((judge) => judge(record)),
  }
}

/** Also what was refused or taken away, whatever it was. */
function isCall({ method, decision, outcome }: ReadMembers): boolean {
  const isRefused = decision !== 'allowed' || outcome === 'revoked'
  return isRefused || CALLS.includes(method ?? '')
}

const CALLS = ['tools/call', 'resources/read', 'prompts/get']

/** By its id, or by its holder. */
function addToken(
  values: readonly string[],
  needles: (readonly string[])[],
  judges: Judge[],
): void {
  for (const value of values) {
    const problem = judgeWholeToken(value)
    if (problem !== undefined) {
      throw new Unanswerable(joinPlain(problem.split('\n'), '\n'))
    }
  }
  const both = ['tokenId', 'subject'].map((field) => needlesOf(field, values))
  needles.push(both.some((group) => group.length === 0) ? [] : both.flat())
  judges.push(
    ({ tokenId, subject }) =>
      matchAny(values, tokenId) || matchAny(values, subject),
  )
}

/** By its own name, by its exposed name, or as SERVER/TOOL. */
function addTool(
  asked: readonly string[],
  needles: (readonly string[])[],
  judges: Judge[],
): void {
  const pieces = asked.map((pattern) => longest(pattern.split(/[*/]/)))
  needles.push(pieces.every((piece) => piece !== undefined) ? pieces : [])
  judges.push(
    ({ server, tool, exposed }) =>
      matchAny(asked, tool) ||
      matchAny(asked, exposed) ||
      (typeof tool === 'string' && matchAny(asked, `${server}/${tool}`)),
  )
}

/** For a field that is always before its value; [] if one of the patterns could
 * be spelled in another way. */
function needlesOf(
  field: string,
  patterns: readonly string[],
): readonly string[] {
  const found = patterns.map((pattern) => {
    const [first = '', ...rest] = pattern.split('*')
    if (rest.length === 0) {
      return PLAIN.test(first) ? `"${field}":"${first}"` : undefined
    }
    if (PLAIN.test(first)) return `"${field}":"${first}`
    return longest(rest)
  })
  return found.every((one) => one !== undefined) ? found : []
}

function longest(pieces: readonly string[]): string | undefined {
  const [piece = ''] = pieces
    .filter((one) => PLAIN.test(one))
    .sort((a, b) => b.length - a.length)
  // A single letter is in every line.
  return piece.length > 1 ? piece : undefined
}

function matchAny(patterns: readonly string[], value: unknown): boolean {
  return (
    typeof value === 'string' &&
    patterns.some((pattern) => matchPattern(pattern, value))
  )
}

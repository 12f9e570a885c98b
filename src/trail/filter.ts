// What of the audit is asked for.
// In: values or patterns by field. Out: needles for the scan, and a judge.
// INVARIANT: the judge alone decides; a needle is in every line that it would
// take.

import { joinPlain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { matchPattern } from '../table/match.ts'
import { judgeWholeToken } from '../table/whole-token.ts'
import type { ReadMembers } from './members.ts'
import type { Needles } from './scan.ts'

/** By flag; a value may have `*` in it, several mean any of them. */
export interface Asked {
  readonly token?: readonly string[]
  readonly subject?: readonly string[]
  readonly team?: readonly string[]
  readonly server?: readonly string[]
  readonly tool?: readonly string[]
  readonly session?: readonly string[]
  readonly request?: readonly string[]
  readonly decision?: readonly string[]
  readonly outcome?: readonly string[]
}

export interface Filter {
  /** Of what intent and outcome share. */
  readonly needles: Needles
  /** Of an outcome; null where any will do. */
  readonly outcomes: readonly string[] | null
  matches(record: ReadMembers): boolean
}

const TEXTS = {
  subject: 'subject',
  team: 'team',
  server: 'server',
  session: 'session',
  request: 'requestId',
  decision: 'decision',
} as const

/** A call that has not ended, or whose end nobody wrote down. */
export const UNFINISHED = 'unfinished'

/** Asks for nothing that JSON spells in more than one way. */
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
  const { outcome } = asked
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

/** By its id, or by who holds it. */
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

/** By its own name, by the one that clients see, or as SERVER/TOOL. */
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

/** Of a field that is known to stand before its value; [] where one of the
 * patterns could be spelt in another way. */
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
  // One letter is in every line.
  return piece.length > 1 ? piece : undefined
}

function matchAny(patterns: readonly string[], value: unknown): boolean {
  return (
    typeof value === 'string' &&
    patterns.some((pattern) => matchPattern(pattern, value))
  )
}

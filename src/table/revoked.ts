// Revocations by a host itself: the lines of `gateway.revoked`.
// In: its text, or a revocation. Out: revocations, or a line; whom they cover.
// INVARIANT: a line only removes access: one that cannot be read grants
// nothing, and no line undoes another.

import type { TokenRecord } from '../contract/table.ts'
import { readInstant } from '../contract/units.ts'
import { TOKEN_PATTERN } from './token.ts'

export const REVOCATION_KINDS = ['token', 'subject', 'team', 'all'] as const

export type RevocationKind = (typeof REVOCATION_KINDS)[number]

export interface Revocation {
  readonly kind: RevocationKind
  /** An id, a subject, a team; `*` for everyone. */
  readonly value: string
  /** Tokens created before this instant are refused, in milliseconds. */
  readonly before: number
}

export interface RevokedLines {
  readonly revocations: readonly Revocation[]
  /** Numbers of the invalid lines, from 1. */
  readonly malformed: readonly number[]
}

const LINE = /^(token|subject|team|all)[ \t]+(\S(?:.*\S)?)[ \t]+(\S+)$/s

/** Empty lines, and those that begin with `#`, have no effect. */
export function readRevocations(text: string): RevokedLines {
  const revocations: Revocation[] = []
  const malformed: number[] = []
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const revocation = readLine(trimmed)
    if (revocation) revocations.push(revocation)
    else malformed.push(index + 1)
  }
  return { revocations, malformed }
}

function readLine(line: string): Revocation | undefined {
  const [, word, written = '', instant = ''] = LINE.exec(line) ?? []
  const kind = REVOCATION_KINDS.find((known) => known === word)
  const value = kind && readValue(kind, written)
  const before = readInstant(instant)
  if (!kind || value === undefined || before === undefined) return undefined
  return { kind, value, before }
}

function readValue(kind: RevocationKind, text: string): string | undefined {
  if (kind === 'all') return text === '*' ? text : undefined
  // An operator in a hurry may paste a whole token: its id is meant.
  if (kind === 'token') {
    const id = TOKEN_PATTERN.exec(text)?.[1] ?? text
    return /^[a-z0-9]{12}$/.test(id) ? id : undefined
  }
  if (!text.startsWith('"')) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** One line, with its line break. */
export function writeRevocation({ kind, value, before }: Revocation): string {
  const isPlain = /^[^\s"](?:.*\S)?$/s.test(value) && !/\p{C}/u.test(value)
  const written = isPlain ? value : JSON.stringify(value)
  return `${kind} ${written} ${new Date(before).toISOString()}\n`
}

/** All revocations of a host, from all sources. */
export class Revocations {
  readonly #before: Readonly<Record<RevocationKind, Map<string, number>>> = {
    token: new Map(),
    subject: new Map(),
    team: new Map(),
    all: new Map(),
  }
  /** As `subject`, in small letters. */
  readonly #folded = new Map<string, number>()
  #some = false

  /** Whether one adds nothing to those before it. */
  has({ kind, value, before }: Revocation): boolean {
    return (this.#before[kind].get(value) ?? Number.NEGATIVE_INFINITY) >= before
  }

  add(revocation: Revocation): void {
    if (this.has(revocation)) return
    const { kind, value, before } = revocation
    this.#before[kind].set(value, before)
    this.#some = true
    if (kind !== 'subject') return
    const folded = value.toLowerCase()
    const known = this.#folded.get(folded) ?? before
    this.#folded.set(folded, Math.max(known, before))
  }

  covers(
    token: Pick<TokenRecord, 'id' | 'subject' | 'team' | 'created'>,
  ): boolean {
    if (!this.#some) return false
    const { id, subject, team, created } = token
    return (
      this.#reaches('token', id, created) ||
      this.#reaches('subject', subject, created) ||
      (team !== null && this.#reaches('team', team, created)) ||
      this.#reaches('all', '*', created)
    )
  }

  /** Somebody of the company's login: `created` is when they signed in. The
   * provider writes names as it likes, so that capital letters do not count. */
  coversPerson({
    subject,
    team,
    created,
  }: Pick<TokenRecord, 'subject' | 'team' | 'created'>): boolean {
    if (!this.#some) return false
    return (
      created < (this.#folded.get(subject.toLowerCase()) ?? created) ||
      (team !== null && this.#reaches('team', team, created)) ||
      this.#reaches('all', '*', created)
    )
  }

  #reaches(kind: RevocationKind, value: string, created: number): boolean {
    const before = this.#before[kind].get(value)
    return before !== undefined && created < before
  }
}

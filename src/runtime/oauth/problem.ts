// Why the gateway has no access token, for operators.
// INVARIANT: a text is ours, or a bounded and cleaned word of somebody else;
// before it is shown, secrets are removed from it.

import type { Fault } from '../outward/fault.ts'
import { MissingSecret } from '../secrets/resolve.ts'

/** Why no request can be sent: `person`: the caller must sign in. A failure of an
 * upstream has this form too. */
export interface SignInFailure {
  readonly kind:
    | 'person'
    | 'denied'
    | 'signin'
    | 'secret'
    | 'unreachable'
    | 'refused'
  readonly detail: string
  readonly state?: string
  readonly lasting?: true
  readonly status?: number
  readonly waitMs?: number
  /** The same request may succeed later, without a change here. */
  readonly isPassing?: true
  /** What the person of the call can do, in a sentence. */
  readonly advice?: string
}

/** `later`: the same request may succeed later, without a change here. */
export type Chance = 'later' | 'after a change'

interface ProblemFacts {
  readonly waitMs?: number
  readonly code?: string
  readonly fault?: Fault
}

export class SignInProblem extends Error {
  readonly chance: Chance
  /** Milliseconds that the authorization server asks to wait. */
  readonly waitMs: number | undefined
  /** Why no connection could be made. */
  readonly fault: Fault | undefined
  /** The error code of the authorization server, if it has said one. */
  readonly code: string | undefined

  constructor(
    message: string,
    chance: Chance = 'after a change',
    { waitMs, code, fault }: ProblemFacts = {},
  ) {
    super(message)
    this.chance = chance
    this.waitMs = waitMs
    this.code = code
    this.fault = fault
  }
}

/** The grant may be good, but cannot be renewed from here. */
export class NeedsSignIn extends SignInProblem {}

/** As `NeedsSignIn`; the company's provider has ended the person's sign-in. */
export class EndedThere extends NeedsSignIn {}

/** The company does not let the person use the server. */
export class Denied extends SignInProblem {
  /** For the person: who can allow it. */
  readonly advice: string

  constructor(message: string, advice: string, code?: string) {
    super(message, 'after a change', code === undefined ? {} : { code })
    this.advice = advice
  }
}

/** A text without secrets. */
export type Tell = (text: string) => string

/** One line of visible ASCII, in at most so many characters. A secret is removed
 * first: of one that is cut or cleaned, the rest would not be known again. */
export function cleanWord(text: unknown, most: number, tell: Tell): string {
  if (typeof text !== 'string') return ''
  return tell(text)
    .slice(0, 4 * most)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, most)
}

/** The MCP server itself was not reached. */
export class Unreachable extends Error {
  readonly fault: Fault | undefined

  constructor({ message, fault }: SignInProblem) {
    super(message)
    this.fault = fault
  }
}

export function describeProblem(error: unknown, tell: Tell): SignInFailure {
  if (error instanceof MissingSecret) {
    const { message, state } = error
    return { kind: 'secret', detail: message, ...(state && { state }) }
  }
  if (error instanceof Unreachable) {
    const fault = error.fault ?? { detail: tell(error.message) }
    return { kind: 'unreachable', ...fault }
  }
  if (error instanceof NeedsSignIn) {
    return { kind: 'person', detail: tell(error.message) }
  }
  if (error instanceof Denied) {
    const { message, advice } = error
    return { kind: 'denied', detail: tell(message), advice }
  }
  if (error instanceof SignInProblem) {
    const passing = error.chance === 'later' && { isPassing: true as const }
    return { kind: 'signin', detail: tell(error.message), ...passing }
  }
  // What another program says may hold what was sent.
  const { name, code } = Object(error) as { name?: unknown; code?: unknown }
  const word = cleanWord(code ?? name, 60, tell)
  return { kind: 'signin', detail: `the token request failed: ${word}` }
}

export const CLOSING: SignInFailure = Object.freeze({
  kind: 'unreachable',
  detail: 'the gateway is closing',
})

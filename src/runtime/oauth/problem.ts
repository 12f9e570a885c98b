// Why the gateway has no access token, for operators.
// INVARIANT: a text is ours, or a bounded and cleaned word of somebody else;
// before it is shown, secrets are removed from it.

/** Why no request can be sent; a failure of an upstream has this form too. */
export interface SignInFailure {
  readonly kind: 'signin' | 'person' | 'secret' | 'unreachable' | 'refused'
  readonly detail: string
  readonly status?: number
  readonly waitMs?: number
}

/** `later`: the same request may succeed later, without a change here. */
export type Chance = 'later' | 'after a change'

export class SignInProblem extends Error {
  readonly chance: Chance
  /** Milliseconds that the authorization server asks to wait. */
  readonly waitMs: number | undefined

  constructor(
    message: string,
    chance: Chance = 'after a change',
    waitMs?: number,
  ) {
    super(message)
    this.chance = chance
    this.waitMs = waitMs
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
export class Unreachable extends Error {}

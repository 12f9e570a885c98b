// The variables that replace literal credentials.
// In: a wanted name and the literal. Out: a reference.
// INVARIANT: no method returns a literal; one literal has one variable, and two
// literals never share one.

import {
  looksLikeCredential,
  maskCredentials,
} from '../../diagnostics/credential.ts'

export type Reference = `env:${string}` | `file:${string}`

/** Literals that are long enough to be found again in other texts. */
const FINDABLE = 12

export class Variables {
  readonly #byLiteral = new Map<string, string>()
  /** Names that the files themselves use, by name, with their servers. */
  readonly #named = new Map<string, Set<string>>()

  /** Another server's literal does not get this name. */
  reserve(name: string, server: string): void {
    const servers = this.#named.get(name) ?? new Set()
    this.#named.set(name, servers.add(server))
  }

  /** The variable of a literal: `wanted`, or with the server's name before. */
  take(literal: string, wanted: string, server: string): Reference {
    const before = this.#byLiteral.get(literal)
    if (before !== undefined) return `env:${before}`
    const own = `${toUpper(server)}_${wanted}`
    const others = [...this.#named]
      .filter(([, servers]) => !servers.has(server) || servers.size > 1)
      .map(([name]) => name)
    const taken = new Set([...this.#byLiteral.values(), ...others])
    const names = [
      wanted,
      own,
      ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${own}_${n}`),
    ]
    const name = names.find((one) => !taken.has(one)) ?? `${own}_${taken.size}`
    this.#byLiteral.set(literal, name)
    return `env:${name}`
  }

  /** The text with each known literal as its reference. */
  split(text: string): readonly (string | { readonly secret: Reference })[] {
    // The longest first: another literal may be the beginning of it.
    const found = [...this.#byLiteral]
      .filter(([literal]) => isFindable(literal) && text.includes(literal))
      .sort(([one], [other]) => other.length - one.length)
    for (const [literal, name] of found.slice(0, 1)) {
      const at = text.indexOf(literal)
      return [
        ...this.split(text.slice(0, at)),
        { secret: `env:${name}` },
        ...this.split(text.slice(at + literal.length)),
      ]
    }
    return text === '' ? [] : [text]
  }

  /** The text with each known literal masked, for people. */
  hide(text: string): string {
    const parts = this.split(maskCredentials(text))
    return parts.map((one) => (typeof one === 'string' ? one : '•••')).join('')
  }

  /** Whether a text that people read would show a literal. */
  readonly isIn = (text: string): boolean => {
    if (looksLikeCredential(text)) return true
    return [...this.#byLiteral.keys()].some(
      (one) => isFindable(one) && text.includes(one),
    )
  }
}

export function refer(name: string): Reference {
  return `env:${name}`
}

/** Words such as `postgres` stand in many places that are no secret. */
function isFindable(literal: string): boolean {
  return literal.length >= FINDABLE && /\d/.test(literal)
}

function toUpper(server: string): string {
  return server.toUpperCase().replaceAll('-', '_')
}

// Problems of one list of a server, as lines for its operator.
// INVARIANT: lines and names are bounded in number and length, and hold no secret
// of the server.

import type { Era } from '../message/methods.ts'

/** Lines about single definitions; further ones are counted. */
const MAX_LINES = 20

/** Names on one line. */
const MAX_NAMES = 10

const LONGEST = 64

const CLIENTS: Readonly<Record<Era, string>> = Object.freeze({
  legacy: ' from clients of 2025-11-25 and older',
  modern: ' from clients of 2026-07-28',
})

export class Oddities {
  readonly #tell: (text: string, most: number) => string
  readonly #lines: string[] = []
  #more = 0
  readonly #duplicates = new Set<string>()
  readonly #changed = new Map<string, Set<string>>()

  constructor(tell: (text: string, most: number) => string) {
    this.#tell = tell
  }

  addLine(line: string): void {
    this.#lines.push(line)
  }

  /** Adds a hidden definition. `era`: hidden only from clients of that era. */
  hide(name: string, fault: string, era?: Era): void {
    const from = era ? CLIENTS[era] : ''
    if (this.#lines.length >= MAX_LINES) this.#more++
    else
      this.#lines.push(
        `${this.#quote(name)} is hidden${from}: ${this.#tell(fault, 200)}`,
      )
  }

  addDuplicates(names: readonly string[]): void {
    for (const name of names) this.#duplicates.add(name)
  }

  /** Adds a changed definition. `changes`: paths of members, or why one is left
   * out. */
  change(name: string, changes: readonly string[]): void {
    for (const change of new Set(changes)) {
      const known = this.#changed.get(change)
      if (known) known.add(name)
      else if (this.#changed.size < MAX_LINES) {
        this.#changed.set(change, new Set([name]))
      }
    }
  }

  list(method: string): readonly string[] {
    const changed = [...this.#changed].map(
      ([change, names]) =>
        `${this.#listNames(names)}: passed on without ${this.#tell(change, 200)}`,
    )
    return [
      ...this.#lines,
      ...(this.#more > 0 ? [`${this.#more} more are hidden`] : []),
      ...(this.#duplicates.size > 0
        ? [
            `${this.#listNames(this.#duplicates)}: listed twice, the first is served`,
          ]
        : []),
      ...changed,
    ].map((line) => `${method}: ${line}`)
  }

  #listNames(names: ReadonlySet<string>): string {
    const first = [...names].slice(0, MAX_NAMES)
    const shown = first.map((name) => this.#quote(name)).join(', ')
    const more = names.size - MAX_NAMES
    return more > 0 ? `${shown} and ${more} more` : shown
  }

  #quote(name: string): string {
    return `\`${this.#tell(name, LONGEST)}\``
  }
}

// What is left out of one list of a server, in words for its operator.
// In: definitions with what is wrong with them. Out: a few lines.
// INVARIANT: bounded, whatever a server lists: so many names, each so long, and
// without the server's secrets.

/** Lines about single definitions; the others are counted. */
const MAX_LINES = 20

/** Names on one line. */
const MAX_NAMES = 10

const LONGEST = 64

const CLIENTS: Readonly<Record<Era, string>> = Object.freeze({
  legacy: ' from clients of 2025-11-25 and older',
  modern: ' from clients of 2026-07-28',
})

import type { Era } from '../message/methods.ts'
export class Oddities {
  readonly #tell: (text: string, most: number) => string
  readonly #lines: string[] = []
  #more = 0
  readonly #twice = new Set<string>()
  readonly #changed = new Map<string, Set<string>>()

  constructor(tell: (text: string, most: number) => string) {
    this.#tell = tell
  }

  say(line: string): void {
    this.#lines.push(line)
  }

  /** `era`: from clients of that era alone. */
  hide(name: string, fault: string, era?: Era): void {
    const from = era ? CLIENTS[era] : ''
    if (this.#lines.length >= MAX_LINES) this.#more++
    else
      this.#lines.push(
        `${this.#quote(name)} is hidden${from}: ${this.#tell(fault, 200)}`,
      )
  }

  addTwice(names: readonly string[]): void {
    for (const name of names) this.#twice.add(name)
  }

  /** `changes`: paths of members, or why one is left out. */
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
      ...(this.#twice.size > 0
        ? [`${this.#listNames(this.#twice)}: listed twice, the first is served`]
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

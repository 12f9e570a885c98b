// Counts calls by token and tool over the last minutes.
// INVARIANT: bounded in memory; counting allocates only at a token's first use
// of a tool.

import type { CallerStatus } from '../../../contract/status.ts'
import type { TokenRecord } from '../../../contract/table.ts'

/** The window, in minutes. */
const MINUTES = 5

/** Most pairs of token and tool; more are not counted. */
const MAX = 4_000

/** A tool; one object per tool. */
export interface Called {
  readonly server: string
  readonly tool: string
}

interface Row {
  readonly token: TokenRecord
  readonly called: Called
  readonly calls: Uint32Array
  readonly refused: Uint32Array
}

export class Callers {
  readonly #rows = new Map<string, Map<Called, Row>>()
  #size = 0
  #minute = 0

  count(token: TokenRecord, called: Called, isRefused: boolean): void {
    const row =
      this.#rows.get(token.id)?.get(called) ?? this.#add(token, called)
    if (!row) return
    const { calls, refused } = row
    const at = this.#minute
    calls[at] = (calls[at] as number) + 1
    if (isRefused) refused[at] = (refused[at] as number) + 1
  }

  #add(token: TokenRecord, called: Called): Row | undefined {
    if (this.#size >= MAX) return undefined
    const calls = new Uint32Array(MINUTES)
    const row = { token, called, calls, refused: new Uint32Array(MINUTES) }
    const own = this.#rows.get(token.id) ?? new Map<Called, Row>()
    this.#rows.set(token.id, own.set(called, row))
    this.#size++
    return row
  }

  /** Begins the next minute and drops the oldest one. */
  rotate(): void {
    this.#minute = (this.#minute + 1) % MINUTES
    for (const [id, own] of this.#rows) {
      for (const [called, { calls, refused }] of own) {
        calls[this.#minute] = 0
        refused[this.#minute] = 0
        if (sum(calls) === 0 && own.delete(called)) this.#size--
      }
      if (own.size === 0) this.#rows.delete(id)
    }
  }

  /** The busiest first. */
  top(most: number): readonly CallerStatus[] {
    return [...this.#rows.values()]
      .flatMap((own) => [...own.values()])
      .map(({ token, called, calls, refused }) => ({
        token: token.id,
        subject: token.subject,
        team: token.team,
        server: called.server,
        tool: called.tool,
        calls: sum(calls),
        refused: sum(refused),
      }))
      .sort((a, b) => b.calls - a.calls)
      .slice(0, most)
  }
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0)
}

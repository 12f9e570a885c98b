// The ids of tasks: calls that are answered later (2025-11-25, utilities/tasks;
// SEP-2663).
// INVARIANT: a client's id names server and tool and opens for its bearer only;
// who may not use the tool may not use its tasks.

import { createCache } from '../base/cache.ts'
import type { Task } from '../request.ts'
import type { Seal } from './seal.ts'

/** A longer id would not fit in a header. */
const LONGEST = 1_024

/** `lineage`: the first token of those that replaced each other. The same task
 * always gets the same id. Undefined where the id is too long. */
export function sealTask(
  seal: Seal,
  lineage: string,
  { server, tool, id }: Task,
): string | undefined {
  if (id.length > LONGEST) return undefined
  const inner = JSON.stringify([server, tool, id])
  return seal.close({ inner, round: 0, args: '' }, about(lineage), null)
}

export function openTask(
  seal: Seal,
  lineage: string,
  sealed: string,
): Task | undefined {
  const { inner } = seal.open(sealed, about(lineage), 0) ?? {}
  if (typeof inner !== 'string') return undefined
  const [server, tool, id] = JSON.parse(inner) as [string, string, string]
  return { server, tool, id }
}

function about(lineage: string) {
  return { lineage, about: ['task'] }
}

/** The owner of a task: who gets notifications about it. */
export interface Owner {
  readonly tool: string
  readonly lineage: string
  /** The legacy session that created it. */
  readonly session: string | null
}

const MAX = 10_000

/** Kept in memory only: notifications about a task are optional. */
export class TaskIndex {
  readonly #tasks = createCache<string, Owner>(MAX)

  add({ server, tool, id }: Task, owner: Omit<Owner, 'tool'>): void {
    this.#tasks.set(keyOf(server, id), { tool, ...owner })
  }

  find(server: string, id: string): Owner | undefined {
    return this.#tasks.get(keyOf(server, id))
  }
}

function keyOf(server: string, id: string): string {
  return JSON.stringify([server, id])
}

// Things of one kind, in memory and sealed on disk.
// In: things by their id. Out: the same, after a restart too.
// INVARIANT: who waits for `set` knows that the thing is on disk; if it cannot
// be written, the one before stays.

import type { Opened, SealedFolder } from './sealed-folder.ts'

export class Shelf<T> {
  readonly #folder: Pick<SealedFolder, 'write' | 'remove'>
  readonly kind: string
  readonly #all = new Map<string, T>()

  constructor(
    folder: Pick<SealedFolder, 'write' | 'remove'>,
    kind: string,
    opened: readonly Opened[],
  ) {
    this.#folder = folder
    this.kind = kind
    for (const { about, text } of opened) {
      const [found, id] = about
      if (found === kind && id) this.#all.set(id, JSON.parse(text) as T)
    }
  }

  get size(): number {
    return this.#all.size
  }

  get(id: string): T | undefined {
    return this.#all.get(id)
  }

  entries(): readonly (readonly [string, T])[] {
    return [...this.#all]
  }

  async set(id: string, thing: T): Promise<void> {
    const before = this.#all.get(id)
    this.#all.set(id, thing)
    try {
      await this.#folder.write([this.kind, id], JSON.stringify(thing))
    } catch (error) {
      if (this.#all.get(id) === thing) {
        if (before === undefined) this.#all.delete(id)
        else this.#all.set(id, before)
      }
      throw error
    }
  }

  /** In memory alone, where the disk does not take it and the one before is of no
   * use any more. */
  hold(id: string, thing: T): void {
    this.#all.set(id, thing)
  }

  /** In memory at once: a file that cannot be deleted is found again at the next
   * start only. */
  async delete(id: string): Promise<void> {
    if (!this.#all.delete(id)) return
    await this.#folder.remove([this.kind, id])
  }
}

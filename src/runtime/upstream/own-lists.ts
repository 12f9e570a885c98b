// Lists of single sessions with a server, where they differ from its catalog: a
// stdio server may add tools in one session.
// INVARIANT: each session is read at most once a second.

import { type Catalog, isSameCatalog, readCatalog } from './catalog.ts'
import { pause } from './deadline.ts'
import type { Session } from './session.ts'

/** Servers announce changes in bursts. */
const QUIET_MS = 20
const BETWEEN_MS = 1_000

interface Own {
  catalog: Catalog | undefined
  /** Resolves when the scheduled or running reading has ended. */
  reading: Promise<void> | undefined
  /** A change was announced since the reading began. */
  stale: boolean
}

interface OwnListsOptions {
  /** The session of a caller's key. */
  find(key: string): Session | undefined
  catalog(): Catalog | undefined
  readonly depth: number
  changed(): void
}

export class OwnLists {
  readonly #options: OwnListsOptions
  readonly #own = new Map<string, Own>()

  constructor(options: OwnListsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#own.size
  }

  get(key: string): Catalog | undefined {
    return this.#own.get(key)?.catalog
  }

  /** Scheduled and running readings. */
  get readings(): readonly Promise<void>[] {
    return [...this.#own.values()].flatMap(({ reading }) => reading ?? [])
  }

  /** Reads the lists of a session that announced a change. */
  reread(key: string): void {
    const own = this.#own.get(key) ?? {
      catalog: undefined,
      reading: undefined,
      stale: false,
    }
    this.#own.set(key, own)
    if (own.reading) own.stale = true
    else own.reading = this.#read(key, own)
  }

  /** The catalog has changed, so all differences are read again. */
  rereadAll(): void {
    for (const key of [...this.#own.keys()]) this.reread(key)
  }

  forget(key: string): void {
    if (this.#own.delete(key)) this.#options.changed()
  }

  async #read(key: string, own: Own): Promise<void> {
    const { find, catalog, depth, changed } = this.#options
    await pause(QUIET_MS)
    own.stale = false
    const session = find(key)
    const handshake = session?.handshake
    const before = own.catalog
    let read: Catalog | undefined
    try {
      read =
        session && handshake
          ? await readCatalog(session, handshake, depth, before ?? catalog())
          : undefined
    } catch {
      // The session is lost, which is reported elsewhere.
    }
    own.reading = undefined
    if (this.#own.get(key) !== own) return
    const base = catalog()
    const differs = read && !(base && isSameCatalog(base, read))
    own.catalog = differs ? read : undefined
    if (!differs && !own.stale) this.#own.delete(key)
    const known = before && read && isSameCatalog(before, read)
    if (before !== own.catalog && !known) changed()
    if (!own.stale) return
    own.reading = pause(BETWEEN_MS).then(() => this.#read(key, own))
  }
}

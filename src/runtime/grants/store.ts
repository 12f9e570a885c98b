// All grants of the gateway, in memory and sealed on disk.
// In: grants. Out: the grant of a subject at a server; who must know of a change.
// INVARIANT: one grant for each subject and server; a new one is on disk before
// it takes the place of the old one; one that was taken away does not come back.

import { Backoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { RegisteredClients } from './clients.ts'
import type { Grant } from './grant.ts'
import {
  type About,
  SealedFolder,
  type SealedFolderOptions,
} from './sealed-folder.ts'

export interface GrantStoreOptions extends SealedFolderOptions {
  readonly clock: Clock
}

/** The place of one subject's grant at one server. */
export interface Slot {
  readonly grant: Grant | undefined
  /** Why the grant is not on disk; undefined while it is. */
  readonly unsaved: string | undefined
}

export interface Change {
  readonly server: string
  readonly subject: string | null
  /** Undefined: it was taken away. */
  readonly grant: Grant | undefined
  /** Of the one before. */
  readonly before: Grant | undefined
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export class GrantStore {
  readonly clients: RegisteredClients
  readonly #options: GrantStoreOptions
  readonly #folder: SealedFolder
  readonly #slots = new Map<string, OwnSlot>()
  readonly #running = new Map<string, Promise<unknown>>()
  readonly #listeners = new Set<(change: Change) => void>()
  #isClosed = false

  constructor(options: GrantStoreOptions) {
    this.#options = options
    this.#folder = new SealedFolder(options)
    const all = this.#folder.readAll()
    this.clients = new RegisteredClients(this.#folder, all)
    for (const { about, text } of all) {
      if (about[0] === 'grant') this.#load(JSON.parse(text) as Grant)
    }
  }

  /** The same object for the same subject and server, as long as the store is. */
  slotOf(subject: string | null, server: string): Slot {
    return this.#slotOf(subject, server)
  }

  find(
    subject: string | null,
    server: string,
    issuer?: string,
  ): Grant | undefined {
    const grant = this.#slots.get(keyOf(subject, server))?.grant
    return issuer === undefined || grant?.issuer === issuer ? grant : undefined
  }

  list(): readonly Grant[] {
    return [...this.#slots.values()].flatMap(({ grant }) => grant ?? [])
  }

  /** A keyed digest, which names the grant in the audit. */
  idOf(subject: string | null, server: string, issuer: string): string {
    return this.#folder.digest(['grant', subject, server, issuer]).slice(0, 16)
  }

  /** Writes a grant in the place of `before`; without `before` in the place of
   * any. False if that place holds another one now: nothing was written. If the
   * disk fails, the grant is used, reported, and written later. */
  async save(grant: Grant, before?: Grant): Promise<boolean> {
    const slot = this.#slotOf(grant.subject, grant.server)
    if (before && slot.grant !== before) return false
    const removals = slot.removals
    let failed: string | undefined
    try {
      await this.#folder.write(aboutOf(grant), JSON.stringify(grant))
    } catch (error) {
      failed = describeFault(error)
    }
    if (slot.removals !== removals || (before && slot.grant !== before)) {
      // It was taken away, or replaced, while it was written.
      if (slot.grant?.issuer !== grant.issuer) await this.#erase(grant)
      return false
    }
    const old = slot.grant
    slot.grant = grant
    slot.unsaved = failed
    if (failed !== undefined) this.#saveLater(slot, grant, failed)
    if (old && old.issuer !== grant.issuer) await this.#erase(old)
    this.#tellAll({ ...grant, grant, before: old })
    return true
  }

  /** Takes the grant away, and its file. */
  async delete(
    subject: string | null,
    server: string,
  ): Promise<Grant | undefined> {
    const slot = this.#slots.get(keyOf(subject, server))
    const grant = slot?.grant
    if (!slot || !grant) return undefined
    slot.grant = undefined
    slot.unsaved = undefined
    slot.removals++
    const erased = this.#erase(grant)
    this.#tellAll({ subject, server, grant: undefined, before: grant })
    await erased
    return grant
  }

  /** The grant that another process has written in its place; undefined if
   * there is no other. */
  reread(grant: Grant): Grant | undefined {
    const slot = this.#slotOf(grant.subject, grant.server)
    if (slot.grant !== grant || slot.unsaved !== undefined) return undefined
    const text = this.#folder.read(aboutOf(grant))
    if (text === undefined || text === JSON.stringify(grant)) return undefined
    const found = JSON.parse(text) as Grant
    slot.grant = found
    this.#tellAll({ ...found, grant: found, before: grant })
    return found
  }

  /** Runs one at a time for each id. */
  exclusive<T>(id: string, run: () => Promise<T>): Promise<T> {
    const before = this.#running.get(id) ?? Promise.resolve()
    const own = before.catch(() => {}).then(run)
    this.#running.set(id, own)
    const forget = () => {
      if (this.#running.get(id) === own) this.#running.delete(id)
    }
    own.then(forget, forget)
    return own
  }

  /** Calls it after each change, until the returned function is called. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Resolves when what was begun is on disk: renewals too. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#running.values()])
    await this.#folder.finish()
    for (const slot of this.#slots.values()) {
      if (slot.grant && slot.unsaved !== undefined) {
        await this.#retry(slot, slot.grant)
      }
    }
  }

  /** Of two that a crash has left, the later one. */
  #load(grant: Grant): void {
    const slot = this.#slotOf(grant.subject, grant.server)
    const other = slot.grant
    const isLater = !other || other.since < grant.since
    if (isLater) slot.grant = grant
    if (other) void this.#erase(isLater ? other : grant)
  }

  #slotOf(subject: string | null, server: string): OwnSlot {
    const key = keyOf(subject, server)
    const found = this.#slots.get(key)
    if (found) return found
    const slot: OwnSlot = { grant: undefined, unsaved: undefined, removals: 0 }
    this.#slots.set(key, slot)
    return slot
  }

  async #erase(grant: Grant): Promise<void> {
    try {
      await this.#folder.remove(aboutOf(grant))
    } catch (error) {
      this.#tell(grant, `cannot be deleted: ${describeFault(error)}`)
    }
  }

  #saveLater(slot: OwnSlot, grant: Grant, failed: string): void {
    this.#tell(
      grant,
      `cannot be written: ${failed}; it is used, and lost at a restart`,
    )
    const backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
    const again = () => {
      setTimeout(async () => {
        if (this.#isClosed || slot.grant !== grant) return
        if (!(await this.#retry(slot, grant))) again()
      }, backoff.next()).unref()
    }
    again()
  }

  async #retry(slot: OwnSlot, grant: Grant): Promise<boolean> {
    try {
      await this.#folder.write(aboutOf(grant), JSON.stringify(grant))
    } catch {
      return false
    }
    if (slot.grant === grant) slot.unsaved = undefined
    else if (slot.grant?.issuer !== grant.issuer) await this.#erase(grant)
    return true
  }

  #tell({ subject, server, issuer }: Grant, text: string): void {
    const id = this.idOf(subject, server, issuer)
    this.#options.onProblem(`grant ${id} of server ${server} ${text}`)
  }

  #tellAll({ server, subject, grant, before }: Change): void {
    for (const listener of this.#listeners) {
      listener({ server, subject, grant, before })
    }
  }
}

interface OwnSlot {
  grant: Grant | undefined
  unsaved: string | undefined
  /** How often a grant was taken away. */
  removals: number
}

function keyOf(subject: string | null, server: string): string {
  return JSON.stringify([server, subject])
}

function aboutOf({ subject, server, issuer }: Grant): About {
  return ['grant', subject, server, issuer]
}

function describeFault(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? 'it failed')
}

// Whom the provider has logged out, and when: what they had before counts no more.
// In: logouts, as the provider says them. Out: whether a token is of before one.
// INVARIANT: in force at once, on disk when `add` resolves; what the disk did not
// take is written again; bounded; a sign-in after the logout is not touched.

import { hash } from 'node:crypto'
import type { Person } from '../../contract/login.ts'
import type { Clock } from '../base/clock.ts'
import {
  SealedFolder,
  type SealedFolderOptions,
} from '../grants/sealed-folder.ts'
import { Shelf } from '../grants/shelf.ts'

/** What the provider has ended: one session, or all of a person. Instants are
 * milliseconds of the provider's clock. */
export interface Logout {
  readonly issuer: string
  /** Null: only the session is named. */
  readonly sub: string | null
  /** Null: all sessions. */
  readonly session: string | null
  readonly at: number
}

/** The last logouts of a person; -1: none. */
interface OfPerson {
  readonly everywhere: number
  /** Of one session: it counts for tokens that do not say theirs. */
  readonly somewhere: number
}

/** The end of a session. */
interface OfSession {
  readonly at: number
  /** Whose it was; null: the provider did not say it. */
  readonly person: string | null
}

export interface LogoutsOptions extends SealedFolderOptions {
  readonly clock: Pick<Clock, 'now'>
  /** Of people, and of sessions. */
  readonly max?: number
}

/** What a token says of the sign-in that it came by. */
export type SignedIn = Pick<
  Person,
  'issuer' | 'sub' | 'session' | 'authenticated' | 'issued'
>

interface Opened {
  readonly folder: SealedFolder
  readonly people: Shelf<OfPerson>
  readonly sessions: Shelf<OfSession>
}

const NEVER: OfPerson = Object.freeze({ everywhere: -1, somewhere: -1 })
const MAX = 20_000

/** Between two attempts to write what the disk did not take. */
const AGAIN_MS = 5_000

/** Longer than a session lasts at any provider that we know. */
const KEPT_MS = 90 * 86_400_000

export class Logouts {
  readonly #options: LogoutsOptions
  readonly #max: number
  #opened: Opened | undefined
  /** What the disk has not taken; each writes what is in force by then. */
  readonly #unwritten = new Map<string, () => Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  /** Since the start. */
  count = 0

  constructor(options: LogoutsOptions) {
    this.#options = options
    this.#max = options.max ?? MAX
  }

  /** Reads what was kept. Before it, nobody is logged out. */
  open(): void {
    if (this.#opened) return
    const folder = new SealedFolder(this.#options)
    const all = folder.readAll()
    this.#opened = {
      folder,
      people: new Shelf(folder, 'person', all),
      sessions: new Shelf(folder, 'session', all),
    }
    const before = this.#options.clock.now() - KEPT_MS
    const { people, sessions } = this.#opened
    void removeOld(people, latestOf, before)
    void removeOld(sessions, ({ at }) => at, before)
  }

  /** Rejects if the disk does not have it. */
  async add({ issuer, sub, session, at }: Logout): Promise<void> {
    this.open()
    this.count++
    const { people, sessions } = this.#opened ?? {}
    if (!people || !sessions) return
    const writes: Promise<void>[] = []
    if (sub !== null) {
      const key = nameOne(issuer, sub)
      const known = people.get(key) ?? NEVER
      const what = session === null ? 'everywhere' : 'somewhere'
      const next = { ...known, [what]: Math.max(known[what], at) }
      writes.push(this.#put(people, key, next), removeOldest(people, this.#max))
    }
    if (session !== null) {
      const key = nameOne(issuer, session)
      const known = sessions.get(key)
      const person =
        sub === null ? (known?.person ?? null) : nameOne(issuer, sub)
      const next = { at: Math.max(known?.at ?? at, at), person }
      writes.push(
        this.#put(sessions, key, next),
        makePlace(sessions, this.#max),
      )
    }
    await Promise.all(writes)
  }

  /** Resolves when what was begun is on disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writeAgain()
    await this.#opened?.folder.finish()
  }

  /** In force also where the disk does not take it. */
  async #put<T>(shelf: Shelf<T>, key: string, one: T): Promise<void> {
    const before = shelf.get(key)
    try {
      await shelf.set(key, one)
    } catch (error) {
      // Unless another has come since.
      if (shelf.get(key) === before) shelf.hold(key, one)
      const id = `${shelf.kind} ${key}`
      this.#unwritten.set(id, async () => {
        const last = shelf.get(key)
        if (last === undefined) return
        await this.#put(shelf, key, last)
      })
      const again = () => void this.#writeAgain()
      this.#timer ??= setInterval(again, AGAIN_MS).unref()
      throw error
    }
  }

  async #writeAgain(): Promise<void> {
    const all = [...this.#unwritten.values()]
    this.#unwritten.clear()
    await Promise.allSettled(all.map((write) => write()))
    if (this.#unwritten.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Whether the sign-in of a token lies before a logout. */
  covers({ issuer, sub, session, authenticated, issued }: SignedIn): boolean {
    if (!this.#opened) return false
    const { people, sessions } = this.#opened
    if (people.size > 0) {
      const { everywhere, somewhere } =
        people.get(nameOne(issuer, sub)) ?? NEVER
      const last =
        session === null ? Math.max(everywhere, somewhere) : everywhere
      // Who does not say when they signed in did so before the token was issued.
      if ((authenticated ?? issued) <= last) return true
    }
    if (session === null || sessions.size === 0) return false
    const ended = sessions.get(nameOne(issuer, session))
    return ended !== undefined && (authenticated ?? 0) <= ended.at
  }
}

/** Of what is too old for any token. */
async function removeOld<T>(
  shelf: Shelf<T>,
  timeOf: (one: T) => number,
  before: number,
): Promise<void> {
  const old = shelf.entries().filter(([, one]) => timeOf(one) < before)
  // A file that stays is found again at the next start.
  await Promise.allSettled(old.map(([key]) => shelf.delete(key)))
}

/** The oldest go. */
async function removeOldest(
  people: Shelf<OfPerson>,
  max: number,
): Promise<void> {
  const over = people.size - max
  if (over <= 0) return
  const all = people
    .entries()
    .toSorted(([, a], [, b]) => latestOf(a) - latestOf(b))
  const gone = all.slice(0, over)
  await Promise.allSettled(gone.map(([key]) => people.delete(key)))
}

/** The oldest of the person with the most goes: whoever signs in and out again and
 * again pushes out no logout of another. */
async function makePlace(
  sessions: Shelf<OfSession>,
  max: number,
): Promise<void> {
  if (sessions.size <= max) return
  const shares = new Map<string | null, (readonly [string, OfSession])[]>()
  for (const entry of sessions.entries()) {
    const { person } = entry[1]
    const share = shares.get(person)
    if (share) share.push(entry)
    else shares.set(person, [entry])
  }
  const [most = []] = [...shares.values()].sort((a, b) => b.length - a.length)
  const [oldest] = most.toSorted(([, a], [, b]) => a.at - b.at)
  if (oldest) await Promise.allSettled([sessions.delete(oldest[0])])
}

function latestOf({ everywhere, somewhere }: OfPerson): number {
  return Math.max(everywhere, somewhere)
}

function nameOne(issuer: string, name: string): string {
  return `${issuer} ${name}`
}

/** A digest: tokens of ours say it to programs. */
export function nameSession(issuer: string, sid: string): string {
  const digest = hash('sha256', JSON.stringify([issuer, sid]), 'base64url')
  return digest.slice(0, 22)
}

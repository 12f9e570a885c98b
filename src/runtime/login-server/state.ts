// The state of the authorization server: who was given what.
// In: a folder, the gateway's key. Out: people, clients, sign-ins, its keys.
// INVARIANT: bounded in number; what has expired is removed; an earlier sign-in
// of the same person and client ends with a new one.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { JWK } from 'jose'
import type { LoginServerStatus } from '../../contract/status.ts'
import type { Clock } from '../base/clock.ts'
import {
  SealedFolder,
  type SealedFolderOptions,
} from '../grants/sealed-folder.ts'
import { Shelf } from '../grants/shelf.ts'
import type { Logout } from '../login/logouts.ts'
import type {
  KeptClient,
  KeptPerson,
  KeptSignIn,
  Payload,
  SignInThere,
} from './kept.ts'
import { idOf } from './people.ts'

/** At most so many; of clients, those that nobody has allowed yet apart. */
const MAX_CLIENTS = 5_000
const MAX_UNUSED = 1_000
const MAX_PEOPLE = 20_000
const MAX_SIGN_INS = 50_000
const MAX_USED = 20_000

/** A client that runs on people's own machines may be on several of theirs. */
const MAX_LOCAL = 5

const DAY_MS = 86_400_000
const UNUSED_MS = DAY_MS
const FORGOTTEN_MS = 400 * DAY_MS

/** Between the consent and the exchange of the code. */
const PENDING_MS = 300_000

interface Pending {
  readonly grant: Payload
  readonly until: number
  readonly about: SignInThere & Pick<KeptSignIn, 'isLocal'>
}

/** Whether a sign-in of a person counts no more. */
export type IsEnded = (person: KeptPerson, signIn: SignInThere) => boolean

export interface StateOptions extends SealedFolderOptions {
  readonly clock: Clock
}

export class LoginState {
  readonly people: Shelf<KeptPerson>
  readonly clients: Shelf<KeptClient>
  readonly signIns: Shelf<KeptSignIn>
  readonly #keys: Shelf<readonly JWK[]>
  /** What counts once → until when it would be good. */
  readonly #used: Shelf<number>
  readonly #folder: SealedFolder
  readonly #clock: Clock
  readonly #pending = new Map<string, Pending>()
  #refused = 0

  constructor(options: StateOptions) {
    this.#clock = options.clock
    this.#folder = new SealedFolder(options)
    const all = this.#folder.readAll()
    this.people = new Shelf(this.#folder, 'person', all)
    this.clients = new Shelf(this.#folder, 'client', all)
    this.signIns = new Shelf(this.#folder, 'signin', all)
    this.#keys = new Shelf(this.#folder, 'keys', all)
    this.#used = new Shelf(this.#folder, 'used', all)
    void this.clean()
  }

  count(): LoginServerStatus {
    return {
      clients: this.clients.size,
      people: this.people.size,
      signIns: this.signIns.size,
      refused: this.#refused,
    }
  }

  countRefused(): void {
    this.#refused++
  }

  /** Private keys as JWKs; the first signs. */
  async readKeys(): Promise<readonly JWK[]> {
    const found = this.#keys.get('signing')
    if (found) return found
    const keys = [makeSigningKey()]
    await this.#keys.set('signing', keys)
    return keys
  }

  /** False: it was used already, or so many were that it cannot be told. */
  async useOnce(id: string, until: number): Promise<boolean> {
    if (this.#used.get(id) !== undefined) return false
    if (this.#used.size >= MAX_USED) return false
    await this.#used.set(id, until)
    return true
  }

  /** Until the code is exchanged, or for five minutes. */
  hold(id: string, grant: Payload): void {
    const about = this.#pending.get(id)?.about
    const until = this.#clock.now() + PENDING_MS
    const usual = { authenticated: 0, isLocal: false }
    this.#pending.set(id, { grant, until, about: about ?? usual })
  }

  /** What is known of a grant beside its payload. */
  describe(id: string, about: Pending['about']): void {
    const pending = this.#pending.get(id)
    if (pending) this.#pending.set(id, { ...pending, about })
  }

  findGrant(id: string): Payload | undefined {
    return this.signIns.get(id)?.grant ?? this.#pending.get(id)?.grant
  }

  /** How its person had signed in. */
  signInOf(id: string): SignInThere | undefined {
    return this.signIns.get(id) ?? this.#pending.get(id)?.about
  }

  /** The first refresh token of a grant, or the next one. False: the grant was
   * revoked meanwhile. */
  async saveRefresh(id: string, refresh: Payload): Promise<boolean> {
    const kept = this.signIns.get(id)
    const ends = Number(refresh.exp) * 1_000
    if (kept) {
      const isAgain = kept.refresh.jti === refresh.jti
      const renewed = this.#clock.now()
      // One that is given again waits until the disk has it, as the first did.
      const next = isAgain ? kept : { ...kept, refresh, ends, renewed }
      await this.signIns.set(id, next)
      return this.signIns.get(id) !== undefined
    }
    const pending = this.#pending.get(id)
    if (!pending) return false
    this.#pending.delete(id)
    const began = this.#clock.now()
    const { grant, about } = pending
    const person = String(grant.accountId)
    const client = String(grant.clientId)
    const one = { person, client, began, ends, grant, refresh, ...about }
    await this.signIns.set(id, one)
    await this.#endEarlier(one)
    return true
  }

  async endSignIn(id: string): Promise<void> {
    this.#pending.delete(id)
    await this.signIns.delete(id)
  }

  /** All that clients were given for a person; the consents stay. */
  async endPerson(person: string): Promise<void> {
    for (const [id, one] of this.signIns.entries()) {
      if (one.person === person) await this.signIns.delete(id)
    }
  }

  /** What the provider has logged out; how many sign-ins that were. */
  async endLoggedOut({ issuer, sub, session, at }: Logout): Promise<number> {
    const id = sub === null ? undefined : idOf({ issuer, sub })
    const isOf = (person: string, one: SignInThere) =>
      (id === undefined || person === id) &&
      one.authenticated <= at &&
      // A sign-in that does not say its session may be of this one.
      (session === null || (one.session ?? session) === session) &&
      (id !== undefined || one.session === session)
    const ended = this.signIns
      .entries()
      .filter(([, one]) => isOf(one.person, one))
    const people = new Set(ended.map(([, { person }]) => person))
    if (id !== undefined) people.add(id)
    await Promise.all([
      ...ended.map(([key]) => this.signIns.delete(key)),
      ...[...people].map(async (person) => {
        const kept = this.people.get(person)
        if (!kept || !isOf(person, kept)) return
        const gone = { refreshToken: null, idToken: null }
        await this.people.set(person, { ...kept, ...gone })
      }),
    ])
    return ended.length
  }

  /** What a client was given for a person, and the consent. */
  async endProgram(person: string, client: string): Promise<void> {
    for (const [id, one] of this.signIns.entries()) {
      const isOf = one.person === person && one.client === client
      if (isOf) await this.signIns.delete(id)
    }
    const kept = this.people.get(person)
    if (!kept) return
    const allowed = kept.allowed.filter((one) => one.client !== client)
    await this.people.set(person, { ...kept, allowed })
  }

  async savePerson(id: string, person: KeptPerson): Promise<void> {
    if (!this.people.get(id) && this.people.size >= MAX_PEOPLE) {
      await this.#forgetOldest()
    }
    const { ended } = this.people.get(id) ?? {}
    const before = ended === undefined ? {} : { ended }
    await this.people.set(id, { ...before, ...person })
  }

  /** What a person was given until now counts no more. */
  async noteEnded(id: string): Promise<void> {
    const kept = this.people.get(id)
    const ended = this.#clock.now()
    if (kept) await this.people.set(id, { ...kept, ended })
  }

  /** The oldest make place, those that nobody has allowed first. */
  async saveClient(id: string, client: KeptClient): Promise<void> {
    await this.clients.set(id, client)
    const all = this.clients.entries()
    const unused = all
      .filter(([, one]) => one.used === null)
      .sort(([, a], [, b]) => a.created - b.created)
    for (const [old] of unused.slice(
      0,
      Math.max(0, unused.length - MAX_UNUSED),
    )) {
      await this.clients.delete(old)
    }
    const byUse = all
      .filter(([, one]) => one.used !== null)
      .sort(([, a], [, b]) => (a.used ?? 0) - (b.used ?? 0))
    for (const [old] of byUse.slice(
      0,
      Math.max(0, byUse.length - MAX_CLIENTS),
    )) {
      await this.clients.delete(old)
    }
  }

  /** Removes what has expired, or has ended otherwise. */
  async clean(isEnded: IsEnded = () => false): Promise<void> {
    const now = this.#clock.now()
    for (const [id, { until }] of this.#pending) {
      if (until <= now) this.#pending.delete(id)
    }
    try {
      await this.#cleanFiles(now, isEnded)
    } catch {
      // The folder tells its own problems; the next round tries again.
    }
  }

  async #cleanFiles(now: number, isEnded: IsEnded): Promise<void> {
    for (const [id, signIn] of this.signIns.entries()) {
      const kept = this.people.get(signIn.person)
      const isGood = signIn.ends > now && kept && !isEnded(kept, signIn)
      if (!isGood) await this.signIns.delete(id)
    }
    for (const [id, { used, created }] of this.clients.entries()) {
      const until = used === null ? created + UNUSED_MS : used + FORGOTTEN_MS
      if (until <= now) await this.clients.delete(id)
    }
    for (const [id, until] of this.#used.entries()) {
      if (until <= now) await this.#used.delete(id)
    }
    for (const [id, { seen }] of this.people.entries()) {
      if (seen + FORGOTTEN_MS <= now) await this.people.delete(id)
    }
  }

  /** Resolves when what was begun is on disk. */
  close(): Promise<void> {
    return this.#folder.finish()
  }

  async #endEarlier(newest: KeptSignIn): Promise<void> {
    const same = this.signIns
      .entries()
      .filter(([, one]) => {
        return one.person === newest.person && one.client === newest.client
      })
      .sort(([, a], [, b]) => b.began - a.began)
    const kept = newest.isLocal ? MAX_LOCAL : 1
    for (const [id] of same.slice(kept)) await this.signIns.delete(id)
    const over = this.signIns.size - MAX_SIGN_INS
    if (over <= 0) return
    const oldest = this.signIns
      .entries()
      .toSorted(([, a], [, b]) => a.began - b.began)
    for (const [id] of oldest.slice(0, over)) await this.signIns.delete(id)
  }

  async #forgetOldest(): Promise<void> {
    const [oldest] = this.people
      .entries()
      .toSorted(([, a], [, b]) => a.seen - b.seen)
    if (!oldest) return
    await this.endPerson(oldest[0])
    await this.people.delete(oldest[0])
  }
}

function makeSigningKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  return { ...(jwk as JWK), kid: randomUUID(), alg: 'ES256', use: 'sig' }
}

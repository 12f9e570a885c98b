// Where oidc-provider keeps its things: the lasting ones in the sealed state,
// the short ones in memory.
// INVARIANT: a refresh token has one successor; who brings one of ours that does
// not count any more ends the sign-in that it was for.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { Payload } from './kept.ts'
import type { Passing } from './passing.ts'
import type { LoginState } from './state.ts'

/** oidc-provider calls these. */
interface Adapter {
  find(id: string): Promise<Payload | undefined>
  findByUid(uid: string): Promise<Payload | undefined>
  findByUserCode(code: string): Promise<undefined>
  upsert(id: string, payload: Payload, seconds?: number): Promise<void>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(id: string): Promise<void>
}

export interface AdapterOptions {
  readonly state: LoginState
  readonly clock: Clock
  readonly tokenKey: Buffer
  readonly passing: Passing
  /** Of the request that is answered now. */
  readonly network: () => string
  /** Whether clients may register themselves now. */
  readonly mayRegister: () => boolean
}

export function makeAdapters(
  options: AdapterOptions,
): (kind: string) => Adapter {
  return (kind) => {
    if (kind === 'Client') return keepClients(options)
    if (kind === 'Grant') return keepGrants(options)
    if (kind === 'RefreshToken') return keepRefreshTokens(options)
    return keepShort(kind, options)
  }
}

/** For which the refresh token before the last one gives the last one again. */
const GRACE_MS = 30_000

const NONE: Adapter = Object.freeze({
  find: async () => undefined,
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  upsert: async () => {},
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
})

function keepClients({ state, clock, mayRegister }: AdapterOptions): Adapter {
  return {
    ...NONE,
    find: async (id) =>
      mayRegister() ? state.clients.get(id)?.metadata : undefined,
    upsert: (id, metadata) =>
      state.saveClient(id, { metadata, created: clock.now(), used: null }),
    destroy: (id) => state.clients.delete(id),
  }
}

function keepGrants({ state }: AdapterOptions): Adapter {
  return {
    ...NONE,
    find: async (id) => state.findGrant(id),
    upsert: async (id, grant) => state.hold(id, grant),
    destroy: (id) => state.endSignIn(id),
  }
}

function keepRefreshTokens(options: AdapterOptions): Adapter {
  const { state, tokenKey } = options
  const find = (id: string) => lookUp(options, id)
  const end = (id: string) =>
    state.endSignIn(readRefreshToken(tokenKey, id)?.grantId ?? '')
  return {
    ...NONE,
    find: async (id) => find(id),
    // Since it was found, another request may have used its successor.
    consume: async (id) => {
      if (find(id)?.consumed === undefined) return
      await end(id)
      throw await refuse('refresh token already used')
    },
    upsert: async (_id, payload) => {
      if (await state.saveRefresh(String(payload.grantId), payload)) return
      throw await refuse('it has ended meanwhile')
    },
    destroy: end,
    revokeByGrantId: (id) => state.endSignIn(id),
  }
}

/** What a refresh token of ours is worth: the last one, and for a moment the one
 * before, whose answer may have been lost: it gives the same successor again. */
function lookUp(
  { state, clock, tokenKey }: AdapterOptions,
  id: string,
): Payload | undefined {
  const read = readRefreshToken(tokenKey, id)
  const kept = read && state.signIns.get(read.grantId)
  if (!kept) return undefined
  const { refresh, renewed = Number.NEGATIVE_INFINITY } = kept
  const turn = turnOf(refresh)
  if (read.turn === turn) return refresh
  const before = { ...refresh, jti: id, rotations: read.turn }
  // A clock that is put back does not make it longer.
  const passed = Math.abs(clock.now() - renewed)
  const isRetry = read.turn === turn - 1 && passed < GRACE_MS
  return isRetry ? before : { ...before, consumed: toSeconds(clock) }
}

function turnOf({ rotations }: Payload): number {
  return typeof rotations === 'number' ? rotations : 0
}

async function refuse(why: string): Promise<Error> {
  const { InvalidGrant } = await import('oidc-provider/lib/helpers/errors.js')
  return new InvalidGrant(why)
}

function keepShort(
  kind: string,
  { clock, passing, network }: AdapterOptions,
): Adapter {
  // A sign-in at the provider is asked for each time: no session is kept.
  if (kind === 'Session') return NONE
  const short = passing.open(kind)
  return {
    ...NONE,
    find: async (id) => short.get(id),
    upsert: async (id, payload, seconds = 600) => {
      const ms = Math.max(seconds, 1) * 1_000
      short.set(id, payload, { owner: network(), ms })
    },
    consume: async (id) => {
      const found = short.get(id)
      if (found && found.consumed === undefined) {
        short.replace(id, { ...found, consumed: toSeconds(clock) })
        return
      }
      throw await refuse('it was used already')
    },
    destroy: async (id) => {
      short.delete(id)
    },
  }
}

function toSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1_000)
}

/** A refresh token names the grant that it is for and its turn, and proves that it
 * is ours: so no list of used ones is kept, and each turn has one token. */
export function makeRefreshToken(
  key: Buffer,
  { grantId, turn }: RefreshTurn,
): string {
  const own = `${grantId}.${turn}`
  return `${own}.${prove(key, own).toString('base64url')}`
}

export interface RefreshTurn {
  readonly grantId: string
  readonly turn: number
}

const REFRESH_TOKEN = /^([\w-]+)\.(0|[1-9]\d{0,8})\.([\w-]{43})$/

function readRefreshToken(key: Buffer, token: string): RefreshTurn | undefined {
  const [, grantId = '', turn = '', proof = ''] =
    REFRESH_TOKEN.exec(token) ?? []
  const given = Buffer.from(proof, 'base64url')
  const expected = prove(key, `${grantId}.${turn}`)
  const isOurs =
    given.length === expected.length && timingSafeEqual(given, expected)
  return isOurs ? { grantId, turn: Number(turn) } : undefined
}

/** All of the digest: nothing else of a token is secret. */
function prove(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

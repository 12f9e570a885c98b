// Where oidc-provider keeps its things: the lasting ones in the sealed state,
// the short ones in memory.
// INVARIANT: a refresh token counts once; who brings one of ours that does not
// count any more ends the sign-in that it was for.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
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
  const { state, clock, tokenKey } = options
  const { consumed } = options.passing
  const look = (id: string): Payload | undefined => {
    const grantId = readGrant(tokenKey, id)
    const kept = grantId && state.signIns.get(grantId)
    if (!kept) return undefined
    const isCurrent = kept.refresh.jti === id && !consumed.has(id)
    if (isCurrent) return kept.refresh
    return { ...kept.refresh, jti: id, consumed: toSeconds(clock) }
  }
  return {
    ...NONE,
    find: async (id) => look(id),
    // Two requests with one token may come here at once: the second is refused
    // as any later one.
    consume: async (id) => {
      const isFirst = look(id)?.consumed === undefined
      if (isFirst) return void consumed.set(id, true)
      await state.endSignIn(readGrant(tokenKey, id) ?? '')
      throw await refuse('refresh token already used')
    },
    upsert: async (_id, payload) => {
      const grantId = String(payload.grantId)
      const before = state.signIns.get(grantId)?.refresh.jti
      try {
        if (await state.saveRefresh(grantId, payload)) return
      } catch (error) {
        // The client did not get the new one.
        if (typeof before === 'string') consumed.delete(before)
        throw error
      }
      throw await refuse('it has ended meanwhile')
    },
    destroy: (id) => state.endSignIn(readGrant(tokenKey, id) ?? ''),
    revokeByGrantId: (id) => state.endSignIn(id),
  }
}

async function refuse(why: string): Promise<Error> {
  const { InvalidGrant } = await import('oidc-provider/lib/helpers/errors.js')
  return new InvalidGrant(why)
}

function keepShort(kind: string, { clock, passing }: AdapterOptions): Adapter {
  // A sign-in at the provider is asked for each time: no session is kept.
  if (kind === 'Session') return NONE
  const short = passing.open(kind)
  return {
    ...NONE,
    find: async (id) => short.get(id),
    upsert: async (id, payload, seconds = 600) => {
      short.set(id, payload, { ttl: Math.max(seconds, 1) * 1_000 })
    },
    consume: async (id) => {
      const found = short.get(id)
      if (found && found.consumed === undefined) {
        short.set(id, { ...found, consumed: toSeconds(clock) })
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

/** A refresh token names the grant that it is for, and proves that it is ours:
 * so no list of used ones is kept. */
export function makeRefreshToken(key: Buffer, grantId: string): string {
  const own = `${grantId}.${randomBytes(32).toString('base64url')}`
  return `${own}.${prove(key, own).toString('base64url')}`
}

function readGrant(key: Buffer, token: string): string | undefined {
  const parts = token.split('.')
  const [grantId, own, proof = ''] = parts
  if (parts.length !== 3 || !grantId) return undefined
  const given = Buffer.from(proof, 'base64url')
  const expected = prove(key, `${grantId}.${own}`)
  const same =
    given.length === expected.length && timingSafeEqual(given, expected)
  return same ? grantId : undefined
}

function prove(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest().subarray(0, 16)
}

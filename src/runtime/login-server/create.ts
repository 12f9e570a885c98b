// Makes the context of the authorization server.
// In: the running gateway, its key, its folder. Out: a context.
// INVARIANT: nothing is opened, loaded or asked before the table has a
// `login.server`; keys have one use each.

import { createHmac } from 'node:crypto'
import type {
  CompanySignIn,
  ConnectContext,
  Program,
} from '../connect/context.ts'
import { describeProblem } from '../oauth/problem.ts'
import type { Vouch } from '../oauth/vouch.ts'
import { findCommonOutward } from '../outward/outward.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import { AuthorizationServer } from './authorization-server.ts'
import type { LoginContext, LoginParts, OwnServer } from './context.ts'
import { isOver, judgeKept } from './hooks.ts'
import type { OwnState } from './own-state.ts'
import { LoginPace, nameSite } from './pace.ts'
import { Passing } from './passing.ts'
import { toPerson } from './people.ts'
import type { LoginState } from './state.ts'
import { Visits } from './visits.ts'
import { makeVouch } from './voucher.ts'

export interface LoginOptions {
  readonly connect: ConnectContext
  /** Derived for this use alone. */
  readonly key: Buffer
  readonly state: OwnState
  readonly secrets: SecretSource
  readonly endOpen: LoginParts['endOpen']
}

/** The authorization server, while the table has one. */
export interface OwnLogin {
  readonly context: LoginContext
  readonly company: ConnectContext['company']
  readonly vouch: Vouch
  close(): Promise<void>
}

export function createLogin(options: LoginOptions): OwnLogin {
  const { connect, key, secrets, state, endOpen } = options
  const { runtime } = connect
  const { clock } = runtime
  const derive = (use: string) => createHmac('sha256', key).update(use).digest()
  const stop = new AbortController()
  const parts: LoginParts = {
    ...connect,
    secrets,
    endOpen,
    state: () => state.open(),
    visits: new Visits(clock),
    passing: new Passing(clock),
    loginPace: new LoginPace(clock),
    cookieKey: derive('cookies'),
    tokenKey: derive('tokens'),
    outward: () => findCommonOutward(runtime.routing.table, secrets),
    signal: stop.signal,
  }
  state.watch((person, signIn) => isOver(judgeKept(parts, person, signIn)))
  const known: Known = {}
  const server = findServer(parts, known)
  return {
    context: { parts, connect, server },
    company: () => describeCompany(server(), parts),
    vouch: makeVouch(server, parts),
    close: async () => {
      stop.abort()
      known.server?.close()
      await state.close()
    },
  }
}

interface Known {
  about?: string
  server?: OwnServer
}

/** Another one for each change of the login: what clients were given stays. */
function findServer(parts: LoginParts, known: Known): LoginContext['server'] {
  return () => {
    const { login } = parts.runtime.routing.table
    if (!login?.server) return undefined
    const origin = parts.origin()
    const about = JSON.stringify([origin, login])
    if (!known.server || known.about !== about) {
      known.server?.close()
      known.about = about
      known.server = new AuthorizationServer(parts, origin, login, login.server)
    }
    return known.server
  }
}

function describeCompany(
  server: OwnServer | undefined,
  { visits }: LoginParts,
): CompanySignIn | undefined {
  if (!server) return undefined
  const { company, state, login } = server
  return {
    host: company.host,
    begin: async (browser, name, ip) => {
      const own = { browser, network: nameSite(ip) }
      const departure = visits.depart(own, { server: name }, undefined)
      try {
        return await company.makeAddress(departure)
      } catch (error) {
        throw describeProblem(error, (text) => text)
      }
    },
    findPerson: (id, signIn, expires) => {
      const kept = state.people.get(id)
      if (kept?.issuer !== login.issuer) return undefined
      return toPerson(kept, signIn, expires)
    },
    listPrograms: (id) => listPrograms(state, id),
    endProgram: (id, client) => state.endProgram(id, client),
    findLeave: () => company.findLeave(),
  }
}

function listPrograms(state: LoginState, person: string): readonly Program[] {
  const { allowed = [] } = state.people.get(person) ?? {}
  const clients = [...new Set(allowed.map(({ client }) => client))]
  return clients.map((client) => {
    const own = allowed.filter((one) => one.client === client)
    const { client_name: name } = state.clients.get(client)?.metadata ?? {}
    return {
      client,
      name: typeof name === 'string' ? name : '',
      hosts: own.map(({ host }) => host),
      since: Math.max(...own.map(({ at }) => at)),
    }
  })
}

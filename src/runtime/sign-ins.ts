// Makes what signs people in, and the gateway itself at servers.
// In: the running gateway, its key, its folder of grants. Out: SignIns.
// INVARIANT: loaded by the first table that needs it, and by nothing else: no
// module imports it, or what is only in it, before.

import { deriveKey } from './base/key.ts'
import { createConnect } from './connect/create.ts'
import type { Runtime } from './control/context.ts'
import { connectArrived, recordGrant } from './control/grants.ts'
import type { Pages, SignIns } from './control/late-sign-ins.ts'
import { endPerson } from './control/revoke/revoke.ts'
import type { GrantStoreOptions } from './grants/store.ts'
import { CompanyLogin } from './login/company-login.ts'
import { createLogin } from './login-server/create.ts'
import { OwnState } from './login-server/own-state.ts'
import { Accounts } from './oauth/accounts.ts'
import { Flows } from './oauth/flows.ts'
import { LeftAccounts } from './oauth/left.ts'
import { SignIn } from './oauth/sign-in.ts'
import { findCommonOutward } from './outward/outward.ts'
import type { SecretSource } from './secrets/resolve.ts'

export interface SignInsOptions {
  readonly runtime: Runtime
  readonly secrets: SecretSource
  /** Of the gateway. */
  readonly key: Buffer
  /** Of what its authorization server keeps. */
  readonly sealed: GrantStoreOptions
}

export function createSignIns(options: SignInsOptions): SignIns {
  const { runtime, sealed } = options
  const { clock, grants: store } = runtime
  const loginState = new OwnState(sealed)
  // Sign-ins that wait for a browser to come back.
  const flows = new Flows(clock)
  const leftAccounts = makeLeftAccounts(options)
  const pages = createPages(options, { flows, loginState, leftAccounts })
  return {
    login: makeLogin(options, loginState),
    loginState,
    leftAccounts,
    pages,
    makeSignIn: (server) => new SignIn(server),
    makeAccounts: (server) =>
      new Accounts({
        ...server,
        store,
        flows,
        publicOrigin: () => runtime.publicOrigin(),
        vouch: pages.own.vouch,
        onEvent: (event) => recordGrant(runtime, event),
      }),
  }
}

function makeLogin(
  { runtime, secrets }: SignInsOptions,
  ownKeys: OwnState,
): CompanyLogin {
  const { clock, log, logouts } = runtime
  const outward = () => findCommonOutward(runtime.routing.table, secrets)
  return new CompanyLogin({ clock, secrets, log, ownKeys, logouts, outward })
}

function makeLeftAccounts({ runtime, secrets }: SignInsOptions): LeftAccounts {
  const { clock, grants: store } = runtime
  return new LeftAccounts({
    clock,
    secrets,
    store,
    flows: new Flows(clock),
    publicOrigin: () => runtime.publicOrigin(),
    outward: () => findCommonOutward(runtime.routing.table, secrets),
    authOf: (name) => {
      const { servers } = runtime.routing.table
      const server = Object.hasOwn(servers, name) ? servers[name] : undefined
      if (server?.type !== 'http' || server.auth?.type !== 'oauth') {
        return undefined
      }
      return server.auth
    },
    onEvent: (event) => recordGrant(runtime, event),
  })
}

interface Kept {
  readonly flows: Flows
  readonly loginState: OwnState
  readonly leftAccounts: LeftAccounts
}

function createPages(
  { runtime, key, secrets }: SignInsOptions,
  { flows, loginState, leftAccounts }: Kept,
): Pages {
  const connect = createConnect(deriveKey(key, 'connect'), {
    runtime,
    company: () => own.company(),
    origin: () => runtime.publicOrigin(),
    accountsOf: (server) => runtime.upstreams.get(server)?.accounts,
    arrived: (subject, server) => connectArrived(runtime, subject, server),
    left: leftAccounts,
    raise: (who, ip) => runtime.alarm.raise(runtime, who, ip),
    takeFlow: (state) => flows.take(state),
  })
  const own = createLogin({
    connect,
    key: deriveKey(key, 'login'),
    state: loginState,
    secrets,
    endOpen: (person) => endPerson(runtime, person),
  })
  return { connect, own }
}

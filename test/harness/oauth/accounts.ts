// The accounts at one server, without a gateway: a real authorization server, a
// real MCP server, and a folder of grants.
// In: the `auth` of the server. Out: its accounts, and all that they tell.

import { join } from 'node:path'
import type { Test } from 'tap'
import type { HttpServer, OAuth } from '../../../src/contract/table.ts'
import { GrantStore } from '../../../src/runtime/grants/store.ts'
import type { Account, GrantEvent } from '../../../src/runtime/oauth/account.ts'
import { Accounts } from '../../../src/runtime/oauth/accounts.ts'
import { Flows } from '../../../src/runtime/oauth/flows.ts'
import type { SignInFailure } from '../../../src/runtime/oauth/problem.ts'
import { Redactor } from '../../../src/runtime/secrets/redact.ts'
import { DIRECT } from '../direct.ts'
import { NO_PROGRAMS } from '../no-programs.ts'
import { browse } from './interactions.ts'
import { makeClock, type Scene } from './scene.ts'

export const ORIGIN = 'http://127.0.0.1:4600'
export const GATEWAY_KEY = Buffer.alloc(32, 7)

const OWN = {
  type: 'oauth',
  as: 'person',
  via: null,
  issuer: null,
  authorizationEndpoint: null,
  tokenEndpoint: null,
  client: null,
  scopes: null,
  resource: null,
  parameters: {},
  tokenIn: null,
} as const satisfies OAuth

interface Options {
  readonly auth?: Partial<OAuth>
  readonly name?: string
  readonly folder?: string
  readonly origin?: string
  readonly key?: Buffer
  readonly clock?: ReturnType<typeof makeClock>
  readonly env?: Readonly<Record<string, string>>
  readonly url?: string
}

/** Another gateway over the same folder, if that is named. */
export function openAccounts(t: Test, scene: Scene, options: Options = {}) {
  const { name = 'ledger', clock = makeClock(), origin = ORIGIN } = options
  const folder = options.folder ?? join(t.testdir(), 'grants')
  const problems: string[] = []
  const store = new GrantStore({
    folder,
    key: options.key ?? GATEWAY_KEY,
    clock,
    onProblem: (text) => problems.push(text),
  })
  const flows = new Flows(clock)
  const redactor = new Redactor()
  const events: GrantEvent[] = []
  const url = options.url ?? scene.ledger.url
  const open = (own: Partial<Options> = {}) =>
    new Accounts({
      name: own.name ?? name,
      server: { url } as unknown as HttpServer,
      auth: { ...OWN, ...options.auth, ...own.auth },
      clock,
      secrets: { env: options.env ?? {}, root: '/', programs: NO_PROGRAMS },
      store,
      flows,
      publicOrigin: () => origin,
      url: () => new URL(url),
      headers: () => ({}),
      outward: DIRECT,
      hide: (text, place, kept) => redactor.add(text, place, kept),
      unhide: (place) => redactor.forget(place),
      tell: (text) => redactor.redactText(text),
      vouch: async () => {
        throw new Error('nobody vouches here')
      },
      onEvent: (event) => events.push(event),
    })
  const accounts = open()
  t.teardown(async () => {
    accounts.close()
    await store.close()
  })
  /** The callback of a sign-in that a person has walked through. */
  const walk = async (subject: string | null, browser = 'a browser') => {
    const address = await accounts.begin(subject, browser)
    return await browse(address, origin)
  }
  const comeBack = async (callback: URL): Promise<Account> => {
    const state = callback.searchParams.get('state') ?? ''
    const flow = flows.take(state)
    if (!flow) throw new Error('there is no such sign-in')
    return await accounts.finish(flow, callback.searchParams)
  }
  const signIn = async (subject: string | null) =>
    await comeBack(await walk(subject))
  const kinds = () => events.map(({ kind }) => kind)
  return {
    accounts,
    store,
    flows,
    folder,
    clock,
    events,
    problems,
    redactor,
    kinds,
    walk,
    comeBack,
    signIn,
    open,
  }
}

/** What a sign-in or a renewal rejects with. */
export async function failureOf(
  work: Promise<unknown> | undefined,
): Promise<SignInFailure> {
  try {
    await work
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown
    return thrown as SignInFailure
  }
  throw new Error('it did not fail')
}

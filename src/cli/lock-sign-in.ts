// Reads servers after a sign-in to each, in the browser of whoever runs this.
// In: servers of a table, secrets. Out: by server, its offers or an error.
// INVARIANT: a token is in memory only, goes to its server alone, and is ended
// when the server has been read.

import type { HttpServer, OAuth, Server } from '../contract/table.ts'
import { plain } from '../diagnostics/shown.ts'
import { systemClock } from '../runtime/base/clock.ts'
import { makeAlone } from '../runtime/oauth/alone.ts'
import { SignInOnce } from '../runtime/oauth/once.ts'
import type { SignInFailure } from '../runtime/oauth/problem.ts'
import type { SecretSource } from '../runtime/secrets/resolve.ts'
import { describeState } from '../runtime/upstream/failure.ts'
import { type Answer, type Asked, askServers } from './ask.ts'
import { openBrowser } from './open-browser.ts'
import { say } from './say.ts'
import type { Io } from './verb.ts'
import { openWayBack } from './way-back.ts'

type Answers = ReadonlyMap<string, Answer>

/** Whether somebody must sign in before it can be read. */
export function wantsPerson(server: Server | undefined): boolean {
  return server?.type === 'http' && server.auth?.type === 'oauth'
}

interface SignedIn {
  readonly server: Server
  readonly token: string
  end(): Promise<void>
}

/** Like askServers. `port`: of the redirect address; 0 for any that is free. */
export async function askSignedIn(
  asked: Asked,
  port: number,
  io: Io,
): Promise<Answers> {
  const { secrets } = asked
  const all = Object.entries(asked.servers)
  const others = all.filter(([, server]) => !wantsPerson(server))
  const alone = { ...asked, servers: Object.fromEntries(others) }
  const answers = new Map(await askServers(alone, io))
  // One after the other: a person has one browser, and a token may be short.
  for (const [name, server] of all) {
    if (server.type !== 'http' || server.auth?.type !== 'oauth') continue
    const one = { name, server, auth: server.auth, secrets, port }
    const found = await signIn(one, io)
    if ('failure' in found) {
      answers.set(name, found)
      continue
    }
    const servers = { [name]: found.server }
    const env = { ...secrets.env, [nameToken(name)]: found.token }
    const own = { ...secrets, env }
    try {
      const read = await askServers({ ...asked, servers, secrets: own }, io)
      for (const [name, answer] of read) answers.set(name, answer)
    } finally {
      await found.end()
    }
  }
  return answers
}

/** No variable of an environment has this name. */
function nameToken(server: string): string {
  return `the access token of ${server}`
}

interface ToSignIn {
  readonly name: string
  readonly server: HttpServer
  readonly auth: OAuth
  readonly secrets: SecretSource
  readonly port: number
}

/** What a browser has come back with. */
type Outcome = { readonly token: string } | { readonly thrown: unknown }

/** Long enough to sign in at a provider that wants a second factor. */
const WAIT_MS = 300_000

async function signIn(
  { name, server, auth, secrets, port }: ToSignIn,
  io: Io,
): Promise<SignedIn | Exclude<Answer, { offer: unknown }>> {
  const tell = (text: string) => say(io.stderr, plain`${name}: ${text}\n`)
  let end: (outcome: Outcome) => void = () => {}
  const returned = new Promise<Outcome>((resolve) => {
    end = resolve
  })
  const wayBack = await openWayBack(port, async (path, parameters) => {
    const flow =
      path === new URL(once.redirect).pathname && once.take(parameters)
    if (!flow) return undefined
    try {
      end({ token: await once.finish(flow, parameters) })
      return 'You are signed in. You can close this window.'
    } catch (thrown) {
      end({ thrown })
      return 'The sign-in failed. The terminal says why.'
    }
  })
  const once = new SignInOnce(
    makeAlone({
      name,
      server,
      auth,
      clock: systemClock,
      secrets,
      origin: wayBack.origin,
    }),
  )
  try {
    const address = await once.begin()
    tell(`sign in with your own account, at ${address.href}`)
    openBrowser(address, io)
    const late = setTimeout(() => end({ thrown: LATE }), WAIT_MS)
    const outcome = await returned.finally(() => clearTimeout(late))
    if ('thrown' in outcome) throw outcome.thrown
    const ref = `env:${nameToken(name)}` as const
    const headers = { ...server.headers, authorization: { bearer: ref } }
    return {
      server: { ...server, auth: null, headers },
      token: outcome.token,
      end: async () => tell(describeEnd(await once.end())),
    }
  } catch (thrown) {
    await once.end()
    if (thrown instanceof Error) throw thrown
    const failure = describeState(thrown as SignInFailure)
    const isUnknown = thrown === LATE || auth.client !== null
    const help = isUnknown ? describeRedirect(once.redirect) : undefined
    tell(failure)
    if (help !== undefined) tell(`help: ${help}`)
    return { failure, help }
  } finally {
    await wayBack.close()
  }
}

const LATE: SignInFailure = Object.freeze({
  kind: 'signin',
  detail: 'nobody came back from the browser within five minutes',
})

function describeRedirect(redirect: string): string {
  return `the authorization server must know the redirect address ${redirect}; with --port it has the same port each time`
}

function describeEnd(outcome: Awaited<ReturnType<SignInOnce['end']>>): string {
  const kept = 'nothing of the sign-in is kept'
  return outcome?.revoked
    ? `the token is revoked; ${kept}`
    : `${kept}, but the token may be valid until it ends: ${outcome?.detail ?? 'it was not revoked'}`
}

// Runs what tests an authorization server: against a plain oidc-provider, and
// against that of a gateway in front of a company's provider.
// In: a suite, which of them. Out: the checks of each scenario.
// INVARIANT: the suite's own client and its address are used; a browser of ours
// opens what it prints.

import { allow, register, Visitor } from '../login/oauth-client.ts'
import { serveLoginServer } from '../login/server-scene.ts'
import { findPort } from '../nginx.ts'
import { startAuthorizationServer } from '../oauth/authorization-server.ts'
import type { Owner } from '../process.ts'
import { type Results, runSuite, type Tools } from './run.ts'
import type { Suite } from './suites.ts'

interface Target {
  readonly issuer: string
  /** What the token is to be for. */
  readonly resource: string
  /** Registers a client with this address; resolves to its id. */
  register(back: string): Promise<string>
}

/** All of it, as the second scenario stands on the first. */
export async function runAuthorizationSuite(
  tools: Tools,
  { release, one }: Suite,
  side: 'direct' | 'through',
): Promise<Results> {
  const ends: (() => unknown)[] = []
  const owner: Owner = { teardown: (end) => void ends.push(end) }
  try {
    const target = await (side === 'direct' ? startPlain : startOwn)(owner)
    const port = await findPort()
    const back = `http://127.0.0.1:${port}/callback`
    const args = [
      ...['authorization', '--url', target.issuer],
      ...['--client-id', await target.register(back)],
      ...['--resource', target.resource, '--port', String(port), ...one],
    ]
    return await runSuite(tools, release, args, openAddress(back))
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** Opens the address that the suite prints, and goes back to it. */
function openAddress(back: string): (stdout: string) => void {
  let isOpen = false
  return (stdout) => {
    const [, address] =
      /^(http\S+[?&]response_type=code\S*)\n/m.exec(stdout) ?? []
    if (address === undefined || isOpen) return
    isOpen = true
    // What goes wrong is seen by the suite, which waits for it.
    allow(new Visitor(), { url: new URL(address) }, back)
      .then((url) => fetch(url))
      .catch((error: Error) => process.stderr.write(`${error.message}\n`))
  }
}

async function startPlain(owner: Owner): Promise<Target> {
  const as = await startAuthorizationServer()
  owner.teardown(() => as.close())
  return {
    issuer: as.issuer,
    resource: 'http://127.0.0.1:1/mcp',
    register: async (back) => {
      const client_id = 'the-suite'
      as.register([
        {
          client_id,
          redirect_uris: [back],
          token_endpoint_auth_method: 'none',
          application_type: 'native',
        },
      ])
      return client_id
    },
  }
}

async function startOwn(owner: Owner): Promise<Target> {
  const { origin, at } = await serveLoginServer(owner)
  return {
    issuer: `${origin}/login`,
    resource: at,
    register: async (back) => {
      const { body } = await register(origin, { redirect_uris: [back] })
      return String(body.client_id)
    },
  }
}

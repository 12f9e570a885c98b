// The suite's client-mode scenarios about sign-in: an SDK by itself, or a
// gateway to which the suite's server is one that people, or the gateway itself,
// sign in to.
// In: the URL, the scenario, what the suite says about it. Out: what the
// scenario asks for was tried; the suite judges.

import { createPrivateKey } from 'node:crypto'
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { lockOffer } from '../../../src/table/lock.ts'
import { runHere } from '../gateway.ts'
import { makeFolder, type Owner, serveFolder } from '../process.ts'
import { signInAs, signInAsGateway } from './pages.ts'
import { Browsing, makeProvider, type SignInContext } from './sdk-sign-in.ts'

export interface Scene {
  readonly url: string
  readonly scenario: string
  readonly context: SignInContext
  readonly isModern: boolean
  readonly note: Note
}

/** Into the suite's record of the run. */
export type Note = (text: string) => void

/** More than the suite lets anybody sign in. */
const MOST = 3

const INFO = { name: 'suite', version: '1.0.0' }

export async function signInDirect(owner: Owner, scene: Scene): Promise<void> {
  const { url, scenario, context, isModern } = scene
  const authProvider = makeProvider(scenario, context)
  for (let tries = 0; tries < MOST; tries++) {
    const client = makeClient(isModern)
    const at = new URL(url)
    const transport = new StreamableHTTPClientTransport(at, { authProvider })
    owner.teardown(() => client.close())
    try {
      await client.connect(transport)
      return await callAll(client)
    } catch (error) {
      const isAsked = error instanceof UnauthorizedError
      if (!isAsked || !(authProvider instanceof Browsing)) throw error
      await transport.finishAuth(await authProvider.walk())
    }
  }
}

function makeClient(isModern: boolean, capabilities: object = {}): Client {
  const mode = isModern ? 'auto' : 'legacy'
  const options = { capabilities, versionNegotiation: { mode } } as const
  return new Client(INFO, options)
}

async function callAll(client: Client): Promise<void> {
  const { tools } = await client.listTools()
  for (const { name } of tools) await client.callTool({ name, arguments: {} })
}

/** A person whose client shows addresses; nobody is asked for a shared account,
 * or for the gateway's own. */
export async function signInThrough(
  owner: Owner,
  scene: Scene,
  as: 'person' | 'gateway',
): Promise<void> {
  const { folder, token, served } = await startGateway(owner, scene, as)
  const { origin } = new URL(served.localUrl)
  const client = makeClient(scene.isModern, { elicitation: { url: {} } })
  const signIn = signInAs(token, origin, scene.note)
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    const { url } = params as { readonly url?: string }
    const isIn = url !== undefined && (await signIn(url))
    return { action: isIn ? 'accept' : 'decline' }
  })
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  const at = new URL(served.localUrl)
  await client.connect(new StreamableHTTPClientTransport(at, { requestInit }))
  owner.teardown(() => client.close())
  const isShared = as === 'gateway' && !isMachine(scene)
  const again = () =>
    isShared
      ? signInAsGateway(served, folder, 'suite', scene.note)
      : !isMachine(scene)
  // A person tries again; after a call a server may name another
  // authorization server.
  if (isShared && !(await again())) return
  for (let calls = 1; calls <= MOST; calls++) {
    const result = await callFirst(client)
    scene.note(`${JSON.stringify(result)}\n`)
    if (result.isError && (calls === MOST || !(await again()))) return
  }
}

/** The tools of a server that has just been signed in to come soon. */
async function callFirst(client: Client): Promise<{ isError?: unknown }> {
  const end = Date.now() + 10_000
  while (Date.now() < end) {
    const { tools } = await client.listTools()
    const [tool] = tools
    if (tool) return await client.callTool({ name: tool.name, arguments: {} })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { isError: 'no tool is listed' }
}

const isMachine = ({ scenario }: Scene) =>
  scenario.startsWith('auth/client-credentials-')

async function startGateway(
  owner: Owner,
  scene: Scene,
  as: 'person' | 'gateway',
) {
  const auth = await writeAuth(scene, as)
  const suite = { type: 'http', url: scene.url, prefix: '', auth }
  // Its document must be at an https address, which nobody needs to reach here.
  const isNamed = scene.scenario === 'auth/basic-cimd'
  const listen = isNamed ? { publicUrl: 'https://conformance-test.local' } : {}
  const config = {
    listen,
    servers: { suite },
    roles: { all: { allow: { suite: ['*'] } } },
  }
  const isLocked = as === 'person' && !isMachine(scene)
  const folder = makeFolder(owner, {
    'gateway.config.json': JSON.stringify(config),
    'gw.secret': scene.context.client_secret ?? '',
    'gw.jwk': writeKey(scene.context),
    ...(isLocked && { 'gateway.lock.json': LOCK }),
  })
  const who = ['--subject', 'suite', '--role', 'all', '--cwd', folder]
  const issued = await runHere(['token', 'issue', ...who], { cwd: folder })
  if (issued.code !== 0) throw new Error(issued.stderr)
  const served = await serveFolder(owner, folder)
  // What the gateway says goes into the suite's record of the run.
  owner.teardown(() => scene.note(served.stderr()))
  return { folder, token: issued.stdout.trim(), served }
}

/** Every protected server of the suite has this one tool. */
const LOCK = `${JSON.stringify({
  formatVersion: 1,
  servers: {
    suite: lockOffer({
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'auth-prm-pathbased-server', version: '1.0.0' },
      tools: [{ name: 'test-tool', inputSchema: { type: 'object' } }],
      prompts: [],
      resourceTemplates: [],
    }),
  },
})}\n`

async function writeAuth(scene: Scene, as: 'person' | 'gateway') {
  const { client_id: id, private_key_pem } = scene.context
  const proof = private_key_pem
    ? { key: { secret: 'file:gw.jwk' } }
    : { secret: { secret: 'file:gw.secret' } }
  const client = { id, ...proof }
  if (isMachine(scene)) {
    // Beside a secret the issuer is named, which an operator knows.
    const issuer = await findIssuer(scene.url)
    return { type: 'clientCredentials', issuer, client }
  }
  return { type: 'oauth', as, ...writeOwn(scene, client) }
}

/** What an operator writes by hand: a client that is registered, and of servers
 * of 2025-03-26, which name no authorization server, where that is. */
function writeOwn({ scenario, url }: Scene, client: object): object {
  const { origin: issuer } = new URL(url)
  switch (scenario) {
    case 'auth/pre-registration':
      return { client }
    case 'auth/2025-03-26-oauth-metadata-backcompat':
      return { issuer }
    case 'auth/2025-03-26-oauth-endpoint-fallback':
      return {
        issuer,
        authorizationEndpoint: `${issuer}/authorize`,
        tokenEndpoint: `${issuer}/token`,
        client: { id: 'test-client-id' },
      }
    default:
      return {}
  }
}

async function findIssuer(server: string): Promise<string> {
  const { origin, pathname } = new URL(server)
  const at = `${origin}/.well-known/oauth-protected-resource${pathname}`
  const { authorization_servers } = (await (await fetch(at)).json()) as {
    readonly authorization_servers: readonly string[]
  }
  return authorization_servers[0] ?? ''
}

function writeKey({ private_key_pem, signing_algorithm }: SignInContext) {
  if (!private_key_pem) return ''
  const jwk = createPrivateKey(private_key_pem).export({ format: 'jwk' })
  return JSON.stringify({ ...jwk, alg: signing_algorithm })
}

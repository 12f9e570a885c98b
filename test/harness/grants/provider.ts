// The authorization server of the trial: a real provider behind a layer that
// loses, breaks and delays what passes.
// In: dice. Out: its issuer, its books, and how to make it worse.
// INVARIANT: what the books say was given, the provider gave.

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { importJWK } from 'jose'
import type { Dice } from '../crosstalk/dice.ts'
import { makeKey } from '../oauth/authorization-server.ts'
import {
  INTERACTION,
  type Interactive,
  interact,
} from '../oauth/interactions.ts'
import { makeAdapter } from '../oauth/memory-adapter.ts'
import type { Owner } from '../process.ts'
import { Books } from './books.ts'
import { drawFault, type Fault } from './faults.ts'

interface Provider extends Interactive {
  callback(): (request: IncomingMessage, response: ServerResponse) => void
}
type ProviderClass = new (issuer: string, config: object) => Provider

export interface TrialProvider {
  readonly issuer: string
  readonly key: Awaited<ReturnType<typeof importJWK>>
  readonly books: Books
  /** Whether requests go wrong. */
  isFaulty: boolean
  /** How often each way. */
  readonly faults: Map<Fault, number>
  /** It answers nobody for so long, and begins anew with what it had kept. */
  restart(ms: number): Promise<void>
  /** It does not know one of its clients any more. */
  forgetClient(dice: Dice): void
}

/** Seconds. */
const LIFE = 2

interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

export async function startProvider(
  owner: Owner,
  dice: Dice,
): Promise<TrialProvider> {
  const key = makeKey('trial')
  const kept = makeAdapter()
  const name: string = 'oidc-provider'
  const { Provider } = (await import(name)) as { Provider: ProviderClass }
  const books = new Books()
  const clients: string[] = []
  let inner = await listen(0, () => {})
  let outer = await listen(0, () => {})
  const port = portOf(outer)
  const issuer = `http://127.0.0.1:${port}`
  const makeProvider = async () => {
    const config = configure(kept.Adapter, key.privateJwk)
    const provider = new Provider(issuer, config)
    const own = provider.callback()
    const choices = { person: 'nobody', refuses: false, withheld: [] }
    return await listen(0, (request, response) => {
      if (!request.url?.startsWith(INTERACTION)) return own(request, response)
      interact(provider, choices, request, response).catch(() =>
        response.destroy(),
      )
    })
  }
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    relay(one, clients, dice, portOf(inner), request, response).catch(() =>
      response.destroy(),
    )
  }
  const one: TrialProvider = {
    issuer,
    key: await importJWK(key.publicJwk, 'ES256'),
    books,
    isFaulty: false,
    faults: new Map(),
    restart: async (ms) => {
      await Promise.all([end(outer), end(inner)])
      await new Promise((resolve) => setTimeout(resolve, ms))
      inner = await makeProvider()
      outer = await listen(port, pass)
    },
    forgetClient: (own) => {
      const client = clients[own.below(clients.length)] ?? ''
      books.forgot(client)
      kept.forget('Client', client)
    },
  }
  await one.restart(0)
  owner.teardown(() => Promise.all([end(outer), end(inner)]))
  return one
}

async function relay(
  one: TrialProvider,
  clients: string[],
  dice: Dice,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url = '', method } = request
  const sent = await readAll(request)
  const isToken = method === 'POST' && url.startsWith('/token')
  const isAsked = isToken || url.startsWith('/.well-known/')
  const fault = one.isFaulty && isAsked ? drawFault(dice, isToken) : undefined
  if (fault) one.faults.set(fault, (one.faults.get(fault) ?? 0) + 1)
  if (fault?.endsWith('before')) return fail(fault, response)
  const asked = new URLSearchParams(isToken ? sent.toString() : '')
  const answer = await ask(port, request, sent).catch((error) => {
    one.books.cut(asked)
    throw error
  })
  const { status, headers, body } = answer
  if (status === 201 && url.startsWith('/reg')) {
    clients.push(JSON.parse(body.toString()).client_id)
  }
  const client = readClient(request, asked)
  const arrived = isToken
    ? one.books.answered(asked, client, status, body.toString())
    : () => {}
  if (fault) return fail(fault, response, answer)
  response.on('finish', arrived)
  response.writeHead(status, headers).end(body)
}

function fail(fault: Fault, response: ServerResponse, answer?: Answer): void {
  const socket = response.socket as Socket
  const [what] = fault.split(' ')
  if (what === '500') response.writeHead(500).end('out of order')
  else if (what === '502') response.writeHead(502).end('bad gateway')
  else if (what === 'busy') {
    response.writeHead(429, { 'retry-after': '1' }).end()
  } else if (what === 'page') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello')
  } else if (what === 'reset') socket.resetAndDestroy()
  else if (what === 'cut' && answer) {
    const { status, headers, body } = answer
    response.writeHead(status, headers)
    response.write(body.subarray(0, body.length / 2), () => socket.destroy())
  } else if (what === 'dropped') socket.destroy()
  // A silent one is ended by who waits.
}

/** By basic authentication, or in the form. */
function readClient(
  { headers: { authorization = '' } }: IncomingMessage,
  asked: URLSearchParams,
): string {
  const pair = Buffer.from(authorization.replace('Basic ', ''), 'base64')
  const [id = ''] = pair.toString().split(':')
  return asked.get('client_id') ?? decodeURIComponent(id)
}

function ask(
  port: number,
  { method, url, headers }: IncomingMessage,
  sent: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path: url, headers }
    const outgoing = send(options, async (incoming) => {
      const { statusCode: status = 0, headers: own } = incoming
      const { 'transfer-encoding': _, ...rest } = own
      resolve({ status, headers: rest, body: await readAll(incoming) })
    })
    outgoing.on('error', reject)
    outgoing.end(sent)
  })
}

async function readAll(from: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of from) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function listen(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(answer)
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function end(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

function configure(adapter: object, key: object): object {
  return {
    adapter,
    jwks: { keys: [key] },
    scopes: ['openid', 'offline_access', 'read'],
    cookies: { keys: ['of a trial'] },
    pkce: { required: () => true },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    ttl: { AccessToken: LIFE, RefreshToken: 86_400 },
    rotateRefreshToken: true,
    interactions: {
      url: (_: unknown, { uid }: { uid: string }) => INTERACTION + uid,
    },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:nothing',
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'read',
          audience: resource,
          accessTokenTTL: LIFE,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

// Clients on the SDKs through a gateway to servers on them.
// In: which client meets which server. Out: what each attempt came to.
// INVARIANT: an attempt that fails is a result, with what was wrong; a pair
// whose SDK is not here is told as missing.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Owner } from '../process.ts'
import { issue, serveConfig } from '../served.ts'
import { until } from '../until.ts'
import { findFault } from './faults.ts'
import { type Installed, install, type Toolchain } from './install.ts'
import {
  type Command,
  commandOf,
  FEATURE_IDS,
  type Feature,
  SDK_KINDS,
  SDKS,
  type SdkKind,
  WANTED,
} from './peers.ts'

export const TRANSPORTS = ['http', 'stdio'] as const

export type Transport = (typeof TRANSPORTS)[number]

export interface Pair {
  readonly client: SdkKind
  readonly server: SdkKind
  readonly transport: Transport
}

export interface Result extends Pair {
  readonly feature: Feature
  /** What was wrong; null where it works. */
  readonly wrong: string | null
}

export const ALL_PAIRS: readonly Pair[] = SDK_KINDS.flatMap((client) =>
  SDK_KINDS.flatMap((server) =>
    TRANSPORTS.map((transport) => ({ client, server, transport })),
  ),
)

/** Each client and each server once. */
export const FEW_PAIRS: readonly Pair[] = SDK_KINDS.map((client, at) => ({
  client,
  server: SDK_KINDS[(at + 2) % SDK_KINDS.length] as SdkKind,
  transport: TRANSPORTS[at % TRANSPORTS.length] as Transport,
}))

/** Features that both sides of a pair have. */
export function featuresOf({ client, server }: Pair): readonly Feature[] {
  const lacks = new Set<Feature>([
    ...SDKS[client].clientLacks,
    ...SDKS[server].serverLacks,
  ])
  return FEATURE_IDS.filter((feature) => !lacks.has(feature))
}

export async function runSdks(
  owner: Owner,
  pairs: readonly Pair[],
): Promise<{
  readonly results: readonly Result[]
  /** SDK → why it is not here. */
  readonly missing: ReadonlyMap<SdkKind, string>
}> {
  const { here, missing } = await installAll(pairs)
  const ready = pairs.filter(({ client, server }) =>
    [client, server].every((kind) => here.has(kind)),
  )
  if (ready.length === 0) return { results: [], missing }
  const served = await serveServers(owner, ready, here)
  const clients = [...new Set(ready.map(({ client }) => client))]
  const attempt = (client: SdkKind) => {
    const own = ready.filter((one) => one.client === client)
    const issued = served.tokens.get(client) ?? ''
    return runClient(owner, own, served.url, issued, here)
  }
  // At one server, a client would be told of what another one changed.
  if (ready.length === clients.length) {
    const results = await Promise.all(clients.map(attempt))
    return { results: results.flat(), missing }
  }
  const results: Result[] = []
  for (const client of clients) results.push(...(await attempt(client)))
  return { results, missing }
}

type Here = ReadonlyMap<SdkKind, Exclude<Installed, { missing: string }>>

async function installAll(pairs: readonly Pair[]) {
  const kinds = new Set(pairs.flatMap((one) => [one.client, one.server]))
  const needed = [...new Set([...kinds].map((kind) => SDKS[kind].toolchain))]
  const tried = new Map<Toolchain, Installed>(
    await Promise.all(
      needed.map(async (one) => [one, await install(one)] as const),
    ),
  )
  const here = new Map<SdkKind, Exclude<Installed, { missing: string }>>()
  const missing = new Map<SdkKind, string>()
  for (const kind of kinds) {
    const installed = tried.get(SDKS[kind].toolchain)
    if (installed && 'folder' in installed) here.set(kind, installed)
    else missing.set(kind, installed?.missing ?? 'not tried')
  }
  return { here, missing }
}

const nameOf = ({ server, transport }: Omit<Pair, 'client'>) =>
  `${server}-${transport}`

async function serveServers(owner: Owner, pairs: readonly Pair[], here: Here) {
  const mounts = new Map(pairs.map((pair) => [nameOf(pair), pair]))
  const servers = Object.fromEntries(
    await Promise.all(
      [...mounts].map(async ([name, { server, transport }]) => {
        const config = await mount(owner, server, transport, here)
        return [name, config] as const
      }),
    ),
  )
  const every = ['*', { prompt: '*' }, { resource: '*' }]
  const allow = (of: readonly Pair[]) =>
    Object.fromEntries(of.map((pair) => [nameOf(pair), every]))
  const clients = [...new Set(pairs.map(({ client }) => client))]
  const roles = Object.fromEntries(
    clients.map((client) => [
      client,
      { allow: allow(pairs.filter((one) => one.client === client)) },
    ]),
  )
  const issued = clients.map((client) =>
    issue({ subject: client, roles: [client] }),
  )
  const { gateway } = await serveConfig(owner, { servers, roles }, issued)
  const isUp = () => gateway.status().servers.every((one) => one.state === 'up')
  await until(isUp, 'the servers are up', START_MS)
  const tokens = new Map(
    clients.map((client, at) => [client, issued[at]?.token ?? '']),
  )
  return { url: gateway.url, tokens }
}

async function mount(
  owner: Owner,
  server: SdkKind,
  transport: Transport,
  here: Here,
): Promise<object> {
  const installed = here.get(server)
  if (!installed) throw new Error(`${server} is not here`)
  const command = commandOf(server, installed, 'server', [transport])
  const asks = { requests: ['elicitation', 'sampling'] }
  if (transport === 'stdio') return { type: 'stdio', ...command, ...asks }
  const url = await startOverHttp(owner, command)
  return { type: 'http', url, ...asks }
}

function start({ command, args, env }: Command) {
  const { PATH, HOME } = process.env
  return spawn(command, args, {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function startOverHttp(owner: Owner, command: Command): Promise<string> {
  const child = start(command)
  owner.teardown(() => child.kill('SIGKILL'))
  const stderr = text(child.stderr)
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    const port = /^Port (\d+)$/.exec(line)?.[1]
    if (port) return `http://127.0.0.1:${port}/mcp`
  }
  throw new Error(`${command.command} did not start: ${await stderr}`)
}

/** How long the servers may take to start, on a machine that is busy. */
const START_MS = 60_000

/** How long a client may take for all that it tries. */
const CLIENT_MS = 600_000

async function runClient(
  owner: Owner,
  pairs: readonly Pair[],
  url: string,
  token: string,
  here: Here,
): Promise<readonly Result[]> {
  const { client } = pairs[0] as Pair
  const installed = here.get(client)
  if (!installed) throw new Error(`${client} is not here`)
  const wanted = pairs.map((pair) => ({
    server: nameOf(pair),
    prefix: `${nameOf(pair)}__`,
    note: `note://${pair.server}/${pair.transport}`,
    features: featuresOf(pair),
    brief: featuresOf(pair).filter((feature) =>
      findFault({ ...pair, feature }),
    ),
  }))
  const args = [url, token, JSON.stringify(wanted)]
  const child = start(commandOf(client, installed, 'client', args))
  owner.teardown(() => child.kill('SIGKILL'))
  const timer = setTimeout(() => child.kill('SIGKILL'), CLIENT_MS)
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
  ])
  clearTimeout(timer)
  const said = stdout.split('\n').filter(Boolean).map(readLine)
  return pairs.flatMap((pair) =>
    featuresOf(pair).map((feature) => {
      const own = said.find(
        (one) => one.server === nameOf(pair) && one.feature === feature,
      )
      return { ...pair, feature, wrong: judge(feature, own, stderr) }
    }),
  )
}

interface Said {
  readonly server: string
  readonly feature: string
  readonly saw?: unknown
  readonly error?: string
}

const readLine = (line: string) => JSON.parse(line) as Said

function judge(
  feature: Feature,
  said: Said | undefined,
  stderr: string,
): string | null {
  if (said === undefined) return `the client ended: ${stderr.slice(-600)}`
  if (said.error !== undefined) return said.error
  const saw = JSON.stringify(said.saw)
  return WANTED[feature].test(saw ?? '') ? null : `it saw ${saw}`
}

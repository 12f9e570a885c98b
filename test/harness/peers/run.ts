// Every client through a gateway to every server, every feature once.
// In: an owner. Out: what each attempt came to.
// INVARIANT: an attempt that fails is a result, with what was wrong; only what
// cannot even be started throws.

import { makeFolder, type Owner } from '../process.ts'
import { issue, serveConfig } from '../served.ts'
import { until } from '../until.ts'
import {
  CLIENT_KINDS,
  CLIENTS,
  type ClientKind,
  openPeer,
  type Peer,
} from './clients.ts'
import { findFault } from './faults.ts'
import { FEATURE_IDS, type Feature } from './features.ts'
import type { InspectorKind } from './inspector.ts'
import {
  MOUNTS,
  type Mounted,
  SERVER_KINDS,
  type ServerKind,
} from './servers.ts'

export interface Result {
  readonly client: ClientKind | InspectorKind
  readonly server: ServerKind
  readonly feature: Feature
  /** What was wrong; null where it works. */
  readonly wrong: string | null
}

/** They keep what a person's first client told them, so that each client comes
 * with a token of its own; and one has the URIs of its twin. */
const APART: readonly ServerKind[] = ['everything', 'filesystem']
const TWIN: readonly ServerKind[] = ['everything-http']

/** How long the servers may take to start, on a machine that is busy. */
const START_MS = 60_000

/** How long to wait for what is not expected to come. */
const BRIEF_MS = 300

/** Also where the twin still is, and a token. */
export async function runPeers(owner: Owner) {
  const own = [...APART, ...TWIN]
  const beside = SERVER_KINDS.filter((kind) => !own.includes(kind))
  const [most, apart, twin] = await Promise.all([
    runGateway(owner, beside, 1),
    runGateway(owner, APART, CLIENT_KINDS.length),
    runGateway(owner, TWIN, CLIENT_KINDS.length),
  ])
  const results: readonly Result[] = [
    ...most.results,
    ...apart.results,
    ...twin.results,
  ]
  return { results, url: twin.url, token: twin.tokens[0] ?? '' }
}

/** A gateway before these servers, and tokens that may do everything. */
async function serveServers(
  owner: Owner,
  kinds: readonly ServerKind[],
  people: number,
) {
  const mounted = new Map<ServerKind, Mounted>()
  for (const kind of kinds) mounted.set(kind, await MOUNTS[kind](owner))
  const every = ['*', { prompt: '*' }, { resource: '*' }]
  const issued = Array.from({ length: people }, (_, at) =>
    issue({ subject: `person-${at}`, roles: ['all'] }),
  )
  const config = {
    servers: Object.fromEntries(
      [...mounted].map(([kind, { config }]) => [kind, config]),
    ),
    roles: {
      all: { allow: Object.fromEntries(kinds.map((kind) => [kind, every])) },
    },
  }
  const { gateway, records } = await serveConfig(owner, config, issued)
  // The gateway itself waits for five seconds only.
  await until(
    () => gateway.status().servers.every(({ state }) => state === 'up'),
    'the servers are up',
    START_MS,
  )
  const tokens = issued.map(({ token }) => token)
  return { mounted, url: gateway.url, tokens, records }
}

async function runGateway(
  owner: Owner,
  kinds: readonly ServerKind[],
  people: number,
) {
  const served = await serveServers(owner, kinds, people)
  const { mounted, url, tokens, records } = served
  const peers = new Map<ClientKind, Peer>()
  for (const [at, kind] of CLIENT_KINDS.entries()) {
    const token = tokens[at % people] as string
    const root = makeFolder(owner, {})
    const peer = await openPeer(kind, url, token, root)
    owner.teardown(() => peer.client.close())
    peers.set(kind, peer)
  }
  const attempt = async (server: ServerKind, { probes }: Mounted) => {
    const results: Result[] = []
    // One after the other: of one person, all clients share a stdio child.
    for (const [client, peer] of peers) {
      for (const feature of FEATURE_IDS) {
        const probe = probes[feature]
        if (!probe || CLIENTS[client].lacks.some((one) => one === feature)) {
          continue
        }
        const from = peer.heard.length
        const isKnown = findFault({ client, server, feature }) !== undefined
        const wrong = await probe({
          peer,
          at: (name) => `${server}__${name}`,
          hear: (what) =>
            until(
              () => peer.heard.slice(from).some((one) => what.test(one)),
              `${what} in ${JSON.stringify(peer.heard.slice(from))}`,
              isKnown ? BRIEF_MS : undefined,
            ),
          records,
        }).then(() => null, String)
        results.push({ client, server, feature, wrong })
      }
    }
    return results
  }
  const all = [...mounted].map(([kind, one]) => attempt(kind, one))
  return { results: (await Promise.all(all)).flat(), url, tokens }
}

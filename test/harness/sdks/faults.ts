// What is known not to work between the SDKs, and why.
// In: an attempt. Out: its fault, if it has one.
// INVARIANT: a fault that works after all is as much an error as one that is
// not listed here (test/upstream/sdks.ts, `npm run compatibility`).

import type { Feature, SdkKind } from './peers.ts'
import type { Pair, Result, Transport } from './run.ts'

export interface Fault {
  /** All, without. */
  readonly clients?: readonly SdkKind[]
  readonly servers?: readonly SdkKind[]
  readonly transports?: readonly Transport[]
  readonly feature: Feature
  /** For the document: a sentence. */
  readonly why: string
}

const MODERN: readonly SdkKind[] = ['mcp2', 'gosdk']

export const FAULTS: readonly Fault[] = [
  {
    clients: MODERN,
    servers: ['mcp1'],
    feature: 'subscriptions',
    why: 'This server does not declare that resources can be subscribed to.',
  },
  {
    clients: ['mcp1'],
    servers: ['mcp2'],
    feature: 'subscriptions',
    why: 'This SDK has none in sessions.',
  },
  {
    clients: MODERN,
    servers: ['mcpgo'],
    transports: ['http'],
    feature: 'subscriptions',
    why: 'This server tells nobody who listens, directly neither.',
  },
  {
    clients: MODERN,
    servers: ['fastmcp'],
    feature: 'elicitation',
    why: '`ctx.elicit` of this SDK refuses clients of 2026-07-28, directly too.',
  },
]

export function findFault({
  client,
  server,
  transport,
  feature,
}: Pair & { readonly feature: Feature }): Fault | undefined {
  return FAULTS.find(
    (one) =>
      one.feature === feature &&
      (one.clients?.includes(client) ?? true) &&
      (one.servers?.includes(server) ?? true) &&
      (one.transports?.includes(transport) ?? true),
  )
}

/** What the results and the list do not say alike. */
export function judgeResults(results: readonly Result[]): readonly string[] {
  return results.flatMap((result) => {
    const { client, server, transport, feature, wrong } = result
    const what = `${client}, ${server} over ${transport}, ${feature}`
    const isKnown = findFault(result) !== undefined
    if (wrong !== null && !isKnown) return [`not expected: ${what}: ${wrong}`]
    if (wrong === null && isKnown) return [`listed, but works: ${what}`]
    return []
  })
}

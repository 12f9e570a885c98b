// What is known not to work, and why.
// In: an attempt. Out: its fault, if it has one.
// INVARIANT: a fault that works after all is as much an error as one that is
// not listed here (test/peers.ts).

import type { Result } from './run.ts'

export interface Fault {
  readonly clients: readonly Result['client'][]
  readonly servers: readonly Result['server'][]
  readonly feature: Result['feature']
  /** For the document: a sentence. */
  readonly why: string
}

const MODERN = ['SDK 2.x auto', 'SDK 2.x pinned'] as const

export const FAULTS: readonly Fault[] = [
  {
    clients: MODERN,
    servers: ['everything-http'],
    feature: 'logging',
    why:
      'Over Streamable HTTP this server logs on the stream of its session, ' +
      'not on that of the call; a 2026-07-28 client hears only what belongs ' +
      'to its call.',
  },
  {
    clients: MODERN,
    servers: ['everything-http'],
    feature: 'roots',
    why:
      'Over Streamable HTTP this server asks for roots on the stream of its ' +
      'session, not on that of the call; a 2026-07-28 client can be asked ' +
      'only within its call.',
  },
]

export function findFault({
  client,
  server,
  feature,
}: Pick<Result, 'client' | 'server' | 'feature'>): Fault | undefined {
  return FAULTS.find(
    (one) =>
      one.feature === feature &&
      one.clients.includes(client) &&
      one.servers.includes(server),
  )
}

/** What the results and the list do not say alike. */
export function judgeResults(results: readonly Result[]): readonly string[] {
  return results.flatMap((result) => {
    const { client, server, feature, wrong } = result
    const what = `${client}, ${server}, ${feature}`
    const isKnown = findFault(result) !== undefined
    if (wrong !== null && !isKnown) return [`not expected: ${what}: ${wrong}`]
    if (wrong === null && isKnown) return [`listed, but works: ${what}`]
    return []
  })
}

// What is known not to work, and why.
// In: an attempt. Out: its fault, if it has one.
// INVARIANT: a fault that works after all is as much an error as one that is
// not listed here (test/upstream/peers.ts).

import type { Result } from './run.ts'

export interface Fault {
  readonly clients: readonly Result['client'][]
  readonly servers: readonly Result['server'][]
  readonly feature: Result['feature']
  /** For the document: a sentence. */
  readonly why: string
  /** It works now and then: two of its messages race. */
  readonly sometimes?: boolean
}

const MODERN = ['SDK 2.x auto', 'SDK 2.x pinned'] as const

export const FAULTS: readonly Fault[] = [
  {
    clients: MODERN,
    servers: ['everything-http'],
    feature: 'logging',
    why:
      'Over Streamable HTTP this server logs on the stream of its session, ' +
      'not on that of the call; what comes there after the answer a ' +
      '2026-07-28 client cannot be told.',
    sometimes: true,
  },
]

export function findFault(
  { client, server, feature }: Pick<Result, 'client' | 'server' | 'feature'>,
  faults = FAULTS,
): Fault | undefined {
  return faults.find(
    (one) =>
      one.feature === feature &&
      one.clients.includes(client) &&
      one.servers.includes(server),
  )
}

/** What the results and the list do not say alike. */
export function judgeResults(
  results: readonly Result[],
  faults = FAULTS,
): readonly string[] {
  return results.flatMap((result) => {
    const { client, server, feature, wrong } = result
    const what = `${client}, ${server}, ${feature}`
    const fault = findFault(result, faults)
    const isKnown = fault !== undefined
    if (fault?.sometimes) return []
    if (wrong !== null && !isKnown) return [`not expected: ${what}: ${wrong}`]
    if (wrong === null && isKnown) return [`listed, but works: ${what}`]
    return []
  })
}

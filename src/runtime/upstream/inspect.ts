// What one server offers, asked once: for the lock, and for a look at it.
// In: a server of the table. Out: a LockedServer, or why there is none.
// INVARIANT: a session of its own, closed again before this resolves; it
// refuses whatever the server asks.

import type { Definition, LockedServer } from '../../contract/lock.ts'
import type { Server } from '../../contract/table.ts'
import { lockOffer } from '../../table/lock.ts'
import { writeNoMethod } from '../message/server-requests.ts'
import { readCatalog } from './catalog.ts'
import { Connector, type UpstreamContext } from './connector.ts'
import { withDeadline } from './deadline.ts'
import type { Failure } from './failure.ts'
import { ALL_CAPABILITIES, preferredEra } from './listing.ts'

/** A package runner may have to install the server first. */
const ANSWER_MS = 60_000

export interface Offered {
  readonly offer: LockedServer
  /** What it lists and no client is shown, or not as a whole. */
  readonly oddities: readonly string[]
}

/** Rejects with a Failure. */
export async function readOffer(
  name: string,
  server: Server,
  context: UpstreamContext,
): Promise<Offered> {
  const connector = new Connector(name, server, context)
  const opened = connector.open({
    capabilities: ALL_CAPABILITIES,
    prefers: preferredEra(server),
    onNotification() {},
    onRequest: (message, reply) => reply(writeNoMethod(message)),
    closed() {},
  })
  if ('kind' in opened) throw opened satisfies Failure
  const { session, ready } = opened
  try {
    const { handshake, lists, failures, oddities } = await withDeadline(
      ready.then((handshake) =>
        readCatalog(session, handshake, context.caps.depth),
      ),
      ANSWER_MS,
      'it took too long to say what it offers',
    )
    // Half an offer must not pass for the whole of it.
    const [problem] = failures
    if (problem !== undefined) {
      throw { kind: 'garbage', detail: problem } satisfies Failure
    }
    const { serverInfo, instructions, version } = handshake
    const parse = (list: readonly { readonly bytes: Buffer }[]) =>
      list.map(({ bytes }) => JSON.parse(bytes.toString()) as Definition)
    const offer = lockOffer({
      protocolVersion: version,
      ...(serverInfo && { serverInfo }),
      ...(instructions !== null && { instructions }),
      tools: parse(lists.tools),
      prompts: parse(lists.prompts),
      resourceTemplates: parse(lists.templates),
    })
    const { movedTo } = connector
    const moved =
      movedTo === undefined ? [] : [`it redirects: write the URL ${movedTo}`]
    return { offer, oddities: [...oddities, ...moved] }
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown
    throw addDetail(thrown as Failure, connector)
  } finally {
    await session.close()
    await connector.close()
  }
}

/** What an operator needs to mend it. */
function addDetail(failure: Failure, connector: Connector): Failure {
  const { kind, detail } = failure
  if (kind === 'refused') {
    return { ...failure, detail: `${detail}; ${connector.credentials}` }
  }
  const writesText = connector.server.type === 'stdio' && connector.strays > 0
  if (!writesText) return failure
  const why = 'it writes text that is not JSON on its standard output'
  return { ...failure, detail: `${detail}; ${why}` }
}

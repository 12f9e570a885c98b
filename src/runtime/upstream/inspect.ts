// Reads what one server offers, once: for the lock and for `gateway` verbs that
// show it.
// INVARIANT: uses its own session, closed before this resolves; refuses all
// requests of the server; no secret that the server was sent is in the result.

import type { Definition, LockedServer } from '../../contract/lock.ts'
import type { Server } from '../../contract/table.ts'
import { lockOffer } from '../../table/lock.ts'
import { writeNoMethod } from '../message/server-requests.ts'
import { readCatalog } from './catalog.ts'
import { Connector } from './connector.ts'
import type { UpstreamContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import type { Failure } from './failure.ts'
import { ALL_CAPABILITIES, preferredEra } from './listing.ts'

/** Long enough for a package runner to install the server. */
const ANSWER_MS = 60_000

export interface Offered {
  readonly offer: LockedServer
  /** Definitions that clients do not get, or not in full. */
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
      'it took too long to list what it offers',
    )
    // An incomplete offer must not become a lock.
    const [problem] = failures
    if (problem !== undefined) {
      throw { kind: 'garbage', detail: problem } satisfies Failure
    }
    // A server may say what it was sent; a lock is committed.
    const read = (bytes: Buffer) =>
      JSON.parse(connector.redact(bytes).toString()) as Definition
    const parse = (list: readonly { readonly bytes: Buffer }[]) =>
      list.map(({ bytes }) => read(bytes))
    const { serverInfo, instructions, version } = handshake
    const said = {
      ...(serverInfo && { serverInfo }),
      ...(instructions !== null && { instructions }),
    }
    const offer = lockOffer({
      protocolVersion: version,
      ...read(Buffer.from(JSON.stringify(said))),
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

/** Adds what an operator needs to fix it. */
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

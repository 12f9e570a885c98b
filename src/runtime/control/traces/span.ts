// Describes calls and hops as spans (OpenTelemetry semantic conventions for
// MCP: semantic-conventions-genai, docs/gen-ai/mcp.md).
// INVARIANT: no argument, answer, secret or session id is in a span.

import type { Server } from '../../../contract/table.ts'
import { formatWritten } from '../../../table/references.ts'
import { hashConversation } from '../../audit/fragments.ts'
import type { Use } from '../../catalog/view.ts'
import { readString } from '../../message/message.ts'
import { LISTS, LOCAL, USES } from '../../message/methods.ts'
import { writeId } from '../../message/write.ts'
import type { Exchange } from '../../request.ts'

export type Attribute = readonly [key: string, value: string | number]

export interface EndedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
  readonly name: string
  /** Wall-clock milliseconds, fractions included. */
  readonly began: number
  readonly ended: number
  readonly attributes: readonly Attribute[]
  readonly failed: boolean
}

/** The span of a client's request to the gateway. */
export function describeCall(
  exchange: Exchange,
  verdict: string,
): Pick<EndedSpan, 'name' | 'attributes' | 'failed'> {
  const { named, protocol, session, message, requestId, ip } = exchange
  const { use } = named
  const method = nameMethod(exchange)
  const id = writeId(message)
  return {
    ...describeUse(method, use, use?.exposed, verdict),
    attributes: [
      ['mcp.method.name', method],
      ['mcp.protocol.version', protocol],
      ['jsonrpc.request.id', readString(message.bytes, message.id) ?? id],
      // The hash that the audit uses, not the id, which gives access.
      ...(session
        ? [['mcp.session.id', hashConversation(session.id)] as const]
        : []),
      ...describeTarget(use, use?.exposed),
      ['network.transport', 'tcp'],
      ['network.protocol.name', 'http'],
      ['client.address', ip],
      // Finds the audit records of the call.
      ['portcullis.request.id', requestId],
      ['portcullis.verdict', verdict],
      ...(use ? [['portcullis.server', use.server] as const] : []),
      ...describeError(verdict),
    ],
  }
}

/** The span of a request to a server. */
export function describeHop(
  { method }: Exchange,
  use: Use,
  server: Server,
  verdict: string,
): Pick<EndedSpan, 'name' | 'attributes' | 'failed'> {
  return {
    ...describeUse(method, use, use.name, verdict),
    attributes: [
      ['mcp.method.name', method],
      ...describeTarget(use, use.name),
      ...describeAddress(server),
      ['portcullis.server', use.server],
      ...describeError(verdict),
    ],
  }
}

function describeUse(
  method: string,
  use: Use | undefined,
  name: string | undefined,
  verdict: string,
) {
  // Names of spans must be few: no URIs, and no unknown names of clients.
  const hasTarget = use && use.kind !== 'resource'
  return {
    name: hasTarget ? `${method} ${name}` : method,
    failed: verdict !== 'ok',
  }
}

function describeTarget(
  use: Use | undefined,
  name: string | undefined,
): readonly Attribute[] {
  if (!use || name === undefined || use.kind === 'resource') return []
  return use.kind === 'prompt'
    ? [['gen_ai.prompt.name', name]]
    : [
        ['gen_ai.operation.name', 'execute_tool'],
        ['gen_ai.tool.name', name],
      ]
}

function describeAddress(server: Server): readonly Attribute[] {
  if (server.type === 'stdio') return [['network.transport', 'pipe']]
  // Only path and query may hold a secret.
  const url = formatWritten(server.url, () => 'x')
  const { hostname, port, protocol } = new URL(url)
  return [
    ['network.transport', 'tcp'],
    ['network.protocol.name', 'http'],
    ['server.address', hostname],
    ['server.port', Number(port || (protocol === 'https:' ? 443 : 80))],
  ]
}

function describeError(verdict: string): readonly Attribute[] {
  return verdict === 'ok' ? [] : [['error.type', verdict]]
}

/** Unknown methods share one name. */
function nameMethod({ era, method }: Exchange): string {
  const known =
    USES[era].has(method) || LOCAL[era].has(method) || LISTS.has(method)
  return known ? method : '_OTHER'
}

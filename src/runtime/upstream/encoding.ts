// How the two eras put the same request: an envelope and headers, or neither
// (docs/specification/2026-07-28, basic/index and basic/transports).
// In: a method, its params. Out: what to send.
// INVARIANT: headers mirror the body and never say more than it.

import { encodeHeader } from '../message/header-values.ts'
import type { Era } from '../message/methods.ts'
import { ENVELOPE, MODERN_VERSIONS, USES } from '../message/methods.ts'
import type { Headers } from './http1/request.ts'

/** One message to a server. */
export interface Outgoing {
  readonly bytes: Buffer
  /** A `traceparent` for its HTTP request; of either era. */
  readonly parent?: string | undefined
  /** Of its HTTP request; of the modern era alone. */
  readonly headers?: Headers
}

/** Who asks, and what it can be asked. */
export interface Declared {
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly clientInfo: { readonly name: string; readonly version: string }
}

/** A request of the gateway's own. */
export function writeOwn(
  id: number,
  { method, params }: { readonly method: string; readonly params: object },
  era: Era,
  declared: Declared,
): Outgoing {
  if (era === 'legacy') {
    return { bytes: toBytes({ jsonrpc: '2.0', id, method, params }) }
  }
  const whole = { ...params, _meta: writeEnvelope(declared) }
  const bytes = toBytes({ jsonrpc: '2.0', id, method, params: whole })
  return { bytes, headers: mirror(method) }
}

export function writeEnvelope({ capabilities, clientInfo }: Declared) {
  return {
    [`${ENVELOPE}protocolVersion`]: MODERN_VERSIONS[0],
    [`${ENVELOPE}clientInfo`]: clientInfo,
    [`${ENVELOPE}clientCapabilities`]: capabilities,
  }
}

/** Headers that every modern request has; `name` is what the body names. */
export function mirror(method: string, name?: string): Headers {
  const mirrored = USES.modern.get(method)?.mirrored === true
  return {
    'mcp-protocol-version': MODERN_VERSIONS[0],
    'mcp-method': method,
    ...(mirrored && name !== undefined && { 'mcp-name': encodeHeader(name) }),
  }
}

function toBytes(message: object): Buffer {
  return Buffer.from(JSON.stringify(message))
}

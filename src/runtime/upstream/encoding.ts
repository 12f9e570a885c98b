// Writes requests for the two eras: modern ones have an envelope and headers
// (2026-07-28, basic/index and basic/transports).
// INVARIANT: headers mirror the body and hold nothing else.

import { encodeHeader } from '../message/header-values.ts'
import type { Era } from '../message/methods.ts'
import { ENVELOPE, MODERN_VERSIONS, USES } from '../message/methods.ts'
import type { Headers } from './http1/request.ts'

/** One message to a server. */
export interface Outgoing {
  readonly bytes: Buffer
  /** The `traceparent` header; of both eras. */
  readonly parent?: string | undefined
  /** Other headers; only of the modern era. */
  readonly headers?: Headers
}

/** The client info and capabilities of a request. */
export interface Declared {
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly clientInfo: { readonly name: string; readonly version: string }
}

/** Writes a request of the gateway itself. */
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

/** The headers of a modern request; `name`: the name in the body. */
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

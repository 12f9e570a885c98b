// Writes requests for the two eras: modern ones have an envelope and headers
// (2026-07-28, basic/index and basic/transports).
// INVARIANT: headers mirror the body and hold nothing else.

import type { Bytes } from '../base/pieces.ts'
import { encodeHeader } from '../message/header-values.ts'
import type { Era } from '../message/methods.ts'
import { META, MODERN_VERSIONS, USES } from '../message/methods.ts'
import { type Edit, NO_EDITS, splicePieces } from '../message/splice.ts'
import type { Headers } from './http1/request.ts'

/** One message to a server. */
export interface Outgoing {
  /** The message, before its edits. */
  readonly bytes: Buffer
  /** Made where it is written, so that it is copied once. */
  readonly edits?: readonly Edit[]
  /** The `traceparent` header; of both eras. */
  readonly parent?: string | undefined
  /** Only of the modern era. */
  readonly mirrored?: Mirrored | undefined
}

/** The message with its edits. */
export function editOutgoing({ bytes, edits = NO_EDITS }: Outgoing): Bytes {
  return splicePieces(bytes, edits)
}

/** The parts of a modern request that its headers repeat. */
export interface Mirrored {
  readonly method: string
  readonly name?: string | undefined
  /** Headers of arguments; undefined where there are none. */
  readonly params?: Headers | undefined
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
  return { bytes, mirrored: { method } }
}

export function writeEnvelope({ capabilities, clientInfo }: Declared) {
  return {
    [META.version]: MODERN_VERSIONS[0],
    [META.client]: clientInfo,
    [META.capabilities]: capabilities,
  }
}

/** The headers of a modern request. */
export function writeMirrored(mirrored: Mirrored): Headers {
  const name = writeName(mirrored)
  return {
    'mcp-protocol-version': MODERN_VERSIONS[0],
    'mcp-method': mirrored.method,
    ...(name !== undefined && { [NAME]: name }),
    ...mirrored.params,
  }
}

/** The header that names what is used, and its value; undefined where the method
 * has none. */
export const NAME = 'mcp-name'

export function writeName({ method, name }: Mirrored): string | undefined {
  const isNamed = USES.modern.get(method)?.mirrored === true
  return isNamed && name !== undefined ? encodeHeader(name) : undefined
}

function toBytes(message: object): Buffer {
  return Buffer.from(JSON.stringify(message))
}

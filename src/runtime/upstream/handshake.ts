// The handshake with a server, in either era.
// INVARIANT: an unsupported version is a failure; if a server refuses the
// modern handshake, the legacy one is still tried.

import {
  findNode,
  type Message,
  parseNode,
  readNumber,
  readString,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import {
  CODE,
  isLegacyVersion,
  isModernVersion,
  isServerVersion,
  LATEST_LEGACY,
  LEGACY_VERSIONS,
  MODERN_VERSIONS,
} from '../message/methods.ts'
import type { Node } from '../message/scan.ts'
import { withDeadline } from './deadline.ts'
import type { Declared } from './encoding.ts'
import type { Failure, FailureKind } from './failure.ts'

export interface Handshake {
  readonly era: Era
  readonly version: string
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly instructions: string | null
  readonly serverInfo: Readonly<Record<string, unknown>> | null
}

type Members = Readonly<Record<string, unknown>>

/** Whether a server supports calls as tasks (2025-11-25). */
export function servesTasks({ capabilities }: Handshake): boolean {
  const { requests } = Object(capabilities.tasks)
  return Object.hasOwn(Object(Object(requests).tools), 'call')
}

/** Sends a request in an era; rejects with a Failure. A JSON-RPC error is an
 * answer. */
export type Ask = (method: string, params: object, era: Era) => Promise<Message>

/** The handshake of 2025-11-25 and older; rejects with a Failure. */
export async function initialize(
  ask: Ask,
  { capabilities, clientInfo }: Declared,
): Promise<Handshake> {
  const params = { protocolVersion: LATEST_LEGACY, capabilities, clientInfo }
  const { bytes, result, error } = await ask('initialize', params, 'legacy')
  if (error) throw garbage('initialize gave an error')
  const version = readString(bytes, findNode(result, 'protocolVersion'))
  if (!result || version === undefined || !isServerVersion(version)) {
    const known = LEGACY_VERSIONS.join(', ')
    const shown = JSON.stringify(version ?? null)
    throw garbage(`it speaks none of ${known}, but version ${shown}`)
  }
  const value = parseNode(bytes, result) as Members
  return { era: 'legacy', version, ...readDeclared(value, value.serverInfo) }
}

/** server/discover. Undefined if the server is legacy, or does not answer
 * within `waitMs` milliseconds. Rejects with a Failure. If the server refuses
 * the version but offers it, the request is sent once more. */
export async function discover(
  ask: Ask,
  waitMs: number,
  mayRetry = true,
): Promise<Handshake | undefined> {
  let answer: Message
  try {
    const sent = ask('server/discover', {}, 'modern')
    answer = await withDeadline(sent, waitMs, 'no answer')
  } catch (thrown) {
    const { kind } = thrown as Failure
    if (LEGACY_FAILURES.includes(kind)) return undefined
    throw thrown
  }
  const { bytes, result, error } = answer
  if (error) {
    const code = findNode(error, 'code')
    const number = code && readNumber(bytes, code)
    if (number !== CODE.unsupportedVersion) return undefined
    const supported = readSupported(bytes, error)
    if (mayRetry && supported.some(isModernVersion)) {
      return discover(ask, waitMs, false)
    }
    if (supported.some(isLegacyVersion)) return undefined
    throw garbage(`it speaks none of ${MODERN_VERSIONS.join(', ')}`)
  }
  const value = (result ? parseNode(bytes, result) : {}) as Members
  const versions = value.supportedVersions
  if (!Array.isArray(versions)) return undefined
  const version = versions.find(
    (one) => typeof one === 'string' && isModernVersion(one),
  ) as string | undefined
  if (version === undefined) return undefined
  const meta = Object(value._meta) as Record<string, unknown>
  const info = meta['io.modelcontextprotocol/serverInfo']
  return { era: 'modern', version, ...readDeclared(value, info) }
}

/** The versions that a refusal offers. */
function readSupported(bytes: Buffer, error: Node): readonly string[] {
  const data: unknown = Object(parseNode(bytes, error)).data
  const supported: unknown = Object(data).supported
  if (!Array.isArray(supported)) return []
  return supported.filter((one) => typeof one === 'string')
}

/** How legacy servers fail at an unknown method. */
const LEGACY_FAILURES: readonly FailureKind[] = [
  'garbage',
  'session',
  'refused',
  'timeout',
  'ended',
]

function readDeclared(value: Members, info: unknown) {
  const { capabilities, instructions } = value
  const declared = Object.entries(readObject(capabilities) ?? {})
  return {
    // Some serializers write null for absent members.
    capabilities: Object.fromEntries(
      declared.filter(([, value]) => value !== null),
    ),
    instructions: typeof instructions === 'string' ? instructions : null,
    serverInfo: readObject(info),
  }
}

function readObject(value: unknown): Members | null {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? { ...value } : null
}

function garbage(detail: string): Failure {
  return { kind: 'garbage', detail }
}

// What a server says of itself when a session with it begins.
// In: a way to ask it. Out: a Greeting; or that it speaks another era.
// INVARIANT: a version that we do not speak is a failure, never a guess; a
// refusal of the newer era's question leaves the older one to be asked.

import {
  findNode,
  type Message,
  parseNode,
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

/** Whether a server takes calls as tasks, as 2025-11-25 has it. */
export function servesTasks({ capabilities }: Handshake): boolean {
  const { requests } = Object(capabilities.tasks)
  return Object.hasOwn(Object(Object(requests).tools), 'call')
}

/** Asks in an era; rejects with a Failure. An error is an answer. */
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
  const value = JSON.parse(
    bytes.toString('utf8', result.start, result.end),
  ) as Record<string, unknown>
  return { era: 'legacy', version, ...readSelf(value, value.serverInfo) }
}

/** server/discover; undefined where the server is of the older era, also where
 * it says nothing for `patience` milliseconds. Rejects with a Failure. A refused
 * version that the refusal itself offers is asked for once more. */
export async function discover(
  ask: Ask,
  patience: number,
  insists = true,
): Promise<Handshake | undefined> {
  let answer: Message
  try {
    const asked = ask('server/discover', {}, 'modern')
    answer = await withDeadline(asked, patience, 'no word of its era')
  } catch (thrown) {
    const { kind } = thrown as Failure
    if (EVASIONS.includes(kind)) return undefined
    throw thrown
  }
  const { bytes, result, error } = answer
  if (error) {
    const code = findNode(error, 'code')
    const number =
      code && Number(bytes.toString('latin1', code.start, code.end))
    if (number !== CODE.unsupportedVersion) return undefined
    const supported = readSupported(bytes, error)
    if (insists && supported.some(isModernVersion)) {
      return discover(ask, patience, false)
    }
    if (supported.some(isLegacyVersion)) return undefined
    throw garbage(`it speaks none of ${MODERN_VERSIONS.join(', ')}`)
  }
  const value = result
    ? (JSON.parse(bytes.toString('utf8', result.start, result.end)) as Record<
        string,
        unknown
      >)
    : {}
  const versions = value.supportedVersions
  if (!Array.isArray(versions)) return undefined
  const version = versions.find(
    (one) => typeof one === 'string' && isModernVersion(one),
  ) as string | undefined
  if (version === undefined) return undefined
  const meta = Object(value._meta) as Record<string, unknown>
  const info = meta['io.modelcontextprotocol/serverInfo']
  return { era: 'modern', version, ...readSelf(value, info) }
}

/** What a refusal of our version offers instead. */
function readSupported(bytes: Buffer, error: Node): readonly string[] {
  const data: unknown = Object(parseNode(bytes, error)).data
  const supported: unknown = Object(data).supported
  if (!Array.isArray(supported)) return []
  return supported.filter((one) => typeof one === 'string')
}

/** What an older server makes of a question that it does not know. */
const EVASIONS: readonly FailureKind[] = [
  'garbage',
  'session',
  'refused',
  'timeout',
  'ended',
]

function readSelf(value: Readonly<Record<string, unknown>>, info: unknown) {
  const { capabilities, instructions } = value
  const declared = Object.entries(readObject(capabilities) ?? {})
  return {
    // Some serializers write what is absent as null.
    capabilities: Object.fromEntries(
      declared.filter(([, value]) => value !== null),
    ),
    instructions: typeof instructions === 'string' ? instructions : null,
    serverInfo: readObject(info),
  }
}

function readObject(value: unknown): Readonly<Record<string, unknown>> | null {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? { ...value } : null
}

function garbage(detail: string): Failure {
  return { kind: 'garbage', detail }
}

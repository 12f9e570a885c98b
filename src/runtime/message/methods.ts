// The methods of the protocol and how the gateway handles each.
// INVARIANT: a method that no table names is unknown, in both eras.

import type { Kind } from '../../contract/table.ts'

/** `modern`: 2026-07-28 and later, without sessions; `legacy`: before. */
export type Era = 'legacy' | 'modern'

export type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates'

/** A method that uses a tool, prompt, resource or task of a server. */
export interface UseMethod {
  /** Null: the reference in `field` has its own type. */
  readonly kind: Kind | 'task' | null
  readonly field: 'name' | 'uri' | 'ref' | 'taskId'
  /** Whether limits count it. */
  readonly charged: boolean
  /** Whether Mcp-Name mirrors the name. */
  readonly mirrored: boolean
}

const CHARGED = { charged: true, mirrored: true } as const
const FREE = { charged: false, mirrored: false } as const

const BOTH_ERAS: readonly (readonly [string, UseMethod])[] = [
  ['tools/call', { kind: 'tool', field: 'name', ...CHARGED }],
  ['prompts/get', { kind: 'prompt', field: 'name', ...CHARGED }],
  ['resources/read', { kind: 'resource', field: 'uri', ...CHARGED }],
  ['completion/complete', { kind: null, field: 'ref', ...FREE }],
]

const LEGACY_ONLY: readonly (readonly [string, UseMethod])[] = [
  ['resources/subscribe', { kind: 'resource', field: 'uri', ...FREE }],
  ['resources/unsubscribe', { kind: 'resource', field: 'uri', ...FREE }],
]

/** Methods of a task continue a call that was charged. `tasks/list` is in no
 * table: its result names no tools, so no grant could be checked. */
const TASK = {
  kind: 'task',
  field: 'taskId',
  charged: false,
  mirrored: true,
} as const

/** Methods that are authorized, limited and routed, by era. */
export const USES: Readonly<Record<Era, ReadonlyMap<string, UseMethod>>> = {
  legacy: new Map([
    ...BOTH_ERAS,
    ...LEGACY_ONLY,
    ['tasks/get', TASK],
    ['tasks/result', TASK],
    ['tasks/cancel', TASK],
  ]),
  modern: new Map([
    ...BOTH_ERAS,
    ['tasks/get', TASK],
    ['tasks/update', TASK],
    ['tasks/cancel', TASK],
  ]),
}

/** Methods that the gateway answers from a view. */
export const LISTS: ReadonlyMap<string, ListName> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
])

/** Other methods that the gateway answers without a server, by era. */
export const LOCAL: Readonly<Record<Era, ReadonlySet<string>>> = {
  legacy: new Set(['initialize', 'ping', 'logging/setLevel']),
  modern: new Set(['server/discover', 'subscriptions/listen']),
}

export const LEGACY_VERSIONS = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
] as const

/** Only for servers: the official clients accept it too. */
const OLDEST = '2024-10-07'

export const MODERN_VERSIONS = ['2026-07-28'] as const

export const LATEST_LEGACY = LEGACY_VERSIONS[0]

export function isLegacyVersion(version: string): boolean {
  return (LEGACY_VERSIONS as readonly string[]).includes(version)
}

/** Whether a server may use this version. */
export function isServerVersion(version: string): boolean {
  return version === OLDEST || isLegacyVersion(version)
}

export function isModernVersion(version: string): boolean {
  return (MODERN_VERSIONS as readonly string[]).includes(version)
}

/** Versions are ISO dates, so they compare as texts. */
export function claimsModern(version: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(version) && version >= MODERN_VERSIONS[0]
}

/** JSON-RPC error codes that the gateway sends. */
export const CODE = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  unknownSession: -32001,
  unauthenticated: 40100,
  forbidden: 40300,
  legacyResourceNotFound: -32002,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  limited: 42900,
  upstream: 50200,
  unavailable: 50300,
} as const

/** Prefix of the members of `_meta` that belong to one hop (modern). */
export const ENVELOPE = 'io.modelcontextprotocol/'

/** Those that the gateway reads. */
export const META = {
  version: `${ENVELOPE}protocolVersion`,
  client: `${ENVELOPE}clientInfo`,
  capabilities: `${ENVELOPE}clientCapabilities`,
  level: `${ENVELOPE}logLevel`,
} as const

/** Levels of logs (RFC 5424), from the least to the most severe. */
export const LEVELS: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'

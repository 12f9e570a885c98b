// What the gateway declares: capabilities and instructions, joined over the
// servers that the caller may use.
// INVARIANT: a capability is declared only if a server that the caller may use
// has it.

import type { Era } from '../message/methods.ts'
import { TASKS_EXTENSION } from '../message/methods.ts'
import { type Handshake, servesTasks } from '../upstream/handshake.ts'
import type { Routing } from './routing.ts'
import type { Principal } from './view.ts'

/** The parts of a handshake request that the answer depends on. */
interface HandshakeRequest {
  readonly routing: Routing
  readonly principal: Principal
  readonly era: Era
}

/** The capabilities of the caller's servers together. `listChanged` is declared
 * where a stream exists to send it. */
export function joinCapabilities({
  routing,
  principal,
  era,
}: HandshakeRequest): object {
  const { prompts, resources, templates, servers } = principal.view
  const legacy = era === 'legacy'
  const listChanges = { listChanged: true }
  const handshakes = [...servers].sort().flatMap((name) => {
    const handshake = routing.catalogs.get(name)?.handshake
    return handshake ? [handshake] : []
  })
  const any = (name: string) =>
    handshakes.some(({ capabilities }) => Object.hasOwn(capabilities, name))
  const subscribes = handshakes.some(
    ({ capabilities }) => Object(capabilities.resources).subscribe === true,
  )
  const hasResources = resources.size + templates.size > 0
  const extensions = joinExtensions(handshakes, legacy)
  const experimental = joinSettings(handshakes, 'experimental')
  return {
    tools: listChanges,
    ...((prompts.size > 0 || legacy) && { prompts: listChanges }),
    ...((hasResources || legacy) && {
      resources: { ...listChanges, ...(subscribes && { subscribe: true }) },
    }),
    ...(any('completions') && { completions: {} }),
    ...(any('logging') && { logging: {} }),
    ...(legacy && handshakes.some(servesTasks) && { tasks: TASKS }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
    ...(Object.keys(experimental).length > 0 && { experimental }),
  }
}

/** Of 2025-11-25. `tasks/list` is not supported (message/methods.ts). */
const TASKS = Object.freeze({ cancel: {}, requests: { tools: { call: {} } } })

/** Extensions of one hop: a client gets its token for this gateway, not for a
 * server. */
const OF_ONE_HOP: readonly string[] = [
  'io.modelcontextprotocol/oauth-client-credentials',
  'io.modelcontextprotocol/enterprise-managed-authorization',
]

function joinExtensions(
  handshakes: readonly Handshake[],
  legacy: boolean,
): Readonly<Record<string, unknown>> {
  const joined = Object.entries(joinSettings(handshakes, 'extensions'))
  return Object.fromEntries(
    joined.filter(
      ([name]) =>
        !OF_ONE_HOP.includes(name) && !(legacy && name === TASKS_EXTENSION),
    ),
  )
}

/** Joins the settings of all servers; of two with one name, the first counts.
 * Values that are not objects are left out. */
function joinSettings(
  handshakes: readonly Handshake[],
  member: 'extensions' | 'experimental',
): Readonly<Record<string, unknown>> {
  const joined = new Map<string, unknown>()
  for (const { capabilities } of handshakes) {
    const own = Object.entries(Object(capabilities[member]) as object)
    for (const [name, settings] of own) {
      const isObject =
        typeof settings === 'object' &&
        settings !== null &&
        !Array.isArray(settings)
      if (isObject && !joined.has(name)) joined.set(name, settings)
    }
  }
  return Object.fromEntries(joined)
}

export function describeSelf({
  version,
}: {
  readonly version: string
}): object {
  return { name: 'portcullis', title: 'Portcullis', version }
}

/** The instructions of each server that the caller may use. */
export function writeInstructions({
  routing,
  principal,
}: Omit<HandshakeRequest, 'era'>): string {
  const parts: string[] = []
  for (const name of [...principal.view.servers].sort()) {
    const own = routing.instructionsOf(name)
    if (own) parts.push(`# ${name}\n\n${own.slice(0, 4_000)}`)
  }
  if (parts.length === 0) return ''
  return `,"instructions":${JSON.stringify(parts.join('\n\n'))}`
}

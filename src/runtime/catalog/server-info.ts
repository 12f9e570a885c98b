// What the gateway says of itself and of the servers behind it.
// In: an exchange that begins a conversation. Out: capabilities, instructions.
// INVARIANT: nothing is declared that no server which the caller sees can do.

import type { Era } from '../message/methods.ts'
import { TASKS_EXTENSION } from '../message/methods.ts'
import { type Handshake, servesTasks } from '../upstream/handshake.ts'
import type { Routing } from './routing.ts'
import type { Principal } from './view.ts'

/** A request that begins a conversation, as far as it is answered here. */
interface Beginning {
  readonly routing: Routing
  readonly principal: Principal
  readonly era: Era
}

/** What the servers that the caller sees can do, all of them together; lists
 * change wherever a stream exists on which that can be told. */
export function declare({ routing, principal, era }: Beginning): object {
  const { prompts, resources, templates, servers } = principal.view
  const legacy = era === 'legacy'
  const about = { listChanged: true }
  const said = [...servers].sort().flatMap((name) => {
    const handshake = routing.catalogues.get(name)?.handshake
    return handshake ? [handshake] : []
  })
  const any = (name: string) =>
    said.some(({ capabilities }) => Object.hasOwn(capabilities, name))
  const subscribes = said.some(
    ({ capabilities }) => Object(capabilities.resources).subscribe === true,
  )
  const hasResources = resources.size + templates.size > 0
  const extensions = joinExtensions(said, legacy)
  const experimental = joinSettings(said, 'experimental')
  return {
    tools: about,
    ...((prompts.size > 0 || legacy) && { prompts: about }),
    ...((hasResources || legacy) && {
      resources: { ...about, ...(subscribes && { subscribe: true }) },
    }),
    ...(any('completions') && { completions: {} }),
    ...(any('logging') && { logging: {} }),
    ...(legacy && said.some(servesTasks) && { tasks: TASKS }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
    ...(Object.keys(experimental).length > 0 && { experimental }),
  }
}

/** Of 2025-11-25; a list of tasks names no tools (message/methods.ts). */
const TASKS = Object.freeze({ cancel: {}, requests: { tools: { call: {} } } })

/** How a client gets a token is between it and this gateway. */
const OF_ONE_HOP: readonly string[] = [
  'io.modelcontextprotocol/oauth-client-credentials',
  'io.modelcontextprotocol/enterprise-managed-authorization',
]

function joinExtensions(
  said: readonly Handshake[],
  legacy: boolean,
): Readonly<Record<string, unknown>> {
  const joined = Object.entries(joinSettings(said, 'extensions'))
  return Object.fromEntries(
    joined.filter(
      ([name]) =>
        !OF_ONE_HOP.includes(name) && !(legacy && name === TASKS_EXTENSION),
    ),
  )
}

/** Of two servers' settings for one name, the first; what is no object, as
 * every version has it, is left out. */
function joinSettings(
  said: readonly Handshake[],
  member: 'extensions' | 'experimental',
): Readonly<Record<string, unknown>> {
  const joined = new Map<string, unknown>()
  for (const { capabilities } of said) {
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

/** Each server's own instructions, for the servers that the caller sees. */
export function writeInstructions({
  routing,
  principal,
}: Omit<Beginning, 'era'>): string {
  const parts: string[] = []
  for (const name of [...principal.view.servers].sort()) {
    const said = routing.instructionsOf(name)
    if (said) parts.push(`# ${name}\n\n${said.slice(0, 4_000)}`)
  }
  if (parts.length === 0) return ''
  return `,"instructions":${JSON.stringify(parts.join('\n\n'))}`
}

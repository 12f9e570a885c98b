// Exposed names: what clients see of a tool or prompt.
// In: a server's prefix and the tool part. Out: one name that clients accept.
// INVARIANT: depends on nothing else, so that a new server renames nothing; no
// code ever splits the result.

import type { RoutingTable } from '../contract/table.ts'
import type { Use } from './access.ts'
/** Clients refuse more than `most`; some refuse more than `safe`. */
export const EXPOSED_LENGTH = Object.freeze({ most: 64, safe: 46 })

/** `renamed` is the tool's own name, or its replacement in `rename`. */
export function exposeName(
  { prefix }: { readonly prefix: string },
  renamed: string,
): string {
  return `${prefix}${renamed}`.replaceAll(/[^A-Za-z0-9_-]/g, '_')
}

export function isExposable(name: string): boolean {
  return (
    /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) && name.length <= EXPOSED_LENGTH.most
  )
}

/** Characters of a foreign name that a proposal uses. */
const LONGEST_READ = 256

/** A tool part for `rename`, for a name that cannot be shown as it is. */
export function proposeName(name: string, prefix: string, ending = ''): string {
  const plain = name
    .slice(0, LONGEST_READ)
    .replaceAll(/[^A-Za-z0-9_-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  const whole = /^[a-z_]/i.test(prefix + plain) ? plain : `tool_${plain}`
  const room = EXPOSED_LENGTH.safe - prefix.length - ending.length
  return (whole || 'tool').slice(0, Math.max(8, room)) + ending
}

/** The name for clients; a resource keeps its URI. */
export function exposeUse(
  { servers }: RoutingTable,
  { server, kind, name }: Omit<Use, 'locked'>,
): string {
  const settings = servers[server]
  if (!settings || kind === 'resource') return name
  const { rename } = settings
  const own = kind === 'tool' && Object.hasOwn(rename, name)
  return exposeName(settings, (own && rename[name]) || name)
}

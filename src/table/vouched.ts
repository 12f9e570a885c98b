// Servers at which the company's provider vouches for people: `via: 'login'`.
// In: servers of a table. Out: whether it does.

import type { RoutingTable, Server } from '../contract/table.ts'

export function isVouched(server: Server | undefined): boolean {
  return (
    server?.type === 'http' &&
    server.auth?.type === 'oauth' &&
    server.auth.via === 'login'
  )
}

/** Whether one that is not disabled is such a server. */
export function hasVouched({
  servers,
}: Pick<RoutingTable, 'servers'>): boolean {
  return Object.values(servers).some(
    (server) => !server.disabled && isVouched(server),
  )
}

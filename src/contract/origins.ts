// Where the gateway is reached: the one place that writes an address of it.
// In: the settings of a listener. Out: origins.
// INVARIANT: `listen.publicUrl` decides alone where it is set; no part of an
// address comes from a request.

import type { Listen } from './settings.ts'

/** At which people and clients reach the public listener. */
export function publicOrigin(
  listen: Pick<Listen, 'publicUrl' | 'host' | 'port' | 'tls'>,
): string {
  return listen.publicUrl ?? localOrigin(listen)
}

/** At which programs of this host reach the public listener. */
export function localOrigin({
  host,
  port,
  tls,
}: Pick<Listen, 'host' | 'port' | 'tls'>): string {
  return `${tls === null ? 'http' : 'https'}://${formatHost(host)}:${port}`
}

/** At which programs of this host reach the admin listener, which has no TLS. */
export function adminOrigin({ host, port }: Pick<Listen, 'host' | 'port'>) {
  return `http://${formatHost(host)}:${port}`
}

/** Where a listener is bound: it may be every address of this host. */
export function boundAddress({
  host,
  port,
}: Pick<Listen, 'host' | 'port'>): string {
  return `${bracket(host)}:${port}`
}

/** A listener on every address is reached on this host's loopback address. */
function formatHost(host: string): string {
  const written = bracket(host)
  if (written === '0.0.0.0') return '127.0.0.1'
  return written === '[::]' ? '[::1]' : written
}

function bracket(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '')
  return bare.includes(':') ? `[${bare}]` : bare
}

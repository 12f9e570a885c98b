// Who can reach what: listeners beyond this host, upstreams without encryption.
// In: a config that has its shape. Out: findings.
// INVARIANT: a listener that others reach is an error until it is protected.

import type { GatewayConfig, ListenConfig } from '../contract/config.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'

export function checkExposure(gateway: GatewayConfig): readonly Diagnostic[] {
  const { listen = {}, servers } = gateway
  return [
    ...checkListen(listen),
    ...each(servers, '/servers').flatMap(([server, at]) => {
      if (server.type !== 'http' || !URL.canParse(server.url)) return []
      const { protocol, hostname } = new URL(server.url)
      if (protocol !== 'http:' || isLoopback(hostname)) return []
      const place = `${at}/url`
      const message = `${showPath(place)} reaches ${quote(hostname)} over http`
      return [finding('GW2017', place, message)]
    }),
  ]
}

function checkListen(listen: ListenConfig): readonly Diagnostic[] {
  const { host = DEFAULTS.listen.host, hosts, behindProxy } = listen
  if (isLoopback(host)) return []
  const missing = [
    ...(hosts?.length ? [] : ['`hosts`, the Host values to accept']),
    // Not `tls`: it is not in force yet, and tokens would travel in the clear.
    ...(behindProxy?.length
      ? []
      : ['`behindProxy`, the proxy that speaks TLS in front of it']),
  ]
  if (missing.length === 0) return []
  const message = `${quote(host)} can be reached by others, without protection`
  const help = `add ${missing.join(', and ')}; or listen on 127.0.0.1`
  return [finding('GW2016', '/listen/host', message, { help })]
}

function isLoopback(host: string): boolean {
  return (
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    ['localhost', '::1', '[::1]'].includes(host)
  )
}

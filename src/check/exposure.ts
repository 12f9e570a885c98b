// Who can reach the gateway: listeners beyond this host.
// In: a config of valid shape, and the dropped parts. Out: findings.
// INVARIANT: a listener for other hosts is an error until it is protected.

import type { GatewayConfig, ListenConfig } from '../contract/config.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { isLoopback } from '../contract/hosts.ts'
import { quote } from '../diagnostics/credential.ts'
import { showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { findOtherName } from './public-url.ts'
import { quoteLiteral } from './words.ts'

export function checkExposure(
  gateway: GatewayConfig,
  dropped: ReadonlySet<string>,
): readonly Diagnostic[] {
  const { listen = {}, admin = {} } = gateway
  const hosts = [
    ...checkHost(listen.host, '/listen/host'),
    ...checkHost(admin.host, '/admin/host'),
  ]
  return [
    ...hosts,
    ...(hosts.length > 0 ? [] : checkListen(listen, dropped)),
    ...(hosts.length > 0 ? [] : checkPorts(gateway)),
  ]
}

/** Only the address: no URL, no port. */
function checkHost(host: string | undefined, pointer: string) {
  const [, scheme, name = '', port] =
    /^([a-z]+:\/\/)?([^/:\s]*|\[[^\]\s]*\])(?::(\d+))?\/?$/i.exec(host ?? '') ??
    []
  if (host === undefined || (!scheme && !port)) return []
  const also = port ? `, port: ${port}` : ''
  const message = `${showPath(pointer)}: ${quote(host)} contains more than a host`
  const bare = name.replace(/^\[|\]$/g, '')
  const help = `write host: ${quoteLiteral(bare)}${also}`
  return [finding('GW2014', pointer, message, { help })]
}

function checkListen(
  listen: ListenConfig,
  dropped: ReadonlySet<string>,
): readonly Diagnostic[] {
  const { host = DEFAULTS.listen.host, publicUrl, tls, behindProxy } = listen
  if (isLoopback(host)) return []
  // A faulty key has its own finding.
  const lacks = (key: keyof ListenConfig, isThere: boolean) =>
    !isThere && !dropped.has(`/listen/${key}`)
  const noAddress = lacks('publicUrl', publicUrl !== undefined)
  const noTls =
    lacks('tls', tls !== undefined) &&
    lacks('behindProxy', behindProxy !== undefined && behindProxy.length > 0)
  if (!noAddress && !noTls) return []
  const name = findOtherName(listen)?.name ?? 'gateway.example.com'
  const lines = [
    ...(noAddress ? [`publicUrl: 'https://${name}'`] : []),
    ...(noTls ? ["tls: { cert: 'tls/cert.pem', key: 'tls/key.pem' }"] : []),
  ]
  const lack = [
    ...(noAddress ? ['`publicUrl`, the address at which they reach it'] : []),
    ...(noTls ? ['encryption'] : []),
  ].join(', and without ')
  const message = `${quote(host)} can be reached by others, without ${lack}`
  const proxy = noTls
    ? "; if a proxy in front of it terminates TLS, `behindProxy: ['10.0.0.0/8']` with its addresses in place of `tls`"
    : ''
  const help = `add it: listen: { ${lines.join(', ')} }${proxy}; or listen on 127.0.0.1`
  return [finding('GW2016', '/listen/host', message, { help })]
}

/** Two listeners cannot share a port; 0 gives each its own. */
function checkPorts({ listen = {}, admin = {} }: GatewayConfig) {
  const [a, b] = [
    { ...DEFAULTS.listen, ...listen },
    { ...DEFAULTS.admin, ...admin },
  ]
  if (a.port !== b.port || a.port === 0 || !overlap(a.host, b.host)) return []
  const own = admin.port !== undefined
  const pointer = own ? '/admin/port' : '/listen/port'
  const message = `\`listen\` and \`admin\` both use port ${a.port}`
  const free = a.port < 65_535 ? a.port + 1 : a.port - 1
  const help = `give \`admin\` another port: admin: { port: ${free} }`
  const notes =
    own && listen.port !== undefined
      ? [{ message: '`listen` uses it here', pointer: '/listen/port' }]
      : []
  return [finding('GW2021', pointer, message, { help, notes })]
}

function overlap(a: string, b: string): boolean {
  const hosts = [a, b].map((host) => (host === 'localhost' ? LOCAL : host))
  return hosts[0] === hosts[1] || hosts.some((host) => EVERY.includes(host))
}

const LOCAL = '127.0.0.1'
const EVERY = ['0.0.0.0', '::', '[::]']

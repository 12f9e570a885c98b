// Who can reach the gateway: listeners beyond this host.
// In: a config of valid shape, and the dropped parts. Out: findings.
// INVARIANT: a listener for other hosts is an error until it is protected.

import {
  type Block,
  blockOf,
  isInBlock,
  isIpv4Block,
  maskBlock,
  readBlock,
  writeBlock,
} from '../contract/addresses.ts'
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
    ...checkProxies(listen.behindProxy),
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

/** Whoever connects from one of these blocks chooses the address that it is
 * recorded and slowed down under. */
function checkProxies(blocks: readonly string[] = []) {
  return blocks.flatMap((text, i) => {
    const pointer = `/listen/behindProxy/${i}`
    const block = readBlock(text)
    const said = `${showPath(pointer)}: ${quote(text)}`
    if (!block) {
      const help = "write an address and its bits: '10.0.0.0/8' or 'fd00::/8'"
      const message = `${said} is not an address block`
      return [finding('GW2014', pointer, message, { help })]
    }
    if (isWide(block)) {
      const message = `${said} contains more than the proxies of one company`
      return [finding('GW2027', pointer, message)]
    }
    const meant = writeBlock(maskBlock(block))
    if (meant === writeBlock(block)) return []
    const one = writeBlock(blockOf(block.address))
    const help = `write '${meant}' for the block, or '${one}' for the one address`
    const message = `${said} is a block, written with an address within it`
    return [finding('GW2014', pointer, message, { help })]
  })
}

/** No network that assigns addresses to proxies is wider: /8, or /16 of IPv6,
 * except for the private addresses of IPv6. */
function isWide(block: Block): boolean {
  if (isIpv4Block(block)) return block.bits < 96 + 8
  const isPrivate = block.bits >= 7 && isInBlock(block.address, PRIVATE)
  return !isPrivate && block.bits < 16
}

const PRIVATE = readBlock('fc00::/7') as Block

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

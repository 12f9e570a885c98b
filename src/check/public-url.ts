// Where people come back to after a sign-in: `listen.publicUrl`.
// In: a config of valid shape, and the dropped parts. Out: findings.
// INVARIANT: what people type or bring there travels only over https, or within
// this host; a config whose sign-in could never end is refused.

import type { GatewayConfig, ListenConfig } from '../contract/config.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { isLoopback, readHost } from '../contract/hosts.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'
import { readPlaceholder } from './references.ts'
import { describeAddress, showAddress } from './sign-in-addresses.ts'

const AT = '/listen/publicUrl'

export function checkPublicUrl(
  gateway: GatewayConfig,
  dropped: ReadonlySet<string>,
): readonly Diagnostic[] {
  const hidden = findHidden(gateway)
  const address = gateway.listen?.publicUrl
  if (address === undefined) {
    return [...hidden, ...(dropped.has(AT) ? [] : findUnreturned(gateway))]
  }
  const faults = checkAddress(address)
  const found = faults.length > 0 ? faults : checkScheme(address, gateway)
  return [...hidden, ...found]
}

function checkAddress(address: string): readonly Diagnostic[] {
  if (readPlaceholder(address)) {
    const message = `${showPath(AT)} holds a variable, which nothing replaces`
    const help =
      'write the origin out; for another environment write another config that imports this one'
    return [finding('GW2014', AT, message, { help })]
  }
  const fault = describeAddress(address) ?? describePath(address)
  if (!fault) return []
  const message = `${showPath(AT)}: ${showAddress(address)} ${fault}`
  const help = `${suggestOrigin(address)}; http is accepted only for this host`
  return [finding('GW2014', AT, message, { help })]
}

function describePath(address: string): string | undefined {
  const { pathname } = new URL(address)
  return pathname === '/' ? undefined : 'holds a path'
}

/** The listener speaks one of the two: http would reach nobody. */
function checkScheme(
  address: string,
  { listen }: GatewayConfig,
): readonly Diagnostic[] {
  if (listen?.tls === undefined || !/^http:/i.test(address)) return []
  const message = `${showPath(AT)}: ${showAddress(address)} is http, and with \`listen.tls\` the listener speaks https alone`
  const help = `write '${new URL(address).origin.replace('http:', 'https:')}', or remove \`tls\``
  const notes = [{ message: '`tls` is here', pointer: '/listen/tls' }]
  return [finding('GW2014', AT, message, { help, notes })]
}

/** The same address without what is too much. */
function suggestOrigin(address: string): string {
  const plain = /^\w+:\/\//.test(address) ? address : `https://${address}`
  const { host } = URL.canParse(plain) ? new URL(plain) : { host: '' }
  const meant = host === '' ? 'gateway.example.com' : host
  return `write an origin alone: 'https://${meant}'`
}

/** People who signed in could not come back from their browsers. */
function findUnreturned(gateway: GatewayConfig): readonly Diagnostic[] {
  const { listen = {} } = gateway
  const at = findSignIn(gateway)
  // A listener beyond this host has a finding of its own.
  const place = isLoopback(listen.host ?? DEFAULTS.listen.host)
    ? findOtherName(listen)
    : undefined
  if (at === undefined || !place) return []
  const message = `people who sign in to ${showPath(at)} could not come back: the gateway does not know at which address browsers reach it`
  const help = `add it: listen: { publicUrl: 'https://${place.name}' }`
  const notes = [
    { message: 'they sign in here', pointer: joinPointer(at, 'auth') },
  ]
  return [finding('GW2022', place.pointer, message, { help, notes })]
}

/** The endpoint answers at its path, whatever page is there. */
function findHidden(gateway: GatewayConfig): readonly Diagnostic[] {
  const path = gateway.listen?.path
  const at = findSignIn(gateway)
  if (path === undefined || at === undefined) return []
  if (!`${path}/`.startsWith('/connect/')) return []
  const pointer = '/listen/path'
  const message = `${showPath(pointer)} ${quote(path)} hides pages on which people sign in: they are at \`/connect\` and below`
  const help = `write another path, or remove it: the default is \`${DEFAULTS.listen.path}\``
  const notes = [
    { message: 'they sign in here', pointer: joinPointer(at, 'auth') },
  ]
  return [finding('GW2022', pointer, message, { help, notes })]
}

/** The first server that people sign in to. */
function findSignIn({ servers }: GatewayConfig): string | undefined {
  const [, at] =
    each(servers, '/servers').find(
      ([server]) => server.type === 'http' && server.auth?.type === 'oauth',
    ) ?? []
  return at
}

/** The first of `hosts` that is not this host: by it the gateway is reached from
 * others. */
export function findOtherName({ hosts = [] }: ListenConfig) {
  // flatMap skips the holes of faulty elements.
  const [other] = hosts.flatMap((one, index) => {
    const read = readHost(one)
    if (!read || isLoopback(read.name)) return []
    const pointer = joinPointer('/listen/hosts', index)
    return [{ name: read.whole, pointer }]
  })
  return other
}

// Proxies and TLS files, as far as their text says.
// In: a config of valid shape. Out: findings.
// INVARIANT: an address is shown without what may be credentials; a key that
// the runtime would ignore is reported.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { ProxyConfig } from '../contract/outward.ts'
import type { ServerConfig } from '../contract/servers.ts'
import { maskCredentials, quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'
import { readPlaceholder } from './references.ts'
import { quoteLiteral } from './words.ts'

export function checkOutward(gateway: GatewayConfig): readonly Diagnostic[] {
  return [
    ...checkProxy(gateway.proxy, '/proxy'),
    ...each(gateway.servers, '/servers').flatMap(([server, at]) =>
      server.type === 'http'
        ? [
            ...checkProxy(server.proxy, joinPointer(at, 'proxy')),
            ...checkTls(server, joinPointer(at, 'tls')),
          ]
        : [],
    ),
  ]
}

function checkProxy(
  proxy: false | 'env' | ProxyConfig | undefined,
  at: string,
): readonly Diagnostic[] {
  if (typeof proxy !== 'object') return []
  const pointer = joinPointer(at, 'url')
  const fault = describeProxy(proxy.url)
  if (!fault) return []
  const shown = quote(hideCredentials(proxy.url))
  const message = `${showPath(pointer)}: ${shown} ${fault.why}`
  return [finding('GW2010', pointer, message, { help: fault.help })]
}

interface Fault {
  readonly why: string
  readonly help: string
}

const EXAMPLE = "write url: 'http://proxy.example.com:3128'"

function describeProxy(written: string): Fault | undefined {
  // `proxy.example.com:3128` reads like a URL of an unknown scheme.
  const isBare = !written.includes('://')
  const text = isBare ? `http://${written}` : written
  if (!URL.canParse(text)) {
    return { why: 'is not the address of a proxy', help: EXAMPLE }
  }
  const { protocol, host, username, password, pathname, search, hash } =
    new URL(text)
  const meant = `did you mean ${quoteLiteral(`http://${host}`)}?`
  if (isBare) return { why: 'has no scheme', help: meant }
  if (/^socks/.test(protocol)) {
    return {
      why: 'is a SOCKS proxy, and only HTTP proxies can be used',
      help: 'name a proxy that accepts CONNECT: http:// or https://',
    }
  }
  if (protocol !== 'http:' && protocol !== 'https:') {
    return { why: 'is not an http or https address', help: EXAMPLE }
  }
  // checkSecrets reports a password.
  if (password !== '' && !readPlaceholder(written)) return undefined
  if (username !== '' || password !== '') {
    return {
      why: 'holds credentials',
      help: "write them as a reference: auth: basic('USER', 'env:PROXY_PASSWORD')",
    }
  }
  if (search !== '' || hash !== '' || pathname !== '/') {
    const own = `${protocol}//${host}`
    return {
      why: 'is more than an address: a proxy has no path',
      help: `did you mean ${quoteLiteral(own)}?`,
    }
  }
  return undefined
}

function hideCredentials(text: string): string {
  return maskCredentials(text).replace(
    /^([a-z+.-]*:?\/\/)?[^/]*@|\?.*/gi,
    '$1…',
  )
}

function checkTls(
  { tls, url }: Extract<ServerConfig, { readonly type: 'http' }>,
  at: string,
): readonly Diagnostic[] {
  if (!tls) return []
  if (tls.ca !== undefined && tls.caAppend !== undefined) {
    const pointer = joinPointer(at, 'caAppend')
    const message = `${showPath(at)} has \`ca\` and \`caAppend\`, and may have only one of them`
    const help =
      'keep `ca` to trust only its CAs, or `caAppend` to trust its CAs beside the usual ones'
    return [finding('GW2018', pointer, message, { help })]
  }
  const address = typeof url === 'string' ? url : url.join[0]
  if (Object.keys(tls).length === 0 || !/^http:/i.test(String(address))) {
    return []
  }
  const message = `${showPath(at)} has no effect: the \`url\` of this server begins with http://`
  const help = 'write the `url` with https://, or remove `tls`'
  return [finding('GW2018', at, message, { help })]
}

// How requests leave the gateway: proxies and TLS files, for all and for each.
// In: a checked config. Out: both with every default filled in.
// INVARIANT: a server's own proxy replaces that of all; a proxy of all is never
// used for this host unless its list says so.

import type { ProxyConfig, ServerTlsConfig } from '../contract/outward.ts'
import type {
  ProxySettings,
  RoutingTable,
  ServerTls,
} from '../contract/table.ts'
import { joinPath } from '../diagnostics/paths.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import type { LinkContext } from './context.ts'
import { relocateSecretValue } from './paths.ts'

/** What a proxy of all servers is not used for. */
const THIS_HOST = ['127.0.0.0/8', '::1', 'localhost']

export function linkOutward(
  context: LinkContext,
): Pick<RoutingTable, 'proxy' | 'tls'> {
  const { gateway } = context.checked
  return {
    proxy: linkProxy(context, gateway.proxy, '/proxy', THIS_HOST),
    tls: { caAppend: linkPath(context, gateway.tls, '/tls', 'caAppend') },
  }
}

export function linkServerOutward(
  context: LinkContext,
  name: string,
): { readonly tls: ServerTls; readonly proxy: ProxySettings | null } {
  const server = context.checked.gateway.servers[name]
  const { tls, proxy } = server?.type === 'http' ? server : {}
  const { proxy: common, tls: all } = linkOutward(context)
  const at = joinPointer('/servers', name, 'tls')
  const path = (key: keyof ServerTlsConfig) => linkPath(context, tls, at, key)
  return {
    tls: {
      ca: path('ca'),
      caAppend: path('caAppend'),
      common: all.caAppend,
      cert: path('cert'),
      key: path('key'),
    },
    proxy:
      proxy === undefined
        ? common
        : linkProxy(context, proxy, joinPointer('/servers', name, 'proxy'), []),
  }
}

function linkPath<K extends string>(
  { folderOf }: LinkContext,
  section: { readonly [Key in K]?: string } | undefined,
  at: string,
  key: K,
): string | null {
  const written = section?.[key]
  if (written === undefined) return null
  return joinPath(folderOf(joinPointer(at, key)), written)
}

function linkProxy(
  { folderOf }: LinkContext,
  proxy: false | 'env' | ProxyConfig | undefined,
  at: string,
  usual: readonly string[],
): ProxySettings | null {
  if (!proxy) return null
  if (proxy === 'env') return proxy
  const { url, auth, noProxy = usual } = proxy
  return {
    url: URL.canParse(url) ? new URL(url).origin : url,
    auth: auth
      ? relocateSecretValue(auth, folderOf(joinPointer(at, 'auth')))
      : null,
    noProxy: [...new Set(noProxy.map((one) => one.toLowerCase()))].sort(),
  }
}

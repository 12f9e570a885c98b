// The sections that refer to no name: listeners, caps, audit, telemetry.
// In: a checked config. Out: these sections with every default filled in.
// INVARIANT: every default comes from contract/defaults.ts.

import type { ListenTlsConfig } from '../contract/config.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import { readHost } from '../contract/hosts.ts'
import type { RoutingTable } from '../contract/table.ts'
import { joinPath } from '../diagnostics/paths.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import type { LinkContext } from './context.ts'
import { resolveName } from './names.ts'
import { linkOutward } from './outward.ts'
import { findClashes, placeOwnFiles } from './own-files.ts'
import { relocateSecret, relocateValue } from './paths.ts'
import { toBytes, toMilliseconds } from './units.ts'

type Settings = Omit<
  RoutingTable,
  | 'servers'
  | 'lock'
  | 'roles'
  | 'teams'
  | 'limits'
  | 'tokens'
  | 'tests'
  | 'login'
>

export function linkSettings(context: LinkContext): Settings {
  const { folderOf } = context
  const { admin = {}, tokens, drain, caps } = context.checked.gateway
  const secret = admin.token?.secret
  const files = placeOwnFiles(context.checked.gateway, folderOf)
  const { gateway, tokensFile } = context.checked
  findClashes(files, gateway, tokensFile).forEach(context.report)
  const { audit, ...own } = files
  return {
    listen: linkListen(context),
    admin: {
      host: admin.host ?? DEFAULTS.admin.host,
      port: admin.port ?? DEFAULTS.admin.port,
      token: secret
        ? { secret: relocateSecret(secret, folderOf('/admin/token/secret')) }
        : null,
    },
    ...own,
    ...linkOutward(context),
    maxAge: toMilliseconds(tokens?.maxAge ?? DEFAULTS.tokens.maxAge),
    caps: {
      request: toBytes(caps?.request ?? DEFAULTS.caps.request),
      message: toBytes(caps?.message ?? DEFAULTS.caps.message),
      depth: caps?.depth ?? DEFAULTS.caps.depth,
      streams: caps?.streams ?? DEFAULTS.caps.streams,
      connections: caps?.connections ?? DEFAULTS.caps.connections,
    },
    drain: toMilliseconds(drain ?? DEFAULTS.drain),
    audit: { ...linkAudit(context), ...audit },
    telemetry: linkTelemetry(context),
  }
}

function linkListen({ checked, folderOf }: LinkContext): Settings['listen'] {
  const { listen = {} } = checked.gateway
  const path = (key: keyof ListenTlsConfig, written: string) =>
    joinPath(folderOf(`/listen/tls/${key}`), written)
  const { tls } = listen
  return {
    host: listen.host ?? DEFAULTS.listen.host,
    port: listen.port ?? DEFAULTS.listen.port,
    path: listen.path ?? DEFAULTS.listen.path,
    hosts: listen.hosts ? sortUnique(listen.hosts.map(formatHost)) : null,
    origins: listen.origins ? sortUnique(listen.origins) : null,
    publicUrl: listen.publicUrl ? readOrigin(listen.publicUrl) : null,
    tls: tls
      ? {
          cert: path('cert', tls.cert),
          key: path('key', tls.key),
          clientCa:
            tls.clientCa === undefined ? null : path('clientCa', tls.clientCa),
        }
      : null,
    behindProxy: sortUnique(listen.behindProxy ?? []),
  }
}

function linkAudit(context: LinkContext): Omit<Settings['audit'], 'file'> {
  const { audit = {} } = context.checked.gateway
  const { keep = {}, rotate = {} } = audit
  const usual = DEFAULTS.audit
  return {
    arguments: audit.arguments ?? usual.arguments,
    onFailure: audit.onFailure ?? usual.onFailure,
    fsync: audit.fsync ?? usual.fsync,
    keep: {
      age: toMilliseconds(keep.age ?? usual.keep.age),
      size: toBytes(keep.size ?? usual.keep.size),
    },
    rotate: {
      size: toBytes(rotate.size ?? usual.rotate.size),
      every: toMilliseconds(rotate.every ?? usual.rotate.every),
    },
    tools: linkAuditedTools(context),
  }
}

function linkAuditedTools(context: LinkContext): Settings['audit']['tools'] {
  const { tools = {} } = context.checked.gateway.audit ?? {}
  const known = Object.entries(tools).filter(([server]) =>
    resolveName(context, 'server', server, joinPointer('/audit/tools', server)),
  )
  return mapValues(Object.fromEntries(known), (byTool) =>
    mapValues(byTool ?? {}, (one) => ({
      select: one?.select ? sortUnique(one.select) : null,
      redact: sortUnique(one?.redact ?? []),
    })),
  )
}

function linkTelemetry({
  checked,
  folderOf,
}: LinkContext): Settings['telemetry'] {
  const otlp = checked.gateway.telemetry?.otlp
  if (!otlp) return null
  const at = '/telemetry/otlp/headers'
  const headers = mapValues(otlp.headers ?? {}, (value, header) =>
    relocateValue(value, folderOf(joinPointer(at, header))),
  )
  return { otlp: { url: otlp.url, headers } }
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value, key)]),
  )
}

/** Lists whose order has no meaning; holes are skipped. */
function sortUnique(list: readonly string[]): readonly string[] {
  return [...new Set(list.filter(() => true))].sort()
}

/** In the one spelling of an origin: without a slash or a usual port. */
function readOrigin(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address
}

/** In the spelling in which requests are compared with it. */
function formatHost(host: string): string {
  return readHost(host)?.whole ?? host
}

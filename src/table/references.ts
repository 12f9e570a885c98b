// The destinations of the secrets of a table.
// In: a table, or a value of it. Out: references, and the destinations of each.
// INVARIANT: only references: no value of a secret is read here.

import type { Login } from '../contract/login.ts'
import type {
  HttpServer,
  OAuthClient,
  ProgramRef,
  ProvenClient,
  RoutingTable,
  SecretRef,
  Server,
  SignInSettings,
  Value,
  Written,
} from '../contract/table.ts'

/** One destination of a secret. */
export interface Destination {
  /** The reference, as one line. */
  readonly ref: string
  /** The receiver: a host, a program, the admin listener. */
  readonly who: string
  /** The whole URL, or the whole command. */
  readonly address: string
  /** How it is passed: `header authorization`, `env TOKEN`. */
  readonly as: string
}

/** Every reference in a value, however deep. */
export function findReferences(value: unknown): readonly SecretRef[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(findReferences)
  return Object.entries(value).flatMap(([key, one]) =>
    (key === 'secret' || key === 'bearer') && isReference(one)
      ? [one]
      : findReferences(one),
  )
}

function isReference(value: unknown): value is SecretRef {
  return typeof value === 'string' || isProgram(value)
}

export function isProgram(value: unknown): value is ProgramRef {
  return Array.isArray(Object(value).exec)
}

/** The programs among the references in a value. */
export function findPrograms(value: unknown): readonly ProgramRef[] {
  return findReferences(value).filter(isProgram)
}

/** One line: `env:NAME`, `exec:op read op://vault/item/field`. */
export function showReference(ref: SecretRef): string {
  if (typeof ref === 'string') return ref
  const { exec, env } = ref
  const words = exec.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word),
  )
  const given = env.length === 0 ? '' : ` (with ${env.join(', ')})`
  return `exec:${words.join(' ')}${given}`
}

/** The reference of a value that is not a text. */
export function refOf(value: Exclude<Value, string>): SecretRef {
  if ('secret' in value) return value.secret
  if ('bearer' in value) return value.bearer
  return 'basic' in value ? value.basic.secret : value.scheme.secret
}

export function listDestinations(table: RoutingTable): readonly Destination[] {
  const { servers, telemetry, admin, login } = table
  const of = (who: string, address: string, members: object) =>
    Object.entries(members).flatMap(([as, value]) =>
      findReferences(value)
        .map(showReference)
        .map((ref) => ({ ref, who, address, as })),
    )
  const otlp = telemetry?.otlp
  return [
    ...Object.values(servers).flatMap((server) => of(...addressOf(server))),
    ...Object.values(servers).flatMap((server) =>
      server.type === 'http' && server.auth
        ? of(...issuerOf(server, server.auth))
        : [],
    ),
    ...listClients(login).flatMap(([address, client]) =>
      of(hostOf(address), address, describeClient(client)),
    ),
    ...(otlp
      ? of(hostOf(otlp.url), otlp.url, name('header', otlp.headers))
      : []),
    ...Object.values(servers).flatMap((server) =>
      server.type === 'http' ? of(...proxyOf(server.proxy)) : [],
    ),
    ...of(...proxyOf(table.proxy)),
    ...of('the admin listener', 'the admin listener', { token: admin.token }),
  ]
}

function addressOf(server: Server): [string, string, object] {
  if (server.type === 'http') {
    const { url, headers, tls } = server
    const written = formatWritten(url)
    const trusted = [tls.ca, tls.caAppend].filter((one) => one !== null)
    const address =
      trusted.length > 0 ? `${written} (CAs of ${trusted.join()})` : written
    return [hostOf(written), address, { url, ...name('header', headers) }]
  }
  const { command, args, env, cwd } = server
  const run = [command, ...args.map((arg) => formatWritten(arg))].join(' ')
  const address = cwd === '' ? run : `${run} (in ${cwd})`
  return [command, address, { args, ...name('env', env) }]
}

function proxyOf(proxy: RoutingTable['proxy']): [string, string, object] {
  const { url, auth } = proxy === null || proxy === 'env' ? NO_PROXY : proxy
  return [`proxy ${hostOf(url)}`, url, { 'proxy credentials': auth }]
}

const NO_PROXY = { url: '', auth: null }

/** The receiver of a client secret, or of what a client key has signed. */
function issuerOf(
  { url }: HttpServer,
  { issuer, tokenEndpoint, client }: SignInSettings,
): [string, string, object] {
  const named = tokenEndpoint ?? issuer
  const unnamed = `the authorization server that ${hostOf(formatWritten(url))} names`
  const members = describeClient(client)
  return [named ? hostOf(named) : unnamed, named ?? unnamed, members]
}

function describeClient(client: OAuthClient | null): object {
  const { id = '', ...holder } = client ?? {}
  return name(`client ${id},`, holder)
}

/** Where the gateway proves who it is, for the company's login. */
function listClients(
  login: Login | null,
): readonly (readonly [string, ProvenClient])[] {
  if (!login) return []
  const { issuer, introspection, server } = login
  return [
    ...(introspection
      ? [[introspection.endpoint ?? issuer, introspection.client] as const]
      : []),
    ...(server ? [[issuer, server.client] as const] : []),
  ]
}

function name(kind: string, members: object): object {
  return Object.fromEntries(
    Object.entries(members).map(([key, one]) => [`${kind} ${key}`, one]),
  )
}

/** With references in place of secrets, or another text. */
export function formatWritten(
  value: Written,
  show = (ref: SecretRef) => `<${showReference(ref)}>`,
): string {
  if (typeof value === 'string') return value
  if ('secret' in value) return show(value.secret)
  return value.join
    .map((part) => (typeof part === 'string' ? part : show(part.secret)))
    .join('')
}

/** With its port: another port is another listener. */
function hostOf(url: string): string {
  return /^[a-z+]+:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? url
}

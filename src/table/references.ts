// Where the secrets of a table go.
// In: a table, or a value of it. Out: references, and each one's destinations.
// INVARIANT: references only: no value of a secret is known here.

import type {
  RoutingTable,
  SecretRef,
  Server,
  Written,
} from '../contract/table.ts'

/** One place to which a secret is given. */
export interface Destination {
  readonly ref: SecretRef
  /** Who gets it: a host, a program, the admin listener. */
  readonly who: string
  /** The whole address, or all that runs. */
  readonly address: string
  /** As what: `header authorization`, `env TOKEN`. */
  readonly as: string
}

/** Every reference in a value, however deep. */
export function findReferences(value: unknown): readonly SecretRef[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(findReferences)
  return Object.entries(value).flatMap(([key, one]) =>
    (key === 'secret' || key === 'bearer') && typeof one === 'string'
      ? [one as SecretRef]
      : findReferences(one),
  )
}

export function listDestinations(table: RoutingTable): readonly Destination[] {
  const { servers, telemetry, admin } = table
  const of = (who: string, address: string, members: object) =>
    Object.entries(members).flatMap(([as, value]) =>
      findReferences(value).map((ref) => ({ ref, who, address, as })),
    )
  const otlp = telemetry?.otlp
  return [
    ...Object.values(servers).flatMap((server) => of(...addressOf(server))),
    ...(otlp
      ? of(hostOf(otlp.url), otlp.url, name('header', otlp.headers))
      : []),
    ...of('the admin listener', 'the admin listener', { token: admin.token }),
  ]
}

function addressOf(server: Server): [string, string, object] {
  if (server.type === 'http') {
    const { url, headers, tls } = server
    const written = formatWritten(url)
    const address = tls ? `${written} (CAs of ${tls.ca})` : written
    return [hostOf(written), address, { url, ...name('header', headers) }]
  }
  const { command, args, env, cwd } = server
  const run = [command, ...args.map((arg) => formatWritten(arg))].join(' ')
  const address = cwd === '' ? run : `${run} (in ${cwd})`
  return [command, address, { args, ...name('env', env) }]
}

function name(kind: string, members: object): object {
  return Object.fromEntries(
    Object.entries(members).map(([key, one]) => [`${kind} ${key}`, one]),
  )
}

/** With references where secrets stand, or another text in their place. */
export function formatWritten(
  value: Written,
  show = (ref: SecretRef) => `<${ref}>`,
): string {
  if (typeof value === 'string') return value
  if ('secret' in value) return show(value.secret)
  return value.join
    .map((part) => (typeof part === 'string' ? part : show(part.secret)))
    .join('')
}

/** With its port: another one is another listener. */
function hostOf(url: string): string {
  return /^[a-z+]+:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? url
}

// Whether every secret of the config has a value here.
// In: a table, the environment. Out: findings, which name only references.
// INVARIANT: a value is read and dropped; none reaches a finding.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type {
  ProgramRef,
  RoutingTable,
  SecretRef,
  Value,
} from '../../contract/table.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { plain } from '../../diagnostics/shown.ts'
import { SHORTEST } from '../../runtime/secrets/needles.ts'
import {
  MissingSecret,
  resolveKey,
  resolveSecret,
  resolveValue,
} from '../../runtime/secrets/resolve.ts'
import {
  findReferences,
  isProgram,
  refOf,
  showReference,
} from '../../table/references.ts'
import type { VerbSecrets } from '../programs.ts'
import { say } from '../say.ts'
import type { Io } from '../verb.ts'
import type { Scene } from './host.ts'
import { findOpenFile } from './modes.ts'

interface Reference {
  readonly pointer: string
  readonly value: Exclude<Value, string>
  /** A private key: it may have several lines, and is never sent. */
  readonly isKey?: true
}

/** Runs the programs that print secrets, and says of each how it went. */
export async function findSecretFaults(
  { artefact, secrets }: Scene,
  io: Io,
): Promise<readonly Diagnostic[]> {
  const references = listReferences(artefact.table)
  const refs = references.map(({ value }) => refOf(value))
  await secrets.programs.load(refs)
  tellPrograms(refs.filter(isProgram), secrets, io)
  return references.flatMap(({ pointer, value, isKey }) => {
    const ref = refOf(value)
    try {
      if (isKey) resolveKey(ref, secrets)
      else resolveValue(value, secrets)
    } catch (error) {
      if (!(error instanceof MissingSecret)) throw error
      const help = helpFor(ref, isKey)
      return [finding('GW8001', pointer, error.message, { help })]
    }
    if (isProgram(ref) || !ref.startsWith('file:')) return []
    return findOpenFile(secrets.root, ref.slice('file:'.length), pointer)
  })
}

/** Each once, with the length of what it has printed. */
function tellPrograms(
  refs: readonly ProgramRef[],
  secrets: VerbSecrets,
  io: Io,
): void {
  const shown = new Set<string>()
  for (const ref of refs) {
    const name = showReference(ref)
    const ms = secrets.programs.msOf(ref)
    if (ms === undefined || shown.has(name)) continue
    shown.add(name)
    const { length } = [...secrets.programs.read(ref)]
    const took = `${(ms / 1_000).toFixed(1)} s`
    say(io.stderr, plain`${name}: ${`${length}`} characters (${took})\n`)
  }
}

/** Those of servers whose values are too short to be found in what these say. */
export function listShortSecrets({
  artefact,
  secrets,
}: Scene): readonly string[] {
  const short = listReferences(artefact.table)
    .filter(({ pointer, isKey }) => pointer.startsWith('/servers/') && !isKey)
    .filter(({ value }) => {
      try {
        const secret = resolveSecret(value, secrets)
        return Buffer.byteLength(secret) < SHORTEST
      } catch (error) {
        if (error instanceof MissingSecret) return false
        throw error
      }
    })
  return [...new Set(short.map(({ value }) => showReference(refOf(value))))]
}

const HELP = Object.freeze({
  env: 'set it where the gateway runs, or name a file of NAME=value lines with `--secrets`',
  key: 'write the private key to that file, as a JWK; a relative path starts at the folder of the file that names it',
  file: 'write the secret to that file, on one line; a relative path starts at the folder of the file that names it',
  program:
    'run it in a shell as the user of the gateway: it must print the secret alone, on one line, and end with 0; it gets only PATH, HOME, LANG and the variables that `env` of the reference names',
})

function helpFor(ref: SecretRef, isKey: true | undefined): string {
  if (isProgram(ref)) return HELP.program
  if (ref.startsWith('env:')) return HELP.env
  return isKey ? HELP.key : HELP.file
}

function listReferences(table: RoutingTable): readonly Reference[] {
  const { servers, admin, telemetry } = table
  const sections: readonly (readonly [
    string,
    Readonly<Record<string, Value>>,
  ])[] = [
    ...Object.entries(servers).map(([name, server]) =>
      server.type === 'http'
        ? ([joinPointer('/servers', name, 'headers'), server.headers] as const)
        : ([joinPointer('/servers', name, 'env'), server.env] as const),
    ),
    ['/admin', admin.token ? { token: admin.token } : {}],
    ['/telemetry/otlp/headers', telemetry?.otlp.headers ?? {}],
  ]
  const written = Object.entries(servers).flatMap(([name, server]) =>
    (server.type === 'http'
      ? [[joinPointer('/servers', name, 'url'), server.url] as const]
      : server.args.map(
          (arg, index) =>
            [joinPointer('/servers', name, 'args', index), arg] as const,
        )
    ).flatMap(([pointer, value]) =>
      findReferences(value).map((secret) => ({ pointer, value: { secret } })),
    ),
  )
  const named = sections.flatMap(([section, values]) =>
    Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'string'
        ? []
        : [{ pointer: joinPointer(section, key), value }],
    ),
  )
  return [...named, ...written, ...listClients(table), ...listProxies(table)]
}

/** Credentials for proxies; those of the common one once. */
function listProxies({ proxy, servers }: RoutingTable): readonly Reference[] {
  const common = JSON.stringify(proxy)
  const own = Object.entries(servers).flatMap(([name, server]) =>
    server.type === 'http' && JSON.stringify(server.proxy) !== common
      ? [
          [
            server.proxy,
            joinPointer('/servers', name, 'proxy', 'auth'),
          ] as const,
        ]
      : [],
  )
  return [[proxy, '/proxy/auth'] as const, ...own].flatMap(([one, pointer]) =>
    one === null || one === 'env' || one.auth === null
      ? []
      : [{ pointer, value: one.auth }],
  )
}

/** How the gateway proves to authorization servers who it is. */
function listClients({ servers, login }: RoutingTable): readonly Reference[] {
  const own = Object.entries(servers).map(([name, server]) => {
    const client = server.type === 'http' ? server.auth?.client : undefined
    return [joinPointer('/servers', name, 'auth', 'client'), client] as const
  })
  const all = [
    ...own,
    ['/login/introspection/client', login?.introspection?.client] as const,
    ['/login/server/client', login?.server?.client] as const,
  ]
  return all.flatMap(([at, client]) => {
    const { secret, key } = client ?? {}
    if (secret) return [{ pointer: `${at}/secret`, value: secret }]
    return key
      ? [{ pointer: `${at}/key`, value: key, isKey: true as const }]
      : []
  })
}

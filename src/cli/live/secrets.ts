// Whether every secret of the config has a value here.
// In: a table, the environment. Out: findings, which name only references.
// INVARIANT: a value is read and dropped; none reaches a finding.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { RoutingTable, SecretRef, Value } from '../../contract/table.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { SHORTEST } from '../../runtime/secrets/needles.ts'
import {
  MissingSecret,
  resolveKey,
  resolveSecret,
  resolveValue,
} from '../../runtime/secrets/resolve.ts'
import { findReferences, refOf } from '../../table/references.ts'
import type { Scene } from './host.ts'
import { findOpenFile } from './modes.ts'

interface Reference {
  readonly pointer: string
  readonly value: Exclude<Value, string>
  /** A private key: it may have several lines, and is never sent. */
  readonly isKey?: true
}

export function findSecretFaults({
  artefact,
  root,
  env,
}: Scene): readonly Diagnostic[] {
  return listReferences(artefact.table).flatMap(({ pointer, value, isKey }) => {
    try {
      if (isKey) resolveKey(refOf(value), { env, root })
      else resolveValue(value, { env, root })
    } catch (error) {
      if (!(error instanceof MissingSecret)) throw error
      const kind = refOf(value).startsWith('env:') ? 'env' : 'file'
      const help = HELP[isKey && kind === 'file' ? 'key' : kind]
      return [finding('GW8001', pointer, error.message, { help })]
    }
    const ref = refOf(value)
    if (!ref.startsWith('file:')) return []
    return findOpenFile(root, ref.slice('file:'.length), pointer)
  })
}

/** Those of servers whose values are too short to be found in what these say. */
export function listShortSecrets({
  artefact,
  root,
  env,
}: Scene): readonly SecretRef[] {
  const short = listReferences(artefact.table)
    .filter(({ pointer, isKey }) => pointer.startsWith('/servers/') && !isKey)
    .filter(({ value }) => {
      try {
        const secret = resolveSecret(value, { env, root })
        return Buffer.byteLength(secret) < SHORTEST
      } catch (error) {
        if (error instanceof MissingSecret) return false
        throw error
      }
    })
  return [...new Set(short.map(({ value }) => refOf(value)))]
}

const HELP = Object.freeze({
  env: 'set it where the gateway runs, or name a file of NAME=value lines with `--secrets`',
  key: 'write the private key to that file, as a JWK; a relative path starts at the folder of the file that names it',
  file: 'write the secret to that file, on one line; a relative path starts at the folder of the file that names it',
})

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
  return [...named, ...written, ...listClients(table)]
}

/** How the gateway proves to authorization servers who it is. */
function listClients({ servers }: RoutingTable): readonly Reference[] {
  return Object.entries(servers).flatMap(([name, server]) => {
    const client = server.type === 'http' ? server.auth?.client : undefined
    if (!client) return []
    const at = (key: string) =>
      joinPointer('/servers', name, 'auth', 'client', key)
    if (client.secret) return [{ pointer: at('secret'), value: client.secret }]
    return client.key
      ? [{ pointer: at('key'), value: client.key, isKey: true as const }]
      : []
  })
}

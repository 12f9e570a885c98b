// Secret references become values, at the moment an upstream connects.
// In: references of the table, the environment, the root folder. Out: texts.
// INVARIANT: the only file that holds a secret's value in its hands; it keeps
// none, and its errors name the reference, never the content.

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
} from 'node:fs'
import { resolve } from 'node:path'
import type {
  OAuthClient,
  SecretRef,
  Server,
  Value,
  Written,
} from '../../contract/table.ts'
import {
  findReferences,
  formatWritten,
  refOf,
  showReference,
} from '../../table/references.ts'
import { MissingSecret } from './missing.ts'
import type { Programs } from './programs.ts'

export interface SecretSource {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute folder that `file:` paths are relative to. */
  readonly root: string
  /** What programs have printed; who resolves has loaded it before. */
  readonly programs: Pick<Programs, 'read' | 'load' | 'isFresh' | 'doubt'>
}

export { MissingSecret }

const MAX_BYTES = 64 * 1024

export function resolveValue(value: Value, source: SecretSource): string {
  if (typeof value === 'string') return value
  if ('secret' in value) return readSecret(value.secret, source)
  if ('bearer' in value) return `Bearer ${readSecret(value.bearer, source)}`
  if ('scheme' in value) {
    const { name, secret } = value.scheme
    return `${name} ${readSecret(secret, source)}`
  }
  const { user, secret } = value.basic
  const pair = `${user}:${readSecret(secret, source)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** The secret itself, without the scheme or the user around it. */
export function resolveSecret(
  value: Exclude<Value, string>,
  source: SecretSource,
): string {
  return readSecret(refOf(value), source)
}

/** A private key: a JWK of any number of lines. */
export function resolveKey(ref: SecretRef, source: SecretSource): string {
  return readReference(ref, source)
}

export function resolveValues(
  values: Readonly<Record<string, Value>>,
  source: SecretSource,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      resolveValue(value, source),
    ]),
  )
}

/** An argument; `encode` for where a secret stands in an address. */
export function resolveWritten(
  value: Written,
  source: SecretSource,
  encode = (secret: string) => secret,
): string {
  return formatWritten(value, (ref) => encode(readSecret(ref, source)))
}

/** The secrets in it, each as it is. */
export function listSecrets(
  value: unknown,
  source: SecretSource,
): readonly string[] {
  return findReferences(value).map((ref) => readSecret(ref, source))
}

/** What a server's secrets lack, as messages; empty when all are there, and for
 * a server that nothing starts. */
export function findMissingSecrets(
  server: Server,
  source: SecretSource,
): readonly string[] {
  if (server.disabled) return []
  const { values, written } =
    server.type === 'http'
      ? { values: server.headers, written: [server.url] }
      : { values: server.env, written: server.args }
  const refs = written.flatMap(findReferences)
  const parts = refs.map((secret, index) => [`${index}`, { secret }] as const)
  return [
    ...findMissing(values, source),
    ...findMissing(Object.fromEntries(parts), source),
    ...(server.type === 'http' && server.auth?.client
      ? findMissingClient(server.auth.client, source)
      : []),
  ]
}

export function findMissingClient(
  client: OAuthClient,
  source: SecretSource,
): readonly string[] {
  if (client.secret) return findMissing({ secret: client.secret }, source)
  if (!client.key) return []
  try {
    resolveKey(client.key.secret, source)
    return []
  } catch (error) {
    if (error instanceof MissingSecret) return [error.message]
    throw error
  }
}

export function findMissing(
  values: Readonly<Record<string, Value>>,
  source: SecretSource,
): readonly string[] {
  return Object.values(values).flatMap((value) => {
    try {
      resolveValue(value, source)
      return []
    } catch (error) {
      if (error instanceof MissingSecret) return [error.message]
      throw error
    }
  })
}

function readReference(ref: SecretRef, source: SecretSource): string {
  if (typeof ref === 'object') return source.programs.read(ref)
  const value = ref.startsWith('env:')
    ? source.env[ref.slice(4)]
    : readSecretFile(ref, resolve(source.root, ref.slice(5)))
  if (!value) throw new MissingSecret(`secret ${ref} is not set`)
  return value
}

function readSecret(ref: SecretRef, source: SecretSource): string {
  const value = readReference(ref, source)
  if (/[\0\r\n]/.test(value)) {
    throw new MissingSecret(
      typeof ref === 'object'
        ? `the program \`${ref.exec[0]}\` printed more than one line of text`
        : `secret ${showReference(ref)} holds a line break`,
    )
  }
  return value
}

/** A regular file of at most 64 KiB, less one trailing line break. */
function readSecretFile(ref: string, path: string): string {
  let descriptor: number
  try {
    // A pipe must answer `not a file`, not wait for its writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    throw new MissingSecret(`secret ${ref} cannot be read`)
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile() || stat.size > MAX_BYTES) {
      throw new MissingSecret(`secret ${ref} is not a file of at most 64 KiB`)
    }
    return readFileSync(descriptor, 'utf8').replace(/\r?\n$/, '')
  } finally {
    closeSync(descriptor)
  }
}

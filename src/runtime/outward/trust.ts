// Whom TLS trusts, and with which certificate the gateway comes.
// In: paths of PEM files. Out: a TLS context of their present content.
// INVARIANT: certificates are always verified, from TLS 1.2 on; files are read
// at each use, and contexts of the same content are one.

import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import * as tls from 'node:tls'
import {
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls'
import type { ServerTls } from '../../contract/table.ts'
import { readRegular, UnreadableError } from '../../regular.ts'
import { createCache } from '../base/cache.ts'
import { readCertificates } from '../base/certificates.ts'
import { MissingSecret } from '../secrets/resolve.ts'

export const NO_FILES: ServerTls = Object.freeze({
  ca: null,
  caAppend: null,
  common: null,
  cert: null,
  key: null,
})

/** What one context holds is up to a megabyte. */
const MOST_CONTEXTS = 100

/** A bundle of all public CAs has a quarter of this. */
const MAX_PEM = 2 ** 20

const minVersion = 'TLSv1.2'

export class Trust {
  readonly #root: string
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #contexts = createCache<string, SecureContext>(MOST_CONTEXTS)
  #usual: readonly string[] | undefined

  /** `root`: the folder of relative paths. */
  constructor({
    root,
    env,
  }: {
    readonly root: string
    readonly env: Readonly<Record<string, string | undefined>>
  }) {
    this.#root = root
    this.#env = env
  }

  /** Throws MissingSecret, which names the file and what is wrong with it. */
  read(files: ServerTls): SecureContext {
    const read = files.ca ? { ...files, common: null } : files
    const texts = KEYS.map((key) => this.#readFile(key, read[key]))
    const parts = texts.map((text) => text ?? '')
    const digest = createHash('sha256').update(parts.join('\0')).digest('hex')
    const known = this.#contexts.get(digest)
    if (known) return known
    for (const [i, key] of KEYS.entries()) {
      judgeCertificates(key, read[key], texts[i])
    }
    const made = this.#make(files, texts)
    this.#contexts.set(digest, made)
    return made
  }

  #make(
    files: ServerTls,
    [ca, caAppend, common, cert, key]: readonly (string | undefined)[],
  ): SecureContext {
    const added = [caAppend, common].filter((one) => one !== undefined)
    const trusted =
      ca !== undefined
        ? { ca }
        : added.length > 0
          ? { ca: [...this.#listUsual(), ...added] }
          : {}
    const own = cert !== undefined && key !== undefined ? { cert, key } : {}
    try {
      return createSecureContext({ minVersion, ...trusted, ...own })
    } catch (error) {
      throw unusable(describeContextFault(files, trusted, error))
    }
  }

  #readFile(key: keyof ServerTls, path: string | null): string | undefined {
    if (!path) return undefined
    const name = `${NAMES[key]} ${path}`
    let text: string
    try {
      text = readRegular(resolve(this.#root, path), MAX_PEM).toString('latin1')
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      const why =
        error instanceof UnreadableError
          ? error.message.replace(`${error.path} `, '')
          : `cannot be read (${code})`
      throw unusable(`${name} ${why}`)
    }
    const kind = key === 'key' ? 'private key' : 'certificate'
    if (PEM[kind].test(text)) return text
    if (key === 'key' && /ENCRYPTED PRIVATE KEY/.test(text)) {
      throw unusable(`${name} is encrypted: write it without a passphrase`)
    }
    throw unusable(`${name} holds no ${kind} in PEM form`)
  }

  /** What Node itself trusts, NODE_EXTRA_CA_CERTS with it. Node 20 has no list
   * of all. */
  #listUsual(): readonly string[] {
    this.#usual ??= listDefault() ?? [
      ...rootCertificates,
      ...readExtra(this.#env.NODE_EXTRA_CA_CERTS),
    ]
    return this.#usual
  }
}

/** Throws MissingSecret if not all of a file can be read. */
function judgeCertificates(
  key: keyof ServerTls,
  path: string | null,
  text: string | undefined,
): void {
  if (key === 'key' || text === undefined) return
  const read = readCertificates(text)
  if (typeof read === 'string') throw unusable(`${NAMES[key]} ${path} ${read}`)
}

function unusable(message: string): MissingSecret {
  return new MissingSecret(message, 'a file of `tls` cannot be used')
}

const KEYS = ['ca', 'caAppend', 'common', 'cert', 'key'] as const

const NAMES: Readonly<Record<keyof ServerTls, string>> = Object.freeze({
  ca: 'tls.ca',
  caAppend: 'tls.caAppend',
  common: 'tls.caAppend',
  cert: 'tls.cert',
  key: 'tls.key',
})

const PEM = Object.freeze({
  certificate: /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/,
  'private key': /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/,
})

/** Node 22.15 and later. */
function listDefault(): readonly string[] | undefined {
  const { getCACertificates } = tls as {
    readonly getCACertificates?: (type: string) => readonly string[]
  }
  return getCACertificates?.('default')
}

function readExtra(path: string | undefined): readonly string[] {
  if (!path) return []
  try {
    return [readRegular(path, MAX_PEM).toString('latin1')]
  } catch {
    // Node has warned of it at its start.
    return []
  }
}

/** Which of the files it is, as far as trying them alone can tell. */
function describeContextFault(
  files: ServerTls,
  trusted: SecureContextOptions,
  error: unknown,
): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  try {
    createSecureContext({ minVersion, ...trusted })
  } catch {
    const named = KEYS.slice(0, 3).flatMap((key) =>
      files[key] ? [`${NAMES[key]} ${files[key]}`] : [],
    )
    return `${named.join(' or ')} holds a certificate that cannot be read (${code})`
  }
  const [cert, key] = [`tls.cert ${files.cert}`, `tls.key ${files.key}`]
  return code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
    ? `${key} is not the key of the certificate in ${cert}`
    : `${cert} with ${key} cannot be used (${code})`
}

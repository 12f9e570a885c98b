// The certificate and the key of the public listener, as their files hold them.
// In: their paths. Out: what TLS takes, and until when; or why it cannot be used.
// INVARIANT: what is returned can be served: the key is that of the certificate.
// No message holds a part of the key.

import {
  createPrivateKey,
  type KeyObject,
  type X509Certificate,
} from 'node:crypto'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { ListenTls } from '../../contract/settings.ts'
import { readRegularText } from '../../regular.ts'
import { readCertificates } from './certificates.ts'

export interface Certificate {
  readonly cert: string
  readonly key: string
  /** Authorities of client certificates. */
  readonly ca: string | undefined
  /** Names that it is valid for, as its subject alternative name has them. */
  readonly names: string
  /** When the first of its chain ends; wall-clock milliseconds. */
  readonly expires: number
  /** When it begins. */
  readonly begins: number
  /** When the first authority ends that has not ended yet, or the last one. */
  readonly clientsExpire: number | null
}

/** Why files cannot be used, as a sentence; and at which key of `listen.tls`. */
export class CertificateFault extends Error {
  readonly code = 'ECERTIFICATE'
  readonly at: keyof ListenTls

  constructor(at: keyof ListenTls, file: string, why: string) {
    super(`\`${file}\`, the file of \`listen.tls.${at}\`, ${why}`)
    this.at = at
  }
}

/** Chains and bundles are shorter. */
const MAX_BYTES = 2 ** 20

/** Throws a CertificateFault. */
export function readCertificate(
  tls: ListenTls,
  root: string,
  now: number,
): Certificate {
  const text = (at: keyof ListenTls, file: string) => {
    try {
      return readRegularText(resolve(root, file), MAX_BYTES)
    } catch (error) {
      throw new CertificateFault(at, file, describeUnread(error))
    }
  }
  const cert = text('cert', tls.cert)
  const chain = readBlocks(cert, 'cert', tls.cert)
  const key = text('key', tls.key)
  const own = readOwnKey(key, tls.key)
  judgePair(chain, own, tls)
  const { clientCa } = tls
  const ca = clientCa === null ? undefined : text('clientCa', clientCa)
  const authorities = ca ? readBlocks(ca, 'clientCa', clientCa ?? '') : []
  judgeWhole({ cert, key, ca }, tls)
  const [first] = chain
  return {
    cert,
    key,
    ca,
    names: showNames(first),
    expires: Math.min(...chain.map(readEnd)),
    begins: Math.max(...chain.map((one) => Date.parse(one.validFrom))),
    clientsExpire: ca ? findNextEnd(authorities, now) : null,
  }
}

/** Node writes the parts of a subject on lines of their own. */
function showNames(own: X509Certificate | undefined): string {
  const names = own?.subjectAltName ?? own?.subject ?? ''
  return names.replaceAll('\n', ', ').slice(0, MAX_NAMES)
}

const MAX_NAMES = 200

const WHY: Readonly<Record<string, string>> = Object.freeze({
  ENOENT: 'does not exist',
  EACCES: 'may not be read by the user of the gateway',
  EISDIR: 'is a folder',
  ENOTREG: 'is not a regular file',
  EFBIG: 'is larger than 1 MiB',
})

function describeUnread(error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  return WHY[code] ?? `cannot be read: ${code}`
}

function readBlocks(
  text: string,
  at: keyof ListenTls,
  file: string,
): readonly X509Certificate[] {
  const read = readCertificates(text)
  if (typeof read === 'string') throw new CertificateFault(at, file, read)
  return read
}

function readOwnKey(text: string, file: string): KeyObject {
  const fail = (why: string) => new CertificateFault('key', file, why)
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw fail('holds no private key in PEM form')
  }
  // Nobody is there to enter its password.
  if (/ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw fail('is encrypted: write the key without a password')
  }
  try {
    return createPrivateKey(text)
  } catch {
    throw fail('holds a private key that is damaged')
  }
}

/** Servers send the first certificate as their own. */
function judgePair(
  chain: readonly X509Certificate[],
  key: KeyObject,
  { cert, key: file }: ListenTls,
): void {
  const at = chain.findIndex((one) => one.checkPrivateKey(key))
  if (at === 0) return
  const why =
    at < 0
      ? `holds a key that does not belong to the certificate in \`${cert}\``
      : `belongs to certificate ${at + 1} of \`${cert}\`: the first one must be the gateway's own`
  throw new CertificateFault('key', file, why)
}

/** What OpenSSL alone refuses, such as a key that is too short. */
function judgeWhole(
  files: Pick<Certificate, 'cert' | 'key' | 'ca'>,
  { cert }: ListenTls,
): void {
  try {
    createSecureContext(files)
  } catch (error) {
    const { reason, code } = error as { reason?: string; code?: string }
    const why = `cannot be used: ${reason ?? code ?? 'OpenSSL refuses it'}`
    throw new CertificateFault('cert', cert, why)
  }
}

function readEnd({ validTo }: X509Certificate): number {
  return Date.parse(validTo)
}

/** A bundle may keep authorities that have ended. */
function findNextEnd(all: readonly X509Certificate[], now: number): number {
  const ends = all.map(readEnd)
  const later = ends.filter((end) => end > now)
  return later.length > 0 ? Math.min(...later) : Math.max(...ends)
}

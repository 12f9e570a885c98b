// Certificates of a test's own authority, made by openssl.
// In: a folder, names. Out: files in PEM form there.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whether openssl is there. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface Issuing {
  /** Of the authority; none: it signs itself. */
  readonly by?: string
  readonly days?: number
  readonly names?: string
}

/** Writes NAME.pem and NAME.key into the folder. */
export function issueCertificate(
  folder: string,
  name: string,
  { by, days = 90, names = 'DNS:localhost,IP:127.0.0.1' }: Issuing = {},
): { readonly cert: string; readonly key: string } {
  const at = (file: string) => join(folder, file)
  const signed = by ? ['-CA', at(`${by}.pem`), '-CAkey', at(`${by}.key`)] : []
  const isAuthority = names === ''
  const extensions = isAuthority
    ? ['basicConstraints=critical,CA:TRUE']
    : ['basicConstraints=critical,CA:FALSE', `subjectAltName=${names}`]
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'.split(
        ' ',
      ),
      ...['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)],
      ...['-days', String(days), '-subj', `/CN=${name}`],
      ...extensions.flatMap((one) => ['-addext', one]),
      ...signed,
    ],
    { stdio: 'ignore' },
  )
  return {
    cert: readFileSync(at(`${name}.pem`), 'utf8'),
    key: readFileSync(at(`${name}.key`), 'utf8'),
  }
}

/** An authority, and a certificate of it for this host: tls/cert.pem. */
export function issueChain(folder: string) {
  const ca = issueCertificate(folder, 'ca', { names: '' })
  const own = issueCertificate(folder, 'own', { by: 'ca' })
  writeFileSync(join(folder, 'cert.pem'), own.cert)
  writeFileSync(join(folder, 'key.pem'), own.key, { mode: 0o600 })
  return { ca, own }
}

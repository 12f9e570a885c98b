// One request to the public address, as a client from outside would send it.
// In: an address and a challenge. Out: the head of the answer, or why it lacks.
// INVARIANT: nothing secret is sent; a proxy of the environment is not used, and
// the certificate is verified whatever the environment says.

import type { IncomingHttpHeaders } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { CHALLENGE_HEADER } from '../../runtime/base/address-proof.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

export interface Unreached {
  readonly unreached: string
  /** What is wrong with which certificate, if that is why. */
  readonly certificate?: string | undefined
}

const PATIENCE_MS = 5_000

/** OPTIONS: the gateway answers it without a token, after its checks of Host. */
export async function askFromOutside(
  url: string,
  challenge: string,
): Promise<Answer | Unreached> {
  const isSecure = url.startsWith('https:')
  const { request } = isSecure
    ? await import('node:https')
    : await import('node:http')
  return new Promise((resolve) => {
    let seen: Seen | undefined
    const sent = request(url, {
      method: 'OPTIONS',
      headers: { [CHALLENGE_HEADER]: challenge },
      agent: false,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      signal: AbortSignal.timeout(PATIENCE_MS),
    } as object)
    // Before Node ends the connection because of the certificate.
    sent.on('socket', (socket) =>
      socket.prependListener('secure', () => {
        seen = readCertificate(socket as TLSSocket)
      }),
    )
    sent.on('response', (response) => {
      const { statusCode = 0, headers } = response
      response.destroy()
      resolve({ status: statusCode, headers })
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      resolve(describeFailure(error, seen))
    })
    sent.end()
  })
}

interface Seen {
  readonly subject: string
  readonly issuer: string
  readonly names: string
  readonly from: string
  readonly until: string
}

function readCertificate(socket: TLSSocket): Seen | undefined {
  const certificate = socket.getPeerCertificate()
  if (!certificate?.subject) return undefined
  const { subject, issuer, subjectaltname, valid_from, valid_to } = certificate
  return {
    subject: showName(subject),
    issuer: showName(issuer),
    names: (subjectaltname ?? 'no name').slice(0, MAX_SHOWN),
    from: new Date(valid_from).toISOString(),
    until: new Date(valid_to).toISOString(),
  }
}

function showName(name: object): string {
  const parts = Object.entries(name).map(([key, value]) => `${key}=${value}`)
  return (parts.join(', ') || 'no name').slice(0, MAX_SHOWN)
}

const MAX_SHOWN = 120

const WHY: Readonly<Record<string, string>> = Object.freeze({
  ENOTFOUND: 'the name has no address (ENOTFOUND)',
  EAI_AGAIN: 'the name service does not answer (EAI_AGAIN)',
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection was ended without an answer (ECONNRESET)',
  EHOSTUNREACH: 'no route leads there (EHOSTUNREACH)',
  ENETUNREACH: 'no route leads there (ENETUNREACH)',
  ABORT_ERR: 'there was no answer within 5 seconds',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what listens there does not speak TLS',
})

/** What is wrong with a certificate, by the code of OpenSSL or of Node. */
const FAULTS: Readonly<Record<string, (seen: Seen) => string>> = Object.freeze({
  CERT_HAS_EXPIRED: ({ until }) =>
    `it, or one of its chain, has expired; it ends at ${until}`,
  CERT_NOT_YET_VALID: ({ from }) => `it begins at ${from}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: () => 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: () => 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: () => UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => UNKNOWN,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ names }) => `it is for ${names}`,
  CERT_REVOKED: () => 'it is revoked',
})

const UNKNOWN =
  'its authority is not known here, or a certificate between the two is missing'

function describeFailure(
  { code = '', message }: NodeJS.ErrnoException,
  seen: Seen | undefined,
): Unreached {
  const unreached = WHY[code] ?? (code === '' ? message : code)
  const fault = FAULTS[code]
  if (!fault) return { unreached }
  const about: Seen = seen ?? { ...UNSEEN }
  const certificate = `${fault(about)} (${code}; subject ${about.subject}; issuer ${about.issuer})`
  return { unreached, certificate }
}

const UNSEEN: Seen = Object.freeze({
  subject: 'not known',
  issuer: 'not known',
  names: 'other names',
  from: 'a later time',
  until: 'an earlier time',
})

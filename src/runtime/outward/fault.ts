// Why a connection could not be made, for operators.
// In: Node's error, what the host has presented. Out: what it is, and a way out.
// INVARIANT: names in certificates come from outside: shown as one short line of
// visible ASCII; a fault that only a person can mend says who must do what.

import type { Presented } from './presented.ts'

export interface Fault {
  /** What it is, where it is more than "cannot be reached". */
  readonly state?: string
  readonly detail: string
  /** It does not pass by itself. */
  readonly lasting?: true
}

/** For callers that take errors. */
export class ConnectFault extends Error {
  readonly fault: Fault

  constructor(fault: Fault, cause?: unknown) {
    super(describeFault(fault), { cause })
    this.fault = fault
  }
}

/** `TLS is intercepted by …: …`, or `cannot be reached: …`. */
export function describeFault({ state, detail }: Fault): string {
  return `${state ?? 'cannot be reached'}: ${detail}`
}

interface Facts {
  readonly host: string
  readonly presented?: Presented | undefined
  /** The gateway has a client certificate. */
  readonly hasCertificate?: boolean
}

export function judgeError(error: unknown, facts: Facts): Fault {
  if (error instanceof ConnectFault) return error.fault
  const { code, cause } = error as NodeJS.ErrnoException
  // The text of an error may hold what was sent.
  const inner = Object(cause).code
  const word = clean(String(code ?? inner ?? 'the connection failed'), 60)
  const known = SYSTEM[word]?.(facts.host)
  if (known) return { ...known, detail: `${known.detail} (${word})` }
  const fault = judgeCertificate(word, facts) ?? judgeAlert(word, facts)
  if (fault)
    return { ...fault, detail: `${fault.detail} (${word})`, lasting: true }
  return { detail: word }
}

const SYSTEM: Readonly<Record<string, (host: string) => Fault>> = Object.freeze(
  {
    ECONNREFUSED: () => ({ detail: 'it refuses connections' }),
    ECONNRESET: () => ({ detail: 'it closed the connection' }),
    ETIMEDOUT: () => ({ detail: 'it did not answer in time' }),
    EHOSTUNREACH: () => ({ detail: 'no route leads to it' }),
    ENETUNREACH: () => ({ detail: 'no route leads to it' }),
    ENOTFOUND: (host: string) => ({
      state: 'name not found',
      detail: `${host} has no address`,
    }),
    EAI_AGAIN: (host: string) => ({
      state: 'name not found',
      detail: `no name server answers for ${host}`,
    }),
  },
)

function judgeCertificate(
  code: string,
  { host, presented = NOTHING }: Facts,
): Fault | undefined {
  if (code === 'CERT_HAS_EXPIRED') {
    const { expired } = presented
    return {
      state: `certificate expired${expired === '' ? '' : ` on ${expired}`}`,
      detail: `the operator of ${host} must renew it, or this machine's clock is wrong`,
    }
  }
  if (code === 'CERT_NOT_YET_VALID') {
    const { begins } = presented
    return {
      state: `certificate is not valid yet${begins === '' ? '' : `, but from ${begins} on`}`,
      detail: `this machine's clock may be behind, or that of the issuer ahead`,
    }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = clean(presented.names, 200)
    return {
      state: `certificate is for other names: ${names || 'none'}`,
      detail: `it is not for ${host}: correct the address, or its operator the certificate`,
    }
  }
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
    return {
      state: 'certificate is signed by nobody else',
      detail: `name it in \`tls.caAppend\` if it is really that of ${host}`,
    }
  }
  return UNTRUSTED.has(code) ? describeUntrusted(host, presented) : undefined
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])

/** A host's certificate of a CA that is not trusted: most often a device of the
 * company reads the traffic, or the host has a CA of the company. */
function describeUntrusted(host: string, presented: Presented): Fault {
  const issuer = clean(presented.issuer, 100) || 'an unnamed CA'
  if (presented.isCut) {
    return {
      state: `certificate chain is incomplete, or TLS is intercepted by ${issuer}`,
      detail: `no certificate of that CA came with the one of ${host}: its operator must send the whole chain; if it is a CA of your company, name its file in \`tls.caAppend\``,
    }
  }
  return {
    state: `TLS is intercepted by ${issuer}, or that is the server's own CA`,
    detail: `it has signed the certificate for ${host} and is not trusted; if it is a CA of your company, name its file in \`tls.caAppend\``,
  }
}

const NOTHING: Presented = Object.freeze({
  issuer: '',
  names: '',
  expired: '',
  begins: '',
  isCut: false,
})

const OWN_CERTIFICATE =
  /ALERT_(?:(?:NO|BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(?:REQUIRED|REVOKED|EXPIRED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/

/** The host has refused the certificate of the gateway, or that it has none. */
export function refusesOwn(code: string): boolean {
  return OWN_CERTIFICATE.test(code)
}

const WITHOUT = {
  state: 'wants a client certificate',
  detail: 'write `tls: { cert, key }` for this server',
} as const

/** nginx ends the handshake well, and says it in a page with status 400. */
export function judgePage(text: string): Fault | undefined {
  if (text.includes('400 No required SSL certificate was sent')) {
    return { ...WITHOUT, lasting: true }
  }
  if (!text.includes('400 The SSL certificate error')) return undefined
  return {
    state: 'does not accept the client certificate',
    detail: 'ask its operator which CA must have signed `tls.cert`',
    lasting: true,
  }
}

function judgeAlert(
  code: string,
  { host, hasCertificate }: Facts,
): Fault | undefined {
  const isOwn = refusesOwn(code)
  if (isOwn && hasCertificate) {
    return {
      state: 'does not accept the client certificate',
      detail: `ask the operator of ${host} which CA must have signed \`tls.cert\``,
    }
  }
  if (isOwn) return WITHOUT
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) {
    return {
      state: 'does not speak TLS',
      detail:
        'nothing at this address answers with TLS: is it an http:// address?',
    }
  }
  if (/(?:UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION)/.test(code)) {
    return {
      state: 'speaks only an old version of TLS',
      detail: 'the gateway needs TLS 1.2 or later',
    }
  }
  if (!/HANDSHAKE_FAILURE/.test(code)) return undefined
  return {
    state: 'ended the TLS handshake',
    detail: hasCertificate
      ? 'it may not accept `tls.cert`, or shares no cipher with the gateway'
      : 'it may want a client certificate (`tls.cert` and `tls.key`), or shares no cipher with the gateway',
  }
}

/** One line of visible ASCII. */
function clean(text: string, most: number): string {
  return text
    .slice(0, 4 * most)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, most)
}

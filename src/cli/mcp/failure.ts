// Why a client does not reach the gateway, and what to do.
// In: an address, what came instead of an answer. Out: sentences.
// INVARIANT: the token is in none of them.

import { readTokenId, TOKEN_PATTERN } from '../../table/token.ts'
import type { Answer } from './post.ts'

export interface Fault {
  /** What is wrong. */
  readonly what: string
  /** What to do next. */
  readonly help: string
}

const CERTIFICATE =
  'give the CA of its certificate to this command and to your client: NODE_EXTRA_CA_CERTS=ca.pem'

/** Code of the system or of TLS → sentences. */
const CODES: Readonly<Record<string, Fault>> = Object.freeze({
  ECONNREFUSED: {
    what: 'nothing listens there',
    help: 'start the gateway with `gateway serve`, or correct host and port',
  },
  ENOTFOUND: {
    what: 'the name of the host is unknown',
    help: 'correct the name, or connect to the network that has it',
  },
  EAI_AGAIN: {
    what: 'the name of the host cannot be looked up now',
    help: 'connect to the network that has it',
  },
  ECONNRESET: {
    what: 'the connection was cut',
    help: 'see whether it speaks https or http, and what stands between',
  },
  EHOSTUNREACH: {
    what: 'no way leads to the host',
    help: 'connect to its network',
  },
  ETIMEDOUT: {
    what: 'the host does not answer',
    help: 'connect to its network; a firewall may drop the connection',
  },
  UND_ERR_CONNECT_TIMEOUT: {
    what: 'the host does not answer',
    help: 'connect to its network; a firewall may drop the connection',
  },
  TimeoutError: {
    what: 'no answer came in time',
    help: 'see `gateway status` there',
  },
  EPROTO: {
    what: 'it does not speak TLS there',
    help: 'write http:// for a gateway on this host, or correct the port',
  },
  CERT_HAS_EXPIRED: {
    what: 'its certificate has expired',
    help: 'ask its operator to renew the certificate',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'its certificate is for another name',
    help: 'use the name that stands in the certificate',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    what: 'its certificate is signed by itself',
    help: CERTIFICATE,
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    what: 'its certificate is from a CA that is not known here',
    help: CERTIFICATE,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    what: 'its certificate is from a CA that is not known here',
    help: CERTIFICATE,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    what: 'its certificate is from a CA that is not known here',
    help: CERTIFICATE,
  },
})

export function explainNoAnswer(code: string): Fault {
  const own = Object.hasOwn(CODES, code) ? CODES[code] : undefined
  if (own) return own
  if (/^(?:ERR_SSL|ERR_TLS)/.test(code)) {
    return { what: `TLS failed (${code})`, help: CERTIFICATE }
  }
  return { what: `it failed (${code})`, help: 'see `gateway status` there' }
}

export function explainRefusal(
  { status, message, text: body }: Answer,
  token: string,
  endpoint: string,
): Fault {
  if (status === 401) return explainToken(token, readDetail(body))
  const said = message?.error?.message
  const text = said === undefined ? '' : `: ${said}`
  if (status === 403) {
    return {
      what: `it refuses this host name or origin (403)${text}`,
      help: 'ask its operator to add the name to `listen.hosts`',
    }
  }
  if (status === 404 || status === 405) {
    return {
      what: `there is no MCP endpoint at this path (${status})`,
      help: `the path is usually /mcp: see \`listen.path\`; the address was ${endpoint}`,
    }
  }
  if (status === 429) {
    return { what: `it asks to wait (429)${text}`, help: 'try again later' }
  }
  if (status >= 300 && status < 400) {
    return {
      what: `it leads to another address (${status})`,
      help: 'give the address behind it: the token goes to no other host by itself',
    }
  }
  if (status >= 500) {
    return {
      what: `the gateway, or what stands before it, fails (${status})${text}`,
      help: 'ask its operator, who sees it with `gateway status`',
    }
  }
  return {
    what: `it does not answer like a gateway (${status})${text}`,
    help: 'correct the address',
  }
}

/** What the gateway says of the token. */
function readDetail(text: string): string | undefined {
  try {
    const { error, error_description } = Object(JSON.parse(text))
    const said = error_description ?? Object(error).message
    return typeof said === 'string' ? said : undefined
  } catch {
    return undefined
  }
}

/** A token of the right form is known there alone. */
function explainToken(token: string, said: string | undefined): Fault {
  const fault = judgeToken(token)
  if (said === undefined || readTokenId(token) === undefined) return fault
  const what = said.replace(/^Unauthorized: /, '').replace(/\.$/, '')
  return { ...fault, what: `${what} (401)` }
}

function judgeToken(token: string): Fault {
  if (token === '') {
    return { what: 'no token was given (401)', help: 'write it to stdin' }
  }
  if (!token.startsWith('gwt_')) {
    return {
      what: 'this is no token of a gateway (401)',
      help: 'a token begins with gwt_; `gateway token issue` prints it once',
    }
  }
  if (readTokenId(token) === undefined) {
    const what = TOKEN_PATTERN.test(token)
      ? 'a character of the token is wrong (401)'
      : 'the token is cut or too long (401)'
    return { what, help: 'copy it once more, as a whole' }
  }
  return {
    what: 'the token is unknown, expired or revoked there (401)',
    help: '`gateway token inspect`, beside the config, says more; a token is known when its record is merged and served',
  }
}

// Where a client may send people back to.
// In: an address of a client, the hosts that the config allows. Out: what kind
// of place it is; why it may not be one.
// INVARIANT: https, a program on the person's own machine, or nothing.

import { isLoopback } from '../../contract/hosts.ts'

export interface Place {
  /** As the person is shown it, and as the consent is remembered for. */
  readonly host: string
  /** Any program on that machine may be there: no consent is remembered. */
  readonly isLocal: boolean
}

/** What browsers run by themselves, or read from the disk. */
const DANGEROUS = [
  'javascript:',
  'vbscript:',
  'data:',
  'blob:',
  'file:',
  'about:',
  'filesystem:',
  'view-source:',
  'ftp:',
  'ws:',
  'wss:',
]

const MAX_LENGTH = 2_000

/** A text: why not. */
export function judgeRedirect(
  text: unknown,
  redirects: readonly string[] | null,
): Place | string {
  const place = readPlace(text)
  if (typeof place === 'string' || redirects === null) return place
  const name = place.isLocal ? 'loopback' : place.host
  if (redirects.includes(name)) return place
  return `the operator of this gateway does not allow ${place.host} in a redirect address`
}

function readPlace(text: unknown): Place | string {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) {
    return 'a redirect address must be a text of at most 2000 characters'
  }
  const url = URL.parse(text)
  if (!url) return 'a redirect address is not a URL'
  const { protocol, hostname, host, username, password } = url
  if (text.includes('#')) return 'a redirect address must have no fragment'
  if (username !== '' || password !== '') {
    return 'a redirect address must hold no credentials'
  }
  if (DANGEROUS.includes(protocol)) {
    return `a redirect address must not use ${protocol}`
  }
  if (protocol === 'https:') return { host, isLocal: isLoopback(hostname) }
  if (protocol !== 'http:') return { host: protocol, isLocal: true }
  if (isLoopback(hostname)) return { host: 'loopback', isLocal: true }
  return 'a redirect address must be https, or http on 127.0.0.1, [::1] or localhost'
}

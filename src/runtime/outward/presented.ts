// What a host has presented to prove who it is.
// In: its certificate, with its chain. Out: issuer, names, dates.
// INVARIANT: only for texts: nothing is decided by it.

import type { DetailedPeerCertificate } from 'node:tls'

export interface Presented {
  /** Name of the CA at the end of the chain. */
  readonly issuer: string
  /** For which the certificate is. */
  readonly names: string
  /** Days, as `2026-01-31`: of the first end that has passed, of the first
   * beginning that has not come; or ''. */
  readonly expired: string
  readonly begins: string
  /** The host has sent one certificate, which says where that of its issuer is:
   * public CAs do so. */
  readonly isCut: boolean
}

/** A chain has three or four. */
const MOST = 10

export function readPresented(
  first: DetailedPeerCertificate,
  now: number,
): Presented | undefined {
  if (!first.issuer) return undefined
  const chain = listChain(first)
  const last = chain.at(-1) ?? first
  const past = chain.find((one) => Date.parse(one.valid_to) <= now)
  const early = chain.find((one) => Date.parse(one.valid_from) > now)
  return {
    issuer: nameOf(last.issuer),
    names: (first.subjectaltname ?? first.subject?.CN ?? '')
      .toString()
      .replace(/\b(?:DNS|IP Address):/g, ''),
    expired: past ? toDay(past.valid_to) : '',
    begins: early ? toDay(early.valid_from) : '',
    isCut:
      chain.length === 1 && Boolean(first.infoAccess?.['CA Issuers - URI']),
  }
}

function listChain(
  first: DetailedPeerCertificate,
): readonly DetailedPeerCertificate[] {
  const chain = [first]
  for (;;) {
    const next = chain.at(-1)?.issuerCertificate
    if (!next || chain.includes(next) || chain.length === MOST) return chain
    chain.push(next)
  }
}

/** `Acme Inspection CA (Acme)`. */
function nameOf(name: DetailedPeerCertificate['issuer']): string {
  const [common = '', owner = ''] = [name.CN, name.O].map((one) =>
    [one ?? ''].flat().join(' '),
  )
  if (common === '') return owner
  return owner === '' || common.includes(owner)
    ? common
    : `${common} (${owner})`
}

function toDay(instant: string): string {
  const time = Date.parse(instant)
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10)
}

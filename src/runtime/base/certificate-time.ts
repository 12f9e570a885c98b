// When a certificate of the listener ends, and what is said of that.
// In: a certificate, and the time. Out: the rest of a sentence about it.
// INVARIANT: one rule for the log, the status and `check --live`.

import type { Certificate } from './certificate.ts'

export const DAY_MS = 86_400_000

/** A certificate with less time left is worth a warning. */
const SOON_MS = 21 * DAY_MS

/** Undefined if it is good for long. */
export function judgeTime(
  { begins, expires }: Pick<Certificate, 'begins' | 'expires'>,
  now: number,
): string | undefined {
  if (begins > now) return `is not valid before ${writeTime(begins)}`
  if (expires <= now) return `expired at ${writeTime(expires)}`
  const left = expires - now
  if (left >= SOON_MS) return undefined
  const days = Math.floor(left / DAY_MS)
  const plural = days === 1 ? 'day' : 'days'
  return `expires at ${writeTime(expires)}, in ${days} ${plural}`
}

/** The same of the authorities of clients. */
export function judgeClientsTime(
  { clientsExpire }: Pick<Certificate, 'clientsExpire'>,
  now: number,
): string | undefined {
  if (clientsExpire === null) return undefined
  return judgeTime({ begins: 0, expires: clientsExpire }, now)
}

export function writeTime(ms: number): string {
  return new Date(ms).toISOString()
}

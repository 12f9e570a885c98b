// The certificate of the public listener: what is said of it, and to whom.
// INVARIANT: a certificate that ends soon, or that could not be replaced, is in
// the log, the status and the metrics. None of them holds a key.

import type { Server } from 'node:http'
import type { CertificateStatus } from '../../contract/status.ts'
import type { Certificate } from '../http/certificate.ts'
import { useCertificate } from '../http/secure-server.ts'
import { countRejected } from '../stages/refuse.ts'
import type { Runtime } from './context.ts'
import { writeInstant } from './reloads.ts'

const DAY_MS = 86_400_000

/** A certificate with less time left is worth a warning. */
export const SOON_MS = 21 * DAY_MS

/** A problem of time, as the rest of a sentence about the certificate; undefined
 * if there is none. */
export function judgeTime(
  { begins, expires }: Pick<Certificate, 'begins' | 'expires'>,
  now: number,
): string | undefined {
  if (begins > now) return `is not valid before ${writeInstant(begins)}`
  if (expires <= now) return `expired at ${writeInstant(expires)}`
  const left = expires - now
  if (left >= SOON_MS) return undefined
  const days = Math.floor(left / DAY_MS)
  return `expires at ${writeInstant(expires)}, in ${days} ${days === 1 ? 'day' : 'days'}`
}

/** The same for the authorities of clients. */
export function judgeClientsTime(
  { clientsExpire }: Pick<Certificate, 'clientsExpire'>,
  now: number,
): string | undefined {
  return clientsExpire === null
    ? undefined
    : judgeTime({ begins: 0, expires: clientsExpire }, now)
}

/** Warns of a certificate that ends soon: at once, and once a day. */
export class CertificateAlarm {
  #warnedOn = -1

  /** Called at the start, for each new certificate, and once a minute. */
  raise(runtime: Pick<Runtime, 'certificate' | 'clock' | 'log'>): void {
    const { certificate, clock, log } = runtime
    if (!certificate) return
    const now = clock.now()
    const day = Math.floor(now / DAY_MS)
    if (this.#warnedOn === day) return
    const { tls, current } = certificate
    const rows = [
      [tls.cert, 'certificate', judgeTime(current, now)],
      [tls.clientCa, 'client authority', judgeClientsTime(current, now)],
    ] as const
    for (const [file, what, problem] of rows) {
      if (problem === undefined) continue
      this.#warnedOn = day
      log.warn({ file }, `the ${what} of the listener ${problem}`)
    }
  }

  /** A new certificate is judged at once. */
  reset(): void {
    this.#warnedOn = -1
  }
}

/** Serves each new certificate, and reports what cannot be served. */
export function followCertificate(runtime: Runtime, server: Server): void {
  const { certificate, certificateAlarm, log } = runtime
  certificate?.follow({
    onCertificate(next) {
      useCertificate(server, next)
      const until = writeInstant(next.expires)
      log.info(
        { file: certificate.tls.cert, until },
        'a new certificate is served',
      )
      certificateAlarm.reset()
      certificateAlarm.raise(runtime)
    },
    onProblem(problem) {
      if (problem === null) log.info('the files of the certificate can be used')
      else
        log.error(
          `the certificate is not replaced, the old one is served: ${problem}`,
        )
    },
  })
  certificateAlarm.raise(runtime)
}

/** Reports failed handshakes, at most one a minute. */
export function reportHandshake(
  runtime: Runtime,
  ip: string,
  reason: string,
): void {
  const { log, logThrottle, clock } = runtime
  countRejected(runtime, ip, 'TLS handshake')
  if (!logThrottle.due('handshake', clock.monotonic())) return
  log.warn({ ip, reason }, 'a TLS handshake failed')
}

export function describeCertificate(
  runtime: Pick<Runtime, 'certificate' | 'clock'>,
): CertificateStatus | null {
  const { certificate, clock } = runtime
  if (!certificate) return null
  const { tls, current, problem } = certificate
  const now = clock.now()
  const { names, expires, clientsExpire } = current
  return {
    file: tls.cert,
    names,
    expires: writeInstant(expires),
    warning: judgeTime(current, now) ?? null,
    clients:
      clientsExpire === null
        ? null
        : {
            expires: writeInstant(clientsExpire),
            warning: judgeClientsTime(current, now) ?? null,
          },
    problem,
  }
}

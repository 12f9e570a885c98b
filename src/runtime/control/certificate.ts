// The certificate of the public listener: who hears what of it.
// INVARIANT: a certificate that ends soon, or that could not be replaced, is in
// the log, the status and the metrics. None of them holds a key.

import type { Server } from 'node:http'
import type { CertificateStatus } from '../../contract/status.ts'
import {
  judgeClientsTime,
  judgeTime,
  writeTime,
} from '../base/certificate-time.ts'
import { useCertificate } from '../http/secure-server.ts'
import { countRejected } from '../stages/refuse.ts'
import type { Runtime } from './context.ts'

/** Serves each new certificate, and reports what cannot be served. */
export function followCertificate(
  { certificate, log }: Pick<Runtime, 'certificate' | 'log'>,
  server: Server,
): void {
  certificate?.follow({
    onCertificate(next) {
      useCertificate(server, next)
      const detail = {
        file: certificate.tls.cert,
        until: writeTime(next.expires),
      }
      log.info(detail, 'a new certificate is served')
    },
    onProblem(problem) {
      if (problem !== null) {
        const what = 'the certificate is not replaced, the old one is served'
        log.error(`${what}: ${problem}`)
      } else log.info('the files of the certificate can be used again')
    },
    onEnding(file, what, problem) {
      log.warn({ file }, `the ${what} of the listener ${problem}`)
    },
  })
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

export function describeCertificate({
  certificate,
  clock,
}: Pick<Runtime, 'certificate' | 'clock'>): CertificateStatus | null {
  if (!certificate) return null
  const { tls, current, problem } = certificate
  const { names, expires, clientsExpire } = current
  const now = clock.now()
  const clients = clientsExpire !== null && {
    expires: writeTime(clientsExpire),
    warning: judgeClientsTime(current, now) ?? null,
  }
  return {
    file: tls.cert,
    names,
    expires: writeTime(expires),
    warning: judgeTime(current, now) ?? null,
    clients: clients || null,
    problem,
  }
}

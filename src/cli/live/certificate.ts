// Whether the listener could serve its certificate, and for how long.
// In: a table, where its gateway would run. Out: findings.
// INVARIANT: judged as the gateway does it at its start; reads only.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { finding } from '../../diagnostics/report.ts'
import {
  type Certificate,
  CertificateFault,
  readCertificate,
} from '../../runtime/base/certificate.ts'
import {
  judgeClientsTime,
  judgeTime,
} from '../../runtime/base/certificate-time.ts'
import type { Scene } from './host.ts'
import { findOpenFile } from './modes.ts'

const AT = '/listen/tls'

export function findCertificateFaults({
  artefact,
  root,
  now,
}: Scene): readonly Diagnostic[] {
  const { tls } = artefact.table.listen
  if (!tls) return []
  const open = findOpenFile(root, tls.key, `${AT}/key`)
  let certificate: Certificate
  try {
    certificate = readCertificate(tls, root, now)
  } catch (error) {
    if (!(error instanceof CertificateFault)) throw error
    return [...open, finding('GW8033', `${AT}/${error.at}`, error.message)]
  }
  const rows = [
    ['cert', tls.cert, judgeTime(certificate, now)],
    ['clientCa', tls.clientCa, judgeClientsTime(certificate, now)],
  ] as const
  const ending = rows.flatMap(([key, file, problem]) =>
    problem === undefined
      ? []
      : [finding('GW8034', `${AT}/${key}`, `\`${file}\` ${problem}`)],
  )
  return [...open, ...ending]
}

// Whether every line of this host's `gateway.revoked` is valid.
// In: the folder of the config. Out: findings, each at its line.
// INVARIANT: no line is repeated: somebody may have pasted a token.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { finding } from '../../diagnostics/report.ts'
import { REVOKED_FILE } from '../../table/revoked.ts'
import { readRevoked } from '../revoked.ts'
import { findOpenFile } from './modes.ts'

export function findRevokedFaults(root: string): readonly Diagnostic[] {
  const read = readRevoked(root)
  if ('unreadable' in read) {
    const message = `\`${REVOKED_FILE}\` cannot be read: ${read.unreadable}`
    return [finding('GW8016', '', message)]
  }
  const faults = read.malformed.map((line) => {
    const message = `line ${line} of \`${REVOKED_FILE}\` is not a revocation`
    const at = { file: REVOKED_FILE, start: { line, column: 1 } }
    return finding('GW8016', '', message, { at })
  })
  return [...faults, ...findOpenFile(root, REVOKED_FILE, '')]
}

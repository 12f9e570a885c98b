// Whether every line of this host's revocations is valid.
// In: a table, and the folder of its config. Out: findings, each at its line.
// INVARIANT: no line is repeated: somebody may have pasted a token.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { finding } from '../../diagnostics/report.ts'
import { readRevoked } from '../revoked.ts'
import type { Scene } from './host.ts'
import { findOpenFile } from './modes.ts'

export function findRevokedFaults({
  artefact,
  root,
}: Scene): readonly Diagnostic[] {
  const { revoked: file } = artefact.table
  const read = readRevoked(root, file)
  if ('unreadable' in read) {
    const message = `\`${file}\` cannot be read: ${read.unreadable}`
    return [finding('GW8016', '', message)]
  }
  const faults = read.malformed.map((line) => {
    const message = `line ${line} of \`${file}\` is not a revocation`
    const at = { file, start: { line, column: 1 } }
    return finding('GW8016', '', message, { at })
  })
  return [...faults, ...findOpenFile(root, file, '')]
}

// Opens the audit of a starting gateway, for it alone.
// In: where it is, its key. Out: an AuditLog that goes on where the last ended.
// INVARIANT: nobody else writes the file before this one is closed.

import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Clock } from '../base/clock.ts'
import { AuditLog } from './log.ts'
import { claimFile } from './owner.ts'
import { makeSigner } from './signature.ts'

/** Rejects with a code when the file cannot be had. */
export async function openAudit(
  file: string,
  {
    settings,
    key,
    clock,
    log,
  }: {
    readonly settings: AuditSettings
    /** The gateway's own. */
    readonly key: Buffer
    readonly clock: Clock
    readonly log: Logger
  },
): Promise<AuditLog> {
  mkdirSync(dirname(file), { recursive: true })
  const there = statSync(file, { throwIfNoEntry: false })
  // A terminal or a pipe may have many writers.
  const claims = there === undefined || there.isFile()
  const owner = claims ? await claimFile(file) : undefined
  try {
    return new AuditLog({
      file,
      clock,
      settings,
      owner,
      signer: makeSigner(key),
      fault: (error, what) => log.error(error, what),
    })
  } catch (error) {
    owner?.release()
    throw error
  }
}

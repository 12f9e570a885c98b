// Opens the audit of a starting gateway.
// INVARIANT: no other process writes the file before this one closes it.

import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '../../contract/log.ts'
import type { AuditSettings } from '../../contract/settings.ts'
import type { Clock } from '../base/clock.ts'
import { AuditLog } from './log.ts'
import { claimAll, claimFile, claimState } from './owner.ts'
import { makeSigner } from './signature.ts'

/** Rejects with a code if the file cannot be opened or claimed. */
export async function openAudit(
  file: string,
  {
    settings,
    state,
    key,
    clock,
    log,
  }: {
    readonly settings: AuditSettings
    /** The gateway's state folder; null: it has none. */
    readonly state: string | null
    /** The gateway's key. */
    readonly key: Buffer
    readonly clock: Clock
    readonly log: Logger
  },
): Promise<AuditLog> {
  mkdirSync(dirname(file), { recursive: true })
  const existing = statSync(file, { throwIfNoEntry: false })
  // Terminals and pipes may have several writers.
  const isOwn = existing === undefined || existing.isFile()
  const owner = await claimAll([
    ...(state === null ? [] : [claimState(state)]),
    ...(isOwn ? [claimFile(file)] : []),
  ])
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
    owner.release()
    throw error
  }
}

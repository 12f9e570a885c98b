// The shape of the lock: gateway.lock.json against its schema.
// In: any plain value. Out: a lock, or a finding.
// INVARIANT: a lock with a fault is not used at all.

import type { Result } from '../contract/diagnostic.ts'
import { LOCK_FILE, LOCK_FORMAT, type Lock } from '../contract/lock.ts'
import { finding } from '../diagnostics/report.ts'
import { judgeLock } from './validators.js'

export function checkLock(value: unknown): Result<Lock> {
  if (value === undefined) return { diagnostics: [] }
  if (isTooDeep(value)) {
    const said = `${LOCK_FILE} is not a lock: it is nested deeper than ${MAX_LEVELS} levels`
    return { diagnostics: [finding('GW5001', `${LOCK_FILE}#`, said)] }
  }
  if (judgeLock(value)) return { value: value as Lock, diagnostics: [] }
  const [fault] = judgeLock.errors ?? []
  const { instancePath = '', message = 'is not a lock' } = fault ?? {}
  const other = instancePath === '/formatVersion'
  const said = other
    ? `${LOCK_FILE} does not have format ${LOCK_FORMAT}, the only one that this release reads`
    : `${LOCK_FILE} is not a lock: ${instancePath || 'the whole'} ${message}`
  return {
    diagnostics: [finding('GW5001', `${LOCK_FILE}#${instancePath}`, said)],
  }
}

/** No message of a server is parsed deeper, whatever `caps.depth` is. */
const MAX_LEVELS = 512 + 4

/** Level by level, because recursion could exhaust the stack. */
function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth <= MAX_LEVELS; depth++) {
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    )
    if (level.length === 0) return false
  }
  return true
}

/** Offers replace what is not locked. */
export function addOffers(
  lock: Lock | undefined,
  offers: Lock['servers'] | undefined,
): Lock | undefined {
  if (!offers) return lock
  const servers = { ...offers, ...lock?.servers }
  return { formatVersion: LOCK_FORMAT, servers }
}

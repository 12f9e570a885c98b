// The lock, joined to the servers of the config.
// In: a lock that has its shape. Out: names with digests, and definitions.
// INVARIANT: only declared servers; what was edited by hand is an error, so
// that nothing in a table was never said by its server.

import type { Diagnostic } from '../contract/diagnostic.ts'
import { LOCK_FILE, type Lock, TYPES_FILE } from '../contract/lock.ts'
import type { Artefact, RoutingTable } from '../contract/table.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { digestOffer, renderTypes } from '../table/lock.ts'
import type { LinkContext } from './context.ts'

interface LinkedLock {
  readonly lock: RoutingTable['lock']
  readonly definitions: Artefact['definitions']
}

export function linkLock({ checked, report }: LinkContext): LinkedLock {
  const { lock, types, names } = checked
  if (!lock) return { lock: {}, definitions: {} }
  const known = Object.entries(lock.servers).filter(([server]) => {
    if (names.servers?.includes(server) ?? true) return true
    const message = `the lock contains \`${server}\`, which the config does not declare`
    report(finding('GW5003', pointTo(server), message))
    return false
  })
  const digests = known.map(
    ([server, locked]) => [server, locked, digestOffer(locked)] as const,
  )
  for (const [server, locked, { sha256 }] of digests) {
    if (sha256 === locked.sha256) continue
    const message = `the lock of \`${server}\` was edited: its \`sha256\` does not match`
    report(finding('GW5002', pointTo(server), message))
  }
  checkTypes(lock, types).forEach(report)
  const locks = digests.map(([server, , { names }]) => [server, names])
  return {
    lock: Object.fromEntries(locks),
    definitions: Object.fromEntries(known),
  }
}

/** Where a part of the lock stands, for a finding. */
export function pointTo(server: string, ...path: readonly string[]): string {
  return joinPointer(`${LOCK_FILE}#/servers`, server, ...path)
}

/** Absent types are no fault: not every config is written in TypeScript. */
function checkTypes(
  lock: Lock,
  types: string | undefined,
): readonly Diagnostic[] {
  if (types === undefined) return []
  if (normalize(types) === normalize(renderTypes(lock))) return []
  const message = `${TYPES_FILE} and ${LOCK_FILE} name different tools`
  return [finding('GW5004', `${LOCK_FILE}#`, message)]
}

/** A formatter may have been over it: only what it says counts. */
function normalize(types: string): string {
  return types
    .replaceAll(/[\s;]/g, '')
    .replaceAll('"', "'")
    .replaceAll(':|', ':')
}

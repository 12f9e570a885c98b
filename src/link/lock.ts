// The lock, joined to the servers of the config.
// In: a lock of valid shape. Out: names with digests, and definitions.
// INVARIANT: only declared servers; an edit by hand is an error, so that a
// table contains only what its servers offered.

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

/** Place of a part of the lock, for a finding. */
export function pointTo(server: string, ...path: readonly string[]): string {
  return joinPointer(`${LOCK_FILE}#/servers`, server, ...path)
}

/** Missing types are no fault: not every config is TypeScript. */
function checkTypes(
  lock: Lock,
  types: string | undefined,
): readonly Diagnostic[] {
  if (types === undefined) return []
  if (normalize(types) === normalize(renderTypes(lock))) return []
  const message = `${TYPES_FILE} and ${LOCK_FILE} name different tools`
  return [finding('GW5004', `${LOCK_FILE}#`, message)]
}

/** A formatter may have changed the text: only its content counts. */
function normalize(types: string): string {
  return types
    .replaceAll(/[\s;]/g, '')
    .replaceAll('"', "'")
    .replaceAll(':|', ':')
}

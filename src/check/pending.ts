// Keys of the schema that a later release will implement.
// In: a config of valid shape. Out: one note for each such key that is set.
// INVARIANT: one table; a key that is implemented loses its row.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'

/** Paths; `*` stands for any name. */
const PENDING: readonly string[] = Object.freeze(['listen/behindProxy'])

export function findPending(gateway: GatewayConfig): readonly Diagnostic[] {
  return PENDING.flatMap((path) =>
    findPointers(gateway, path.split('/'), ''),
  ).map((pointer) =>
    finding(
      'GW2019',
      pointer,
      `${showPath(pointer)} has no effect in this release`,
    ),
  )
}

function findPointers(
  value: unknown,
  [head, ...rest]: readonly string[],
  pointer: string,
): readonly string[] {
  if (head === undefined) return [pointer]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .filter(([key]) => head === '*' || head === key)
    .flatMap(([key, member]) =>
      findPointers(member, rest, joinPointer(pointer, key)),
    )
}

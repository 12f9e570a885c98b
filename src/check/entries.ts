// Every entry of a config, in all sections that can contain entries.
// In: a config of valid shape. Out: entries with their pointers.
// INVARIANT: skips the holes that faulty elements left.

import type { GatewayConfig } from '../contract/config.ts'
import type { EntriesConfig, EntryConfig } from '../contract/entries.ts'
import { joinPointer } from '../diagnostics/pointer.ts'

export interface Placed {
  readonly entry: EntryConfig
  readonly pointer: string
}

export function listEntries(gateway: GatewayConfig): readonly Placed[] {
  const { roles, limits, tests, tokens } = gateway
  return [
    ...each(roles, '/roles').flatMap(([role, at]) => [
      ...read(role.allow, `${at}/allow`),
      ...read(role.deny, `${at}/deny`),
    ]),
    ...each(limits, '/limits').flatMap(([limit, at]) =>
      read(limit.on, `${at}/on`),
    ),
    ...each(tests, '/tests').flatMap(([test, at]) => [
      ...read(test.allow, `${at}/allow`),
      ...read(test.deny, `${at}/deny`),
    ]),
    ...each(tokens?.grants, '/tokens/grants').flatMap(([token, at]) =>
      read(token.tools, `${at}/tools`),
    ),
  ]
}

/** The members of a section with their pointers. */
export function each<T>(
  section: Readonly<Record<string, T>> | undefined,
  pointer: string,
): readonly (readonly [T, string])[] {
  return Object.entries(section ?? {}).map(([name, member]) => [
    member,
    joinPointer(pointer, name),
  ])
}

function read(
  section: EntriesConfig | undefined,
  pointer: string,
): readonly Placed[] {
  return each(section, pointer).flatMap(([list, at]) => {
    const found: Placed[] = []
    // forEach, unlike for…of, skips holes.
    list?.forEach((entry, index) => {
      found.push({ entry, pointer: joinPointer(at, index) })
    })
    return found
  })
}

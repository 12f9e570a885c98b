// The import map of docs/architecture.md, made from the rules.
// In: the rules of test/harness/architecture.ts and layout.ts. Out: two tables.
// INVARIANT: nothing is written here that the rules do not hold.

import { DOORS, NARROW, ZONES } from './architecture.ts'
import { RUNTIME_ROOMS } from './layout.ts'

const MARKS = ['<!-- import map -->', '<!-- end of the import map -->'] as const

/** The page with the map of today. */
export function replaceImportMap(page: string): string {
  const [before, rest = ''] = page.split(MARKS[0])
  const [, after = ''] = rest.split(MARKS[1])
  return `${before}${MARKS[0]}\n\n${renderImportMap()}\n${MARKS[1]}${after}`
}

function renderImportMap(): string {
  const zones = Object.entries(ZONES).map(
    ([zone, allowed]) =>
      `| \`${zone}\` | ${list(allowed.map(withDoors(zone)))} |`,
  )
  const rooms = RUNTIME_ROOMS.map(
    (room) => `| \`${room}\` | ${listAllowed(room)} |`,
  )
  return [
    '| zone | may import |',
    '|---|---|',
    ...zones,
    '',
    '| room of `src/runtime` | zones and rooms that it may import |',
    '|---|---|',
    ...rooms,
    '',
  ].join('\n')
}

/** `runtime` with the rooms that the zone may import. */
function withDoors(zone: string): (allowed: string) => string {
  return (allowed) => {
    if (zone === 'link' && allowed === 'check') return 'check (types only)'
    if (allowed !== 'runtime') return allowed
    return `runtime (${DOORS[zone]?.join(', ') ?? 'no room'})`
  }
}

function listAllowed(room: string): string {
  const narrow = NARROW[`runtime/${room}`]
  if (narrow) return list(narrow.map((one) => one.replace('runtime/', '')))
  return `${list(ZONES.runtime ?? [])}; every room before it`
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ')
}

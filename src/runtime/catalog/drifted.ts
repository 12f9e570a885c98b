// Describes the differences between a server's lock and its current lists, for
// operators.
// INVARIANT: lines are bounded in number and length; every difference is
// counted.

import type { RoutingTable } from '../../contract/table.ts'
import { quote } from '../../diagnostics/credential.ts'
import type { LockDrift } from './locked.ts'

interface Drifted {
  readonly lines: readonly string[]
  /** Number of locked names that are withheld or no longer listed. */
  readonly withheld: number
}

/** Most differences with a line of their own. */
const MAX = 20

export function describeDrifts(
  { servers }: RoutingTable,
  drifts: readonly LockDrift[],
): ReadonlyMap<string, Drifted> {
  const described = [...new Set(drifts.map(({ server }) => server))].map(
    (server) => {
      const own = drifts.filter((one) => one.server === server)
      const warnsOnly = servers[server]?.drift === 'warn'
      const grave = own.filter(({ what }) => isMissing(what, warnsOnly))
      const others = own.filter((one) => !grave.includes(one))
      const ordered = [...grave, ...others]
      const lines = ordered.slice(0, MAX).map((one) => describe(one, warnsOnly))
      const left = ordered.length - lines.length
      const rest =
        left > 0 ? [`and ${left} more differences from the lock`] : []
      return [
        server,
        { lines: [...lines, ...rest], withheld: grave.length },
      ] as const
    },
  )
  return new Map(described)
}

function isMissing(what: LockDrift['what'], warnsOnly: boolean): boolean {
  return what === 'gone' || (what === 'withheld' && !warnsOnly)
}

const WORDS = Object.freeze({
  tools: 'tool',
  prompts: 'prompt',
  resourceTemplates: 'resource template',
})

function describe(
  { list, name, what, parts }: LockDrift,
  warnsOnly: boolean,
): string {
  const subject = `${WORDS[list]} ${quote(name)}`
  if (what === 'unlocked')
    return `${subject} is not locked: hidden from all clients`
  if (what === 'gone') return `${subject} is locked, and no longer listed`
  const differs = `${subject} differs from its lock in ${listParts(parts)}`
  return what === 'reworded' || warnsOnly
    ? `${differs}; it is served as locked`
    : `${differs}: hidden from all clients`
}

/** Names of members come from the server, so they are bounded. */
function listParts(parts: readonly string[]): string {
  const named = parts.slice(0, 8).map((part) => part.slice(0, 40))
  const left = parts.length - named.length
  return `${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}

// What a server's operator should know of its lock and what it lists now.
// In: the drifts of a routing. Out: by server, lines, and how many locked names
// clients do not get.
// INVARIANT: lines are bounded in number and length; every drift is counted.

import type { RoutingTable } from '../../contract/table.ts'
import { quote } from '../../diagnostics/credential.ts'
import type { LockDrift } from './locked.ts'

export interface Drifted {
  readonly lines: readonly string[]
  /** Locked names that are withheld, or that the server no longer lists. */
  readonly withheld: number
}

/** So many are told one by one. */
const MAX = 20

export function describeDrifts(
  { servers }: RoutingTable,
  drifts: readonly LockDrift[],
): ReadonlyMap<string, Drifted> {
  const told = [...new Set(drifts.map(({ server }) => server))].map(
    (server) => {
      const mine = drifts.filter((one) => one.server === server)
      const serves = servers[server]?.drift === 'warn'
      const grave = mine.filter(({ what }) => isMissing(what, serves))
      const others = mine.filter((one) => !grave.includes(one))
      const ordered = [...grave, ...others]
      const lines = ordered.slice(0, MAX).map((one) => tell(one, serves))
      const left = ordered.length - lines.length
      const rest =
        left > 0 ? [`and ${left} more differences from the lock`] : []
      return [
        server,
        { lines: [...lines, ...rest], withheld: grave.length },
      ] as const
    },
  )
  return new Map(told)
}

function isMissing(what: LockDrift['what'], serves: boolean): boolean {
  return what === 'gone' || (what === 'withheld' && !serves)
}

const WORDS = Object.freeze({
  tools: 'tool',
  prompts: 'prompt',
  resourceTemplates: 'resource template',
})

function tell({ list, name, what, parts }: LockDrift, serves: boolean): string {
  const subject = `${WORDS[list]} ${quote(name)}`
  if (what === 'unlocked')
    return `${subject} is not locked: hidden from all clients`
  if (what === 'gone') return `${subject} is locked, and no longer listed`
  const differs = `${subject} differs from its lock in ${listParts(parts)}`
  return what === 'reworded' || serves
    ? `${differs}; it is served as locked`
    : `${differs}: hidden from all clients`
}

/** Members are names that a server chose. */
function listParts(parts: readonly string[]): string {
  const named = parts.slice(0, 8).map((part) => part.slice(0, 40))
  const left = parts.length - named.length
  return `${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}

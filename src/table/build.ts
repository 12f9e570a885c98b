// The routing table and its artefact, from linked parts.
// In: the result of link without errors. Out: the artefact, without places.
// INVARIANT: the same config gives the same bytes, in whatever form.

import type { Artefact, RoutingTable } from '../contract/table.ts'
import { digestOf, sortKeys } from './digest.ts'

export const FORMAT_VERSION = 1

export function buildArtefact(
  parts: RoutingTable & Partial<Pick<Artefact, 'definitions'>>,
): Artefact {
  const { definitions = {}, ...rest } = parts
  const table = sortKeys<RoutingTable>(rest)
  const digest = digestOf(table)
  const formatVersion = FORMAT_VERSION
  return { formatVersion, digest, table, places: {}, definitions }
}

/** Every pointer in the table that is a rule. */
export function listRules(table: RoutingTable): readonly string[] {
  const rules = new Set<string>()
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, member] of Object.entries(value)) {
      if (key === 'rule' && typeof member === 'string') rules.add(member)
      visit(member)
    }
  }
  // Elsewhere a key `rule` is a user's name: a header or an argument.
  const { roles, teams, limits, tokens, tests, login } = table
  visit([roles, teams, limits, tokens, tests, login?.teams.map])
  return [...rules].sort()
}

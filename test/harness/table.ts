// Small tables to judge with, written as roles alone.
// In: what each role allows and denies. Out: a table whose rules are pointers.
// INVARIANT: two servers, `a` and `b`; nothing but roles says anything.

import type { Entry, Grants, RoutingTable } from '../../src/contract/table.ts'
import type { Grantee } from '../../src/table/decide.ts'

const SERVER = {
  type: 'stdio',
  command: 'x',
  args: [],
  env: {},
  cwd: '',
  prefix: 'a__',
} as unknown as RoutingTable['servers'][string]

export type Names = readonly (string | Omit<Entry, 'rule'>)[]

export function makeGrants(
  section: string,
  byServer: Readonly<Record<string, Names>>,
) {
  return Object.fromEntries(
    Object.entries(byServer).map(([server, names]) => {
      const rule = `${section}/${server}`
      const entries = names.map((name, index) => {
        const entry = typeof name === 'string' ? { tool: name } : name
        return { ...entry, rule: `${rule}/${index}` } as Entry
      })
      return [server, { rule, entries }]
    }),
  ) as Grants
}

interface Rules {
  readonly allow?: Readonly<Record<string, Names>>
  readonly deny?: Readonly<Record<string, Names>>
}

export function makeTable(
  roles: Readonly<Record<string, Rules>>,
): RoutingTable {
  const linked = Object.entries(roles).map(([name, { allow, deny }]) => {
    const rule = `/roles/${name}`
    const of = (side: string, section = {}) =>
      makeGrants(`${rule}/${side}`, section)
    return [
      name,
      { allow: of('allow', allow), deny: of('deny', deny), rule },
    ] as const
  })
  const empty = { teams: {}, limits: {}, tokens: {}, tests: {} }
  const grants = { folder: 'grants' }
  const files = { key: 'k', state: '', revoked: 'r', grants }
  const own = { admin: {}, caps: {}, audit: {}, ...files }
  const settings = { listen: {}, ...own }
  return {
    ...settings,
    ...empty,
    servers: { a: SERVER, b: SERVER },
    lock: {},
    roles: Object.fromEntries(linked),
  } as unknown as RoutingTable
}

/** A holder of these roles, and of token `t`. */
export const holder = (...roles: readonly string[]): Grantee => ({
  roles,
  tools: null,
  team: null,
  token: '/tokens/grants/t',
})

// Changes of a random config: one rule more, or the same meaning in other words.
// In: an authored config, and what to do to it. Out: another one; the first
// stays as it is.

import fc from 'fast-check'
import { matchPattern } from '../../src/table/match.ts'
import {
  type Authored,
  type ConfigText,
  type EntryText,
  entry,
  type RoleText,
  type Section,
} from './random-config.ts'

type Side = 'allow' | 'deny'

/** Where, by number: whatever the config's names are. */
export const places = fc.record({ role: fc.nat(9), server: fc.nat(9) })

export type Place = typeof places extends fc.Arbitrary<infer T> ? T : never

/** Rules that give to somebody and take from nobody. */
export const additions = fc.record({
  what: fc.constantFrom('allow', 'role', 'server', 'limit', 'team', 'token'),
  place: places,
  entry,
})

export type Addition =
  typeof additions extends fc.Arbitrary<infer T> ? T : never

export function nameAt(section: object, index: number): string {
  const names = Object.keys(section)
  return names[index % names.length] as string
}

/** One more entry at the end of a role's section. */
export function addEntry(
  { config, lock }: Authored,
  side: Side,
  place: Place,
  entry: EntryText,
): Authored {
  const name = nameAt(config.roles, place.role)
  const server = nameAt(config.servers, place.server)
  const role = config.roles[name] as RoleText
  const own = Object.hasOwn(role[side], server) ? role[side][server] : []
  const section = { ...role[side], [server]: [...(own ?? []), entry] }
  const roles = { ...config.roles, [name]: { ...role, [side]: section } }
  return { config: { ...config, roles }, lock }
}

export function add(authored: Authored, addition: Addition): Authored {
  const { what, place, entry } = addition
  const { config, lock } = authored
  if (what === 'allow') return addEntry(authored, 'allow', place, entry)
  const server = nameAt(config.servers, place.server)
  const roles = [nameAt(config.roles, place.role)]
  const section = { [server]: [entry] }
  const added: Readonly<Record<string, Partial<ConfigText>>> = {
    role: {
      roles: {
        ...config.roles,
        new: { extends: roles, allow: section, deny: section },
      },
    },
    server: {
      servers: { new: { type: 'stdio', command: 'x' }, ...config.servers },
    },
    limit: {
      limits: { ...config.limits, new: { on: section, concurrent: 1 } },
    },
    team: { teams: { ...config.teams, new: { roles } } },
    token: {
      tokens: {
        grants: { ...config.tokens.grants, newnewnewnew: TOKEN(roles) },
      },
    },
  }
  return { config: { ...config, ...added[what] }, lock }
}

const TOKEN = (roles: readonly string[]) => ({
  subject: 'new',
  sha256: ''.padStart(64, '1'),
  created: '2026-11-01',
  expires: '2026-11-30',
  roles,
})

/** Every section of entries of the roles, and of the tokens' `tools`. */
function mapSections(
  { config, lock }: Authored,
  to: (list: readonly EntryText[], server: string) => readonly EntryText[],
): Authored {
  const mapSection = (section: Section): Section =>
    mapValues(section, (list, server) => to(list, server))
  const roles = mapValues(config.roles, (role) => ({
    ...role,
    allow: mapSection(role.allow),
    deny: mapSection(role.deny),
  }))
  const grants = mapValues(config.tokens.grants, ({ tools, ...rest }) => ({
    ...rest,
    ...(tools && { tools: mapSection(tools) }),
  }))
  const limits = mapValues(config.limits, (limit) => ({
    ...limit,
    on: mapSection(limit.on),
  }))
  return { config: { ...config, roles, limits, tokens: { grants } }, lock }
}

export function mapValues<T, U>(
  section: Readonly<Record<string, T>>,
  to: (value: T, name: string) => U,
): Readonly<Record<string, U>> {
  const members = Object.entries(section)
  return Object.fromEntries(members.map(([name, one]) => [name, to(one, name)]))
}

/** Without conditions on the side that takes away. */
export function dropDenyConditions({ config, lock }: Authored): Authored {
  const roles = mapValues(config.roles, (role) => ({
    ...role,
    deny: mapValues(role.deny, (list) =>
      list.filter((one) => typeof one === 'string' || !('when' in one)),
    ),
  }))
  return { config: { ...config, roles }, lock }
}

/** Every key of every object in another order. */
export function turnKeys<T>(value: T, by: number): T {
  if (Array.isArray(value)) return value.map((one) => turnKeys(one, by)) as T
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).reverse()
  const from = members.length === 0 ? 0 : by % members.length
  const turned = [...members.slice(from), ...members.slice(0, from)]
  return Object.fromEntries(
    turned.map(([key, one]) => [key, turnKeys(one, by)]),
  ) as T
}

/** The same meaning in other words, by the name of what is done. */
export const REFACTORS: Readonly<
  Record<string, (authored: Authored, place: Place) => Authored>
> = {
  'keys in another order': (authored, { role }) => turnKeys(authored, role),
  'entries in another order': (authored) =>
    mapSections(authored, (list) => list.toReversed()),
  'entries written twice': (authored) =>
    mapSections(authored, (list) => [...list, ...list]),
  'patterns written out': (authored) =>
    mapSections(authored, (list, server) =>
      list.flatMap((one) => writeOut(one, authored, server)),
    ),
  'a role split in two': splitRole,
}

/** The locked names that an entry matches; itself where nothing is locked. */
function writeOut(
  entry: EntryText,
  { lock }: Authored,
  server: string,
): readonly EntryText[] {
  if (!Object.hasOwn(lock, server)) return [entry]
  const { tools = [], prompts = [] } = lock[server] ?? {}
  const matching = (list: typeof tools, pattern: unknown) =>
    list
      .map(({ name }) => String(name))
      .filter((name) => matchPattern(String(pattern), name))
  if (typeof entry === 'string') return matching(tools, entry)
  if ('tool' in entry) {
    return matching(tools, entry.tool).map((tool) => ({ ...entry, tool }))
  }
  if (!('prompt' in entry)) return [entry]
  return matching(prompts, entry.prompt).map((prompt) => ({ prompt }))
}

/** What it denies stays; what it allows comes from a role of its own. */
function splitRole({ config, lock }: Authored, place: Place): Authored {
  const name = nameAt(config.roles, place.role)
  const { allow, ...rest } = config.roles[name] as RoleText
  const kept = { ...rest, allow: {}, extends: [...rest.extends, 'new'] }
  const split = { allow, deny: {}, extends: [] }
  const roles = { ...config.roles, [name]: kept, new: split }
  return { config: { ...config, roles }, lock }
}

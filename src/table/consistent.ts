// Whether an artefact is valid: its form, its digest, and its references.
// In: any value, such as a parsed file. Out: the faults, in sentences.
// INVARIANT: assumes nothing about its input's shape, and never throws.

import type {
  Artefact,
  Entry,
  Grants,
  RoutingTable,
} from '../contract/table.ts'
import { FORMAT_VERSION } from './build.ts'
import { canonicalize, digestOf } from './digest.ts'
import { digestOffer } from './lock.ts'

type Known = Readonly<Record<'servers' | 'roles' | 'teams', unknown>>

/** Empty if there is no fault. */
export function consistent(artefact: unknown): string[] {
  if (!isObject(artefact)) return ['the artefact is not an object']
  const { formatVersion, digest, table, places, definitions } = artefact
  if (formatVersion !== FORMAT_VERSION) {
    const given = JSON.stringify(formatVersion)
    return [`formatVersion is ${given}, this release reads ${FORMAT_VERSION}`]
  }
  const missing = Object.entries({ table, places, definitions })
    .filter(([, part]) => !isObject(part))
    .map(([name]) => `\`${name}\` is not an object`)
  if (missing.length > 0) return missing
  try {
    const found = digestOf(table as object)
    if (found !== digest) return ['the digest does not match the table']
    return [
      ...findLooseEnds(table as RoutingTable),
      ...checkDefinitions(artefact as unknown as Artefact),
    ]
  } catch (error) {
    // Only a table that another release wrote comes here.
    return [`the table is malformed: ${(error as Error).message}`]
  }
}

/** References to missing parts, and missing sections. */
export function findLooseEnds(table: RoutingTable): string[] {
  const sections = Object.entries({
    listen: table.listen,
    admin: table.admin,
    grants: table.grants,
    servers: table.servers,
    lock: table.lock,
    roles: table.roles,
    teams: table.teams,
    limits: table.limits,
    tokens: table.tokens,
    tests: table.tests,
    caps: table.caps,
    audit: table.audit,
  })
  const missing = sections
    .filter(([, section]) => !isObject(section))
    .map(([name]) => `section \`${name}\` is missing`)
  missing.push(...findAbsent(table))
  if (missing.length > 0) return missing
  return [
    ...checkNames(table, 'servers', Object.keys(table.lock), 'the lock'),
    ...each(table.roles).flatMap(([name, { allow, deny }]) => [
      ...checkGrants(table, allow, `role \`${name}\``),
      ...checkGrants(table, deny, `role \`${name}\``),
    ]),
    ...each(table.teams).flatMap(([name, { roles }]) =>
      checkNames(table, 'roles', roles, `team \`${name}\``),
    ),
    ...each(table.limits).flatMap(([name, limit]) => [
      ...checkGrants(table, limit.on, `limit \`${name}\``),
      ...checkNames(table, 'teams', limit.for?.teams, `limit \`${name}\``),
      ...checkNames(table, 'roles', limit.for?.roles, `limit \`${name}\``),
    ]),
    ...checkTokens(table),
    ...checkLogin(table),
    ...each(table.tests).flatMap(([name, test]) => [
      ...checkGrants(table, test.allow, `test \`${name}\``),
      ...checkGrants(table, test.deny, `test \`${name}\``),
      ...checkWho(table, test.who, `test \`${name}\``),
    ]),
  ]
}

function checkTokens(table: RoutingTable): string[] {
  return each(table.tokens).flatMap(([id, token]) => [
    ...(token.id === id
      ? []
      : [`token \`${id}\` has another id in its record`]),
    ...(/^[0-9a-f]{64}$/.test(token.sha256)
      ? []
      : [`token \`${id}\` has no sha256`]),
    ...(Number.isSafeInteger(token.expires)
      ? []
      : [`token \`${id}\` never expires`]),
    ...checkNames(table, 'roles', token.roles, `token \`${id}\``),
    ...checkNames(table, 'teams', [token.team ?? []].flat(), `token \`${id}\``),
    ...checkGrants(table, token.tools ?? {}, `token \`${id}\``),
  ])
}

function checkLogin(table: RoutingTable): string[] {
  const teams = table.login?.teams.map.map(({ team }) => team)
  return checkNames(table, 'teams', teams, 'the login')
}

/** Only a table of an earlier release lacks one. */
function findAbsent({ key, state, revoked }: RoutingTable): string[] {
  return Object.entries({ key, state, revoked })
    .filter(([, path]) => typeof path !== 'string')
    .map(([name]) => `\`${name}\` is missing: compile the table again`)
}

/** The digest covers only the table; the table covers its definitions. */
function checkDefinitions({ table, definitions }: Artefact): string[] {
  const servers = new Set([
    ...Object.keys(table.lock),
    ...Object.keys(definitions),
  ])
  return [...servers].flatMap((server) => {
    const [locked, names] = [definitions[server], table.lock[server]]
    if (locked && names) {
      const own = canonicalize(digestOffer(locked).names)
      if (own === canonicalize(names)) return []
    }
    return [`the definitions of \`${server}\` differ from its lock`]
  })
}

function checkWho(table: RoutingTable, who: object, owner: string): string[] {
  const [[kind = '', name] = []] = Object.entries(who)
  const section = Object.entries(table).find(([key]) => key === `${kind}s`)?.[1]
  if (isObject(section) && Object.hasOwn(section, String(name))) return []
  const groups = table.login?.teams.map.map(({ group }) => group)
  if (kind === 'group' && groups?.includes(String(name))) return []
  return [`${owner} names ${kind} \`${String(name)}\`, which does not exist`]
}

function checkGrants(table: Known, grants: Grants, owner: string): string[] {
  return [
    ...checkNames(table, 'servers', Object.keys(grants), owner),
    ...each(grants)
      .flatMap(([, { entries }]) => [...entries])
      .filter((entry) => !isEntry(entry))
      .map(
        (entry) => `${owner} has an entry without rule or kind: ${show(entry)}`,
      ),
  ]
}

function isEntry(entry: Entry): boolean {
  const kinds = ['tool', 'resource', 'prompt'].filter((kind) => kind in entry)
  return kinds.length === 1 && typeof entry.rule === 'string'
}

function checkNames(
  table: Known,
  section: keyof Known,
  names: readonly string[] = [],
  owner: string,
): string[] {
  const known = table[section] as object
  return names
    .filter((name) => !Object.hasOwn(known, name))
    .map(
      (name) =>
        `${owner} names \`${name}\`, which is not declared under ${section}`,
    )
}

function each<T>(section: Readonly<Record<string, T>>): readonly [string, T][] {
  return Object.entries(section)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 80)
}

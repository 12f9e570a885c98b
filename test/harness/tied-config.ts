// A random config made whole: every reference leads to something.
// In: sections by chance. Out: a config that no name is refused for, its lock.

import type { LockedServer } from '../../src/contract/lock.ts'
import { lockOffer } from '../../src/table/lock.ts'
import {
  type Authored,
  type By,
  type ConfigText,
  type EntryText,
  type Raw,
  ROLES,
  type Section,
} from './random-config.ts'

const TOKEN = {
  subject: 'ada',
  sha256: ''.padStart(64, '0'),
  created: '2026-11-01',
  expires: '2026-11-30',
}

/** Keeps what refers to something, so that nothing is refused for a name. */
export function tie({
  servers,
  roles,
  teams,
  limits,
  grants,
  lock,
}: Raw): Authored {
  const first = <T>(section: By<T>, name: string, value: T) =>
    Object.keys(section).length > 0 ? section : { [name]: value }
  const own = first(servers, 'a', 'stdio')
  const known = first(roles, 'r', { extends: [], allow: {}, deny: {} })
  const has = (section: object) => (name: string) =>
    Object.hasOwn(section, name)
  const map = <T, U>(section: By<T>, to: (value: T, name: string) => U) =>
    Object.fromEntries(
      Object.entries(section).map(([name, value]) => [name, to(value, name)]),
    )
  const pick = <T>(section: By<T>) =>
    Object.fromEntries(Object.entries(section).filter(([n]) => has(own)(n)))
  const locked = pick(lock)
  const tieSection = (section: Section): Section =>
    map(pick(section), (list, server) =>
      has(locked)(server)
        ? list.filter((one) => isOffered(one, locked[server]))
        : list,
    )
  const roleNames = Object.keys(known)
  const someRole = (names: readonly string[] = []) => {
    const kept = names.filter(has(known))
    return kept.length > 0 ? kept : roleNames.slice(0, 1)
  }
  const config: ConfigText = {
    servers: map(own, (type, name) =>
      type === 'http' ? { type, url: `https://${name}.example/` } : STDIO,
    ),
    // A role extends later ones alone: no circle.
    roles: map(known, (role, name) => ({
      extends: role.extends
        .filter(has(known))
        .filter((one) => ROLES.indexOf(one) > ROLES.indexOf(name)),
      allow: tieSection(role.allow),
      deny: tieSection(role.deny),
    })),
    teams: map(teams, (team) => ({ roles: someRole(team.roles) })),
    limits: map(limits, ({ on, for: whom, ...rest }) => ({
      ...rest,
      on: tieSection(on),
      ...(whom && {
        for: map(whom, (names: readonly string[], key) =>
          names.filter(has(key === 'teams' ? teams : known)),
        ),
      }),
    })),
    tokens: {
      grants: map(grants, ({ team, roles, tools, ...rest }) => ({
        ...TOKEN,
        ...rest,
        ...(team !== undefined && has(teams)(team)
          ? { team, ...(roles && { roles: someRole(roles) }) }
          : { roles: someRole(roles) }),
        ...(tools && { tools: tieSection(tools) }),
      })),
    },
  }
  return { config, lock: map(locked, makeLocked) }
}

const STDIO = { type: 'stdio', command: 'a-server' }

/** A literal that is not locked would be refused. */
function isOffered(entry: EntryText, offer: By<readonly string[]> = {}) {
  const { tool, prompt } =
    typeof entry === 'string' ? { tool: entry, prompt: undefined } : entry
  const [list, name] =
    tool === undefined ? ['prompts', prompt] : ['tools', tool]
  if (typeof name !== 'string' || name.includes('*')) return true
  return offer[list]?.includes(name) ?? true
}

function makeLocked({ tools, prompts }: By<readonly string[]>): LockedServer {
  const properties = { p: {}, o: {}, n: { type: 'object' } }
  const inputSchema = { type: 'object', properties }
  return lockOffer({
    protocolVersion: '2025-11-25',
    tools: (tools ?? []).map((name) => ({ name, inputSchema })),
    prompts: (prompts ?? []).map((name) => ({ name })),
    resourceTemplates: [],
  })
}

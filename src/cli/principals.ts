// Finds the principal and the use that words on the command line name.
// In: words, a table. Out: a principal, a use; or a message.
// INVARIANT: a whole token is refused and never repeated; an ambiguous word is
// refused.

import type { Kind, RoutingTable } from '../contract/table.ts'
import { quote } from '../diagnostics/credential.ts'
import { suggest, suggestHelp } from '../diagnostics/suggest.ts'
import { listUses, type Principal, type Use } from '../table/access.ts'
import { exposeUse } from '../table/names.ts'
import { judgeWholeToken } from '../table/whole-token.ts'

export type Meant<T> = { readonly meant: T } | { readonly problem: string }

/** A token by id or by subject; a role; a team; a group of the login, which is
 * always written `group:NAME`. */
export function readPrincipal(
  word: string,
  { roles, teams, tokens, login }: RoutingTable,
): Meant<Principal> {
  const [, kind, rest = ''] = /^(role|team|token|group):(.*)$/s.exec(word) ?? []
  if (kind === 'group') {
    const groups = (login?.teams.map ?? []).map(({ group }) => [group, true])
    return choose(rest, kind, Object.fromEntries(groups))
  }
  const sections = { role: roles, team: teams, token: tokens }
  if (kind === 'role' || kind === 'team' || kind === 'token') {
    return choose(rest, kind, sections[kind])
  }
  const problem = judgeWholeToken(word)
  if (problem !== undefined) return { problem }
  const holds = (['role', 'team', 'token'] as const).filter((one) =>
    Object.hasOwn(sections[one], word),
  )
  const [first, second] = holds
  if (first && second) {
    const forms = holds.map((one) => `${one}:${word}`).join(' or ')
    return {
      problem: `${quote(word)} is a ${holds.join(' and a ')}: write ${forms}`,
    }
  }
  if (first) return { meant: { kind: first, name: word } }
  return findSubject(word, sections)
}

function choose(
  name: string,
  kind: Principal['kind'],
  section: object,
): Meant<Principal> {
  if (Object.hasOwn(section, name)) return { meant: { kind, name } }
  const help = suggestHelp(name, Object.keys(section))
  return { problem: `unknown ${kind} ${quote(name)}\nhelp: ${help}` }
}

function findSubject(
  word: string,
  { role, team, token }: Readonly<Record<'role' | 'team' | 'token', object>>,
): Meant<Principal> {
  const records = Object.values(token as RoutingTable['tokens'])
  const own = records.filter(({ subject }) => subject === word)
  const good = own.filter(({ revoked }) => revoked === null)
  const [first, second] = good.length > 0 ? good : own
  if (first && !second) return { meant: { kind: 'token', name: first.id } }
  if (first) {
    const ids = own.map(({ id }) => id).join(', ')
    return {
      problem: `${quote(word)} has several tokens, name one of them: ${ids}`,
    }
  }
  const known = [
    ...Object.keys(role),
    ...Object.keys(team),
    ...new Set(records.map(({ subject }) => subject)),
  ]
  const help = suggestHelp(word, known, 'roles, teams and subjects')
  return {
    problem: `no token, subject, team or role is named ${quote(word)}\nhelp: ${help}`,
  }
}

/** `SERVER/NAME` with the server's own name, or the exposed name. */
export function readUse(
  word: string,
  kind: Kind,
  table: RoutingTable,
): Meant<Omit<Use, 'locked'>> {
  const slash = word.indexOf('/')
  const server = slash === -1 ? '' : word.slice(0, slash)
  if (Object.hasOwn(table.servers, server)) {
    return { meant: { server, kind, name: word.slice(slash + 1) } }
  }
  const exposed = [...listUses([table]), ...listRenamed(table)].find(
    (use) => use.kind === kind && exposeUse(table, use) === word,
  )
  if (exposed) {
    return { meant: { server: exposed.server, kind, name: exposed.name } }
  }
  if (server === '') return findAlone(word, kind, table)
  const help = suggestHelp(server, Object.keys(table.servers))
  return { problem: `unknown server ${quote(server)}\nhelp: ${help}` }
}

/** Tools that a server without a lock shows under another name. */
function listRenamed({
  servers,
}: RoutingTable): readonly Omit<Use, 'locked'>[] {
  return Object.entries(servers).flatMap(([server, { rename }]) =>
    Object.keys(rename).map(
      (name) => ({ server, kind: 'tool', name }) as const,
    ),
  )
}

/** A name without its server, if only one server has it. */
function findAlone(
  word: string,
  kind: Kind,
  table: RoutingTable,
): Meant<Omit<Use, 'locked'>> {
  const own = listUses([table]).filter((use) => use.kind === kind)
  const [first, ...more] = own.filter(({ name }) => name === word)
  if (first && more.length === 0) {
    return { meant: { server: first.server, kind, name: word } }
  }
  const form = `SERVER/${kind.toUpperCase()}`
  if (first) {
    const all = [first, ...more].map(({ server }) => `${server}/${word}`)
    return {
      problem: `several servers have ${quote(word)}: write ${all.join(' or ')}`,
    }
  }
  const nearest = suggest(
    word,
    own.map(({ name }) => name),
  )
  const help =
    nearest === undefined ? '' : `\nhelp: did you mean \`${nearest}\`?`
  return {
    problem: `no server has a ${kind} ${quote(word)}: write ${form}, or the name that clients see${help}`,
  }
}

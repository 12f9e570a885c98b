// What a new token may do, read from flags and held against the config.
// In: flags, the table, the time. Out: a record without its hash, or every
// problem at once.
// INVARIANT: a name that the config does not declare never reaches a record.

import type { RoutingTable } from '../../../contract/table.ts'
import { readDuration, readInstant } from '../../../contract/units.ts'
import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { spellDuration, spellInstant } from '../../terminal.ts'
import type { NewToken } from '../../tokens-file.ts'
import type { IssueOptions } from './issue.ts'

interface Reading {
  readonly grant: Omit<NewToken, 'sha256'>
  readonly problems: readonly string[]
}

export function readGrant(
  options: IssueOptions,
  table: RoutingTable,
  now: number,
): Reading {
  const { subject, team, role = [], tool = [], kind, reason } = options
  const roles = [...new Set(role)].sort()
  const problems = [
    ...judgeText('--subject', subject),
    ...judgeText('--reason', reason),
    ...(team === undefined ? [] : unknown('team', team, table.teams)),
    ...roles.flatMap((name) => unknown('role', name, table.roles)),
    ...tool.flatMap((entry) => judgeTool(entry, table)),
  ]
  if (team === undefined && roles.length === 0) {
    problems.push('a token without --team or --role may do nothing: give one')
  }
  if (kind === 'break-glass' && reason === undefined) {
    problems.push('a break-glass token needs a --reason')
  }
  // Whole seconds, so that what is written is what is judged.
  const created = Math.floor(now / 1000) * 1000
  const expires = readExpiry(options.expires, created, table.maxAge, problems)
  return {
    problems,
    grant: {
      subject,
      kind,
      ...(team === undefined ? {} : { team }),
      ...(roles.length === 0 ? {} : { roles }),
      ...(tool.length === 0 ? {} : { tools: groupTools(tool) }),
      created: spellInstant(created),
      expires: spellInstant(expires),
      ...(reason === undefined ? {} : { reason }),
    },
  }
}

function readExpiry(
  when: string | undefined,
  created: number,
  maxAge: number,
  problems: string[],
): number {
  const latest = created + maxAge
  if (when === undefined) return latest
  const duration = readDuration(when)
  const end = duration === undefined ? readInstant(when) : created + duration
  if (end === undefined) {
    problems.push(`--expires \`${when}\` is none of 12h, 30d or 2027-01-31`)
    return latest
  }
  if (end <= created) problems.push(`--expires ${when} is not in the future`)
  if (end > latest) {
    problems.push(
      `--expires ${when} is beyond the config's tokens.maxAge, ` +
        `${spellDuration(maxAge)}`,
    )
  }
  return end
}

function judgeText(flag: string, value: string | undefined): string[] {
  if (value === undefined) return []
  if (value.trim() === '' || value.length > 200 || /\p{C}/u.test(value)) {
    return [`${flag} must be 1 to 200 printable characters`]
  }
  return []
}

function judgeTool(entry: string, table: RoutingTable): readonly string[] {
  const [server, pattern] = splitTool(entry)
  if (pattern === '') {
    return [`--tool \`${entry}\` is not SERVER/PATTERN, as in github/get_*`]
  }
  if (/[?[\]{}!\\^$|()]/.test(pattern)) {
    return [
      `--tool \`${entry}\`: patterns are literal characters and *; give ` +
        '--tool once for each alternative',
    ]
  }
  return unknown('server', server, table.servers)
}

/** At the first slash: server names have none, tool names may. */
function splitTool(entry: string): readonly [string, string] {
  const slash = entry.indexOf('/')
  if (slash === -1) return [entry, '']
  return [entry.slice(0, slash), entry.slice(slash + 1)]
}

function groupTools(tools: readonly string[]) {
  const grouped = new Map<string, Set<string>>()
  for (const [server, pattern] of tools.map(splitTool).sort()) {
    grouped.set(server, (grouped.get(server) ?? new Set()).add(pattern))
  }
  const lists = [...grouped].map(([server, own]) => [server, [...own]] as const)
  return Object.fromEntries(lists)
}

function unknown(
  what: string,
  name: string,
  known: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (Object.hasOwn(known, name)) return []
  const help = suggestHelp(name, Object.keys(known))
  return [`unknown ${what} \`${name}\`; ${help}`]
}

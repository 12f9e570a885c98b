// The access of a new token, read from flags and checked against the config.
// In: flags, the table, the time. Out: a record without its hash, or all
// problems at once.
// INVARIANT: a name that the config does not declare never reaches a record.

import type { RoutingTable, TokenKind } from '../../../contract/table.ts'
import { readDuration, readInstant } from '../../../contract/units.ts'
import { formatDuration, formatInstant } from '../../../diagnostics/instants.ts'
import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { BREAK_GLASS_MS } from '../../../table/life.ts'
import type { Grant } from './deliver.ts'
import type { IssueOptions } from './issue.ts'

interface Reading {
  readonly grant: Grant
  readonly problems: readonly string[]
}

export function readGrant(
  options: IssueOptions,
  table: RoutingTable,
  now: number,
): Reading {
  const { subject, team, role = [], tools = [], kind, reason } = options
  const roles = [...new Set(role)].sort()
  const problems = [
    ...judgeText('--subject', subject),
    ...judgeText('--reason', reason),
    ...(team === undefined ? [] : unknown('team', team, table.teams)),
    ...roles.flatMap((name) => unknown('role', name, table.roles)),
    ...tools.flatMap((entry) => judgeTool(entry, table)),
  ]
  if (team === undefined && roles.length === 0) {
    problems.push(
      'a token without --team or --role may do nothing: give one of them',
    )
  }
  if (kind === 'break-glass' && reason === undefined) {
    problems.push('a break-glass token needs a --reason')
  }
  // Whole seconds, so that the written and the checked instant are equal.
  const created = Math.floor(now / 1000) * 1000
  const expires = readExpiry(options.expires, kind, created, table, problems)
  const notBefore = readStart(options.notBefore, created, expires, problems)
  return {
    problems,
    grant: {
      subject,
      kind,
      ...(team === undefined ? {} : { team }),
      ...(roles.length === 0 ? {} : { roles }),
      ...(tools.length === 0 ? {} : { tools: groupTools(tools) }),
      created: formatInstant(created),
      ...(notBefore === undefined
        ? {}
        : { notBefore: formatInstant(notBefore) }),
      expires: formatInstant(expires),
      ...(reason === undefined ? {} : { reason }),
    },
  }
}

/** The expiry, bounded as by `check` and the runtime. */
export function readExpiry(
  when: string | undefined,
  kind: TokenKind,
  created: number,
  { maxAge }: Pick<RoutingTable, 'maxAge'>,
  problems: string[],
): number {
  const isShort = kind === 'break-glass' && BREAK_GLASS_MS < maxAge
  const most = isShort ? BREAK_GLASS_MS : maxAge
  const latest = created + most
  if (when === undefined) return latest
  const end = readWhen(when, created)
  if (end === undefined) {
    problems.push(
      `--expires \`${when}\` does not have a form such as 12h, 30d or 2027-01-31`,
    )
    return latest
  }
  if (end <= created) problems.push(`--expires ${when} is not in the future`)
  if (end > latest) {
    const whose = isShort
      ? 'the maximum of a break-glass token'
      : "the config's tokens.maxAge"
    problems.push(
      `--expires ${when} is beyond ${whose}, ${formatDuration(most)}`,
    )
  }
  return end
}

function readStart(
  when: string | undefined,
  created: number,
  expires: number,
  problems: string[],
): number | undefined {
  if (when === undefined) return undefined
  const start = readWhen(when, created)
  if (start === undefined) {
    problems.push(
      `--not-before \`${when}\` does not have a form such as 12h, 30d or 2027-01-31`,
    )
  } else if (start >= expires) {
    problems.push(`--not-before ${when} is not before the token's end`)
  }
  return start
}

/** A duration from then on, or an instant. */
export function readWhen(when: string, from: number): number | undefined {
  const duration = readDuration(when)
  return duration === undefined ? readInstant(when) : from + duration
}

export function judgeText(flag: string, value: string | undefined): string[] {
  if (value === undefined) return []
  if (value.trim() === '' || value.length > 200 || /\p{C}/u.test(value)) {
    return [`${flag} must be 1 to 200 printable characters`]
  }
  return []
}

function judgeTool(entry: string, table: RoutingTable): readonly string[] {
  const [server, pattern] = splitTool(entry)
  if (pattern === '') {
    return [`--tools \`${entry}\` is not SERVER/PATTERN, as in github/get_*`]
  }
  if (/[?[\]{}!\\^$|()]/.test(pattern)) {
    return [
      `--tools \`${entry}\`: patterns are literal characters and *; give ` +
        '--tools once for each alternative',
    ]
  }
  return unknown('server', server, table.servers)
}

/** At the first slash: tool names may contain one, server names may not. */
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

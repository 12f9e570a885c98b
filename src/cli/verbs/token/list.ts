// `gateway token list`: every token record and its state.
// In: the config with its tokens. Out: a table, or JSON.
// INVARIANT: prints what the compiler understood, not what the file says.

import { Option } from 'commander'
import type { RoutingTable, TokenRecord } from '../../../contract/table.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { alignRows } from '../../terminal.ts'
import { type ConfigOptions, configOptions, type Verb } from '../../verb.ts'

interface ListOptions extends ConfigOptions {
  readonly report: 'human' | 'json'
}

export type TokenState = 'active' | 'not yet' | 'expired' | 'revoked'

export const list: Verb<ListOptions> = {
  name: 'list',
  summary: 'list token records with their state',
  help: {
    reads: 'the config, what it imports, and the tokens file',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the records were listed',
      'the config has errors',
      'wrong usage, no config, or a file that cannot be read',
    ],
  },
  configure(command) {
    configOptions(command).addOption(
      new Option('--report <form>', 'form of the result')
        .choices(['human', 'json'])
        .default('human'),
    )
  },
  async run(_args, options, io) {
    const compiled = await compileConfig(options, io)
    if (!compiled.artefact) return tellFindings(compiled, io)
    const { table } = compiled.artefact
    const tokens = Object.values(table.tokens).sort(bySubject)
    if (options.report === 'json') {
      const rows = tokens.map((token) => describe(token, table, io.now()))
      io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      return 0
    }
    const heads = ['ID', 'SUBJECT', 'TEAM', 'ROLES', 'EXPIRES', 'STATE']
    const rows = tokens.map((token) => [
      token.id,
      token.subject,
      token.team ?? '-',
      token.roles.join(' ') || '-',
      new Date(expiryOf(token, table)).toISOString().slice(0, 16),
      stateOf(token, table, io.now()),
    ])
    io.stdout.write(alignRows([heads, ...rows]))
    return 0
  },
}

export function stateOf(
  token: TokenRecord,
  table: RoutingTable,
  now: number,
): TokenState {
  if (token.revoked !== null && token.revoked <= now) return 'revoked'
  if (now >= expiryOf(token, table)) return 'expired'
  if (token.notBefore !== null && now < token.notBefore) return 'not yet'
  return 'active'
}

/** A record never outlives `tokens.maxAge`, whatever it says. */
function expiryOf(token: TokenRecord, table: RoutingTable): number {
  return Math.min(token.expires, token.created + table.maxAge)
}

function bySubject(a: TokenRecord, b: TokenRecord): number {
  const [left, right] = [a, b].map(({ subject, id }) => `${subject}\0${id}`)
  return (left as string) < (right as string) ? -1 : 1
}

/** What JSON shows: all of the record but its hash, which nobody needs. */
function describe(token: TokenRecord, table: RoutingTable, now: number) {
  const { id, subject, kind, team, roles, tools, reason, replaces } = token
  const instant = (at: number | null) =>
    at === null ? null : new Date(at).toISOString()
  return {
    id,
    subject,
    kind,
    team,
    roles,
    tools,
    created: instant(token.created),
    notBefore: instant(token.notBefore),
    expires: instant(expiryOf(token, table)),
    revoked: instant(token.revoked),
    replaces,
    reason,
    state: stateOf(token, table, now),
  }
}

// `gateway token list`: every token record, its state, its reach, its last use.
// In: the config with its tokens; this host's revocations and audit, if any.
// Out: a table, JSON or CSV.
// INVARIANT: prints what the compiler read, not the text of the file.

import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import type { RoutingTable, TokenRecord } from '../../../contract/table.ts'
import { readDuration } from '../../../contract/units.ts'
import { json, plainLines, type Shown } from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { endOf } from '../../../table/life.ts'
import { measureReach, stateOf } from '../../../table/token-state.ts'
import { tabulate } from '../../columns.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import type { ListedToken } from '../../documents/running.ts'
import { type LastUses, readLastUses } from '../../last-use.ts'
import { renderCsv } from '../../render/csv.ts'
import { formOption } from '../../reports.ts'
import { loadRevocations } from '../../revoked.ts'
import { say } from '../../say.ts'
import { paintState } from '../../tones.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../../verb.ts'

interface ListOptions extends ConfigOptions {
  readonly report: 'human' | 'json' | 'csv'
  readonly subject?: readonly string[]
  readonly team?: readonly string[]
  readonly stale?: number
  readonly expiring?: number
}

export const list: Verb<ListOptions> = {
  name: 'list',
  summary: 'list token records with state, tools and last use',
  schemas: ['token-list'],
  help: {
    reads:
      'the config, what it imports and the tokens file; gateway.revoked and up ' +
      'to 256 MiB of the audit, if they exist here',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the records were listed; TOOLS counts locked tools, and `2*` means ' +
        'two patterns for servers without a lock',
      'the config has errors',
      'wrong usage, no config, a file that cannot be read, or --stale ' +
        'without an audit here',
    ],
    examples: [
      'gateway token list --stale 30d',
      'gateway token list --expiring 14d',
    ],
  },
  configure(command) {
    configOptions(command)
      .option('--subject <name...>', 'of these subjects')
      .option('--team <name...>', 'of these teams')
      .option(
        '--stale <time>',
        'active tokens that were not used for this time, such as 30d',
        toMs,
      )
      .option(
        '--expiring <time>',
        'active tokens that expire within this time, such as 14d',
        toMs,
      )
    formOption(command, ['human', 'json', 'csv'])
  },
  async run(_args, options, io) {
    const compiled = await compileConfig(options, io)
    if (!compiled.artefact) return tellFindings(compiled, io)
    const { table } = compiled.artefact
    const audit = resolve(compiled.root, table.audit.file)
    const scene = {
      table,
      now: io.now(),
      revocations: loadRevocations(compiled.root, table.revoked),
      lastUses: await readLastUses(audit),
      reachOf: measureReach(table),
    }
    const { subject, team } = options
    const records = Object.values(table.tokens)
      .filter((token) => subject?.includes(token.subject) ?? true)
      .filter((token) => team?.includes(token.team ?? '') ?? true)
      .sort(bySubject)
    const all = records.map((token) => describe(token, scene))
    const rows = select(all, options, scene, io)
    say(io.stdout, render(rows, options.report))
    return 0
  },
}

interface Scene {
  readonly table: RoutingTable
  readonly now: number
  readonly revocations: ReturnType<typeof loadRevocations>
  readonly lastUses: LastUses | undefined
  readonly reachOf: ReturnType<typeof measureReach>
}

/** The record in JSON: all members but its hash. */
function describe(token: TokenRecord, scene: Scene): ListedToken {
  const { table, now, revocations, lastUses, reachOf } = scene
  const { id, subject, kind, team, roles, tools, reason, replaces } = token
  const instant = (at: number | null) =>
    at === null ? null : new Date(at).toISOString()
  const { tools: reached, patterns } = reachOf(token)
  return {
    id,
    subject,
    kind,
    team,
    roles,
    tools,
    reach: { tools: reached.length, patterns: patterns.length },
    created: instant(token.created),
    notBefore: instant(token.notBefore),
    expires: new Date(endOf(token, table.maxAge)).toISOString(),
    lastUse: lastUses?.uses.get(id) ?? null,
    revoked: instant(token.revoked),
    replaces,
    reason,
    state: stateOf(token, table, now, revocations),
  }
}

type Row = ListedToken

function select(
  rows: readonly Row[],
  { stale, expiring }: ListOptions,
  { now, lastUses }: Scene,
  io: Io,
): readonly Row[] {
  const active = rows.filter(({ state }) => state === 'active')
  if (stale === undefined && expiring === undefined) return rows
  const ending =
    expiring === undefined
      ? active
      : active.filter(({ expires }) => Date.parse(expires) - now <= expiring)
  if (stale === undefined) return ending
  if (!lastUses) {
    throw new Unanswerable(
      '--stale reads the audit, and there is none here: run it where the ' +
        'gateway runs',
    )
  }
  const cut = now - stale
  const old = ending.filter(({ created, lastUse }) => {
    return Date.parse(lastUse ?? created ?? '') <= cut
  })
  const isKnown = ({ lastUse }: Row) =>
    lastUse !== null || Date.parse(lastUses.since) <= cut
  const unsure = old.filter((row) => !isKnown(row)).length
  if (unsure > 0) {
    say(
      io.stderr,
      plainLines([
        `the audit that was read begins at ${lastUses.since}: it does not show whether ` +
          `${unsure} more were used before`,
      ]),
    )
  }
  return old.filter(isKnown)
}

const HEADS = [
  'ID',
  'SUBJECT',
  'TEAM',
  'ROLES',
  'TOOLS',
  'EXPIRES',
  'LAST USE',
  'STATE',
]

function render(rows: readonly Row[], form: ListOptions['report']): Shown {
  if (form === 'json') return json(rows, 2)
  const [short, none] = form === 'human' ? [16, '-'] : [undefined, '']
  const cells = rows.map((row) => [
    row.id,
    row.subject,
    row.team ?? none,
    row.roles.join(' ') || none,
    formatReach(row.reach),
    row.expires.slice(0, short),
    row.lastUse?.slice(0, short) ?? none,
    row.state,
  ])
  if (form === 'human') {
    return tabulate(
      HEADS,
      cells.map((row) => [...row.slice(0, -1), paintState(row.at(-1) ?? '')]),
    )
  }
  const heads = HEADS.map((head) => head.toLowerCase())
  return renderCsv([heads, ...cells])
}

function formatReach({ tools, patterns }: Row['reach']): string {
  if (patterns === 0) return String(tools)
  return tools === 0 ? `${patterns}*` : `${tools}+${patterns}*`
}

function bySubject(a: TokenRecord, b: TokenRecord): number {
  const [left, right] = [a, b].map(({ subject, id }) => `${subject}\0${id}`)
  return (left as string) < (right as string) ? -1 : 1
}

function toMs(text: string): number {
  const duration = readDuration(text)
  if (duration !== undefined) return duration
  throw new InvalidArgumentError('a time is written 12h or 30d')
}

// `gateway token revoke`: in the tokens file, or at once in a running gateway.
// In: ids, a subject, a team or an instant. Out: a line for each record; or the
// confirmation of a gateway.
// INVARIANT: works while the config has errors: offboarding cannot wait.

import { formatInstant } from '../../../diagnostics/instants.ts'
import { count } from '../../../diagnostics/report.ts'
import {
  json,
  type Plain,
  plain,
  plainLines,
  type Shown,
} from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import type { RevocationKind } from '../../../table/revoked.ts'
import { compileConfig, findTokensFile } from '../../compiled.ts'
import type { TokenRevokeDocument } from '../../documents/running.ts'
import { withProgress } from '../../progress.ts'
import { formOption } from '../../reports.ts'
import { type OrderThere, revokeThere } from '../../revoke-there.ts'
import { say } from '../../say.ts'
import { revokeToken } from '../../tokens-file.ts'
import {
  changeTokens,
  parseTokens,
  readTokens,
  type TokenRows,
} from '../../tokens-store.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../../verb.ts'
import { findTarget } from '../status.ts'
import { judgeText } from './grant.ts'
import {
  findUnknown,
  type Named,
  readBefore,
  readId,
  selectIds,
  suggestId,
} from './named.ts'

interface RevokeOptions extends ConfigOptions {
  readonly subject?: string
  readonly team?: string
  readonly allBefore?: string
  readonly reason?: string
  readonly gateway?: string
  readonly tokenFile?: string
  readonly report: 'human' | 'json'
}

export const revoke: Verb<RevokeOptions> = {
  name: 'revoke',
  summary: 'revoke tokens by id, subject, team or instant',
  schemas: ['token-revoke'],
  help: {
    reads:
      'the config, for the path of the tokens file, and that file; with ' +
      '--gateway the config and the key file that it names, or only --token-file',
    writes:
      'one `revoked` line for each record in the tokens file; with --gateway ' +
      'nothing: the gateway writes gateway.revoked on its host',
    contacts: 'nothing; with --gateway its admin listener',
    exits: [
      'every named token is revoked, now or before; with --gateway its ' +
        'calls on that gateway were ended and its streams closed',
      'an id, subject or team is unknown; the config has errors, so that no ' +
        'gateway applies it yet; or the revocation would be lost at a restart',
      'wrong usage; the file cannot be read, edited or written; or no answer ' +
        'from the gateway, so that it revoked nothing',
    ],
    examples: [
      'gateway token revoke k3v9x0q2m7ab --reason "laptop lost"',
      'gateway token revoke --subject alice --gateway http://127.0.0.1:4601',
    ],
  },
  configure(command) {
    configOptions(command.argument('[id...]', 'ids of token records'))
      .option('--subject <name>', 'every token of this subject')
      .option('--team <name>', 'every token of this team')
      .option('--all-before <instant>', 'every token created before this')
      .option('--reason <text>', 'why')
      .option('--gateway <url>', 'revoke at once, through this admin listener')
      .option(
        '--token-file <file>',
        'with --gateway: file with the admin token, - for stdin',
      )
    formOption(command, ['human', 'json'])
  },
  async run(given, options, io) {
    const { subject, team, allBefore, reason, gateway, tokenFile } = options
    const before = readBefore(allBefore, io.now())
    const named = { ids: given.map(readId), subject, team, before }
    const others = [subject, team, before]
    if (named.ids.length === 0 && others.every((one) => one === undefined)) {
      throw new Unanswerable(
        'name an ID, a --subject, a --team or an instant with --all-before',
      )
    }
    const [problem] = judgeText('--reason', reason)
    if (problem !== undefined) throw new Unanswerable(problem)
    if (gateway !== undefined) {
      const target = await findTarget({ ...options, gateway }, io)
      return revokeAt(target, makeOrders(named, reason), options, io)
    }
    if (tokenFile !== undefined) {
      throw new Unanswerable('--token-file needs --gateway')
    }
    return revokeInFile(named, options, io)
  },
}

async function revokeInFile(
  named: Named,
  options: RevokeOptions,
  io: Io,
): Promise<number> {
  const { file, fine } = await findTokensFile(options, io)
  const rows = parseTokens(file, readTokens(file))
  const problems = findUnknown(named, rows, file)
  if (problems.length > 0) {
    say(io.stderr, plainLines(problems))
    return 1
  }
  const wanted = selectIds(named, rows)
  const done = await write(file, wanted, options.reason, io.now())
  const tokens = wanted.map(
    (id) =>
      ({
        id,
        state: done.includes(id) ? REVOKED : BEFORE,
      }) as const,
  )
  const inEffect = done.length === 0 || fine
  if (options.report === 'json') {
    say(io.stdout, renderRevoked({ inEffect, tokens, orders: [] }))
  } else {
    const lines = tokens.map(({ id, state }) => `${id} ${state}`)
    say(io.stdout, plainLines(lines))
  }
  say(io.stderr, describeEffect(file, done, fine))
  return inEffect ? 0 : 1
}

const REVOKED = 'revoked'
const BEFORE = 'was revoked already'

type Told = Omit<TokenRevokeDocument, 'formatVersion' | 'command'>

function renderRevoked(told: Told): Shown {
  const object: TokenRevokeDocument = {
    formatVersion: 1,
    command: 'token revoke',
    ...told,
  }
  return json(object)
}

async function write(
  file: string,
  wanted: readonly string[],
  reason: string | undefined,
  now: number,
): Promise<readonly string[]> {
  const instant = formatInstant(now)
  const fresh = (rows: TokenRows) =>
    wanted.filter((id) => rows[id] && !('revoked' in rows[id]))
  const done: string[] = []
  await changeTokens(file, {
    edit(text) {
      done.push(...fresh(parseTokens(file, text)))
      return done.reduce(
        (now, id) => revokeToken(now, id, instant, reason) ?? now,
        text,
      )
    },
    expect: (rows) => ({
      ...rows,
      ...Object.fromEntries(
        fresh(rows).map((id) => [id, { ...rows[id], revoked: instant }]),
      ),
    }),
  })
  return done
}

const NOW = 'To end them at once on a host: --gateway URL, its admin listener.'

function describeEffect(
  file: string,
  done: readonly string[],
  fine: boolean,
): Plain {
  if (done.length === 0) return plain`nothing to write\n`
  const commit =
    'Commit the file, so that other gateways do so at their next reload.'
  if (fine) {
    return plainLines([
      `Every gateway that watches ${file}`,
      'refuses the revoked tokens within a second and ends their open streams.',
      commit,
      NOW,
    ])
  }
  // A gateway keeps its table while the new one has errors.
  return plainLines([
    'NOT YET IN EFFECT: gateways keep their current table until the config has no errors.',
    'Correct the config, or stop the gateways.',
    commit,
    NOW,
  ])
}

/** A line of `gateway.revoked` for each, because no line can mean both. */
function makeOrders(
  { ids, subject, team, before }: Named,
  reason: string | undefined,
): readonly OrderThere[] {
  if (subject !== undefined && team !== undefined) {
    throw new Unanswerable('with --gateway name a --subject or a --team')
  }
  const more = reason === undefined ? {} : { reason }
  const instant =
    before === undefined ? {} : { before: new Date(before).toISOString() }
  const everyone = before !== undefined && !subject && !team ? '*' : undefined
  const groups = Object.entries({ subject, team, all: everyone })
  return [
    ...ids.map((value) => ({ kind: 'token', value, ...more }) as const),
    ...groups.flatMap(([kind, value]) =>
      value === undefined
        ? []
        : [{ kind: kind as RevocationKind, value, ...instant, ...more }],
    ),
  ]
}

/** A gateway does not list its ids: the tokens file of this config may. */
async function suggestHere(
  { kind, value }: OrderThere,
  options: RevokeOptions,
  io: Io,
): Promise<void> {
  if (kind !== 'token' || options.tokenFile !== undefined) return
  const { tokensFile: file } = await compileConfig(options, io)
  const meant = suggestId(value, readRows(file))
  if (meant) say(io.stderr, plain`help: ${meant}\n`)
}

/** None where the file cannot be read: the gateway has done its part. */
function readRows(file: string): TokenRows {
  try {
    return parseTokens(file, readTokens(file))
  } catch {
    return {}
  }
}

const AT_EACH =
  'People of the login are not in that file: run this for each gateway.'

async function revokeAt(
  target: Awaited<ReturnType<typeof findTarget>>,
  orders: readonly OrderThere[],
  options: RevokeOptions,
  io: Io,
): Promise<number> {
  let exit = 0
  let byLogin = false
  const isJson = options.report === 'json'
  const done: TokenRevokeDocument['orders'][number][] = []
  for (const order of orders) {
    const told = await withProgress(`asking ${target.url}`, io, () =>
      revokeThere(target, order),
    )
    const { tokens, login = false, calls, streams, before, lost } = told
    byLogin ||= login
    const { kind, value } = order
    const what = `${kind} ${value}`
    done.push({ kind, value, ...told })
    const line =
      `${what}: ${count(tokens, 'token')} created before ${before} ` +
      `revoked there, ${count(calls, 'call')} ended, ` +
      `${count(streams, 'stream')} closed`
    if (!isJson) say(io.stdout, plainLines([line]))
    if (tokens === 0 && login) {
      say(
        io.stderr,
        plain`${what}: nothing is open there; whoever signed in before that instant is refused\n`,
      )
    } else if (tokens === 0) {
      say(
        io.stderr,
        plain`${what}: no recorded token matches; the line was written\n`,
      )
      await suggestHere(order, options, io)
    }
    if (lost !== null) {
      say(
        io.stderr,
        plainLines([
          `${what}: NOT SAVED: ${told.file} cannot be written (${lost}), so it ` +
            'is lost when that process ends',
        ]),
      )
    }
    if ((tokens === 0 && !login) || lost !== null) exit = 1
  }
  const inEffect = done.every(({ lost }) => lost === null)
  if (isJson)
    say(io.stdout, renderRevoked({ inEffect, tokens: [], orders: done }))
  say(
    io.stderr,
    plainLines([
      'This applies only to that gateway, also after a restart. For all others, the same',
      'without --gateway: it writes the tokens file, for review.',
      ...(byLogin ? [AT_EACH] : []),
    ]),
  )
  return exit
}

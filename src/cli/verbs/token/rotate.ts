// `gateway token rotate`: a new token for the holder of an old one.
// In: an id, how long both are valid. Out: only the new token on stdout, once;
// its record, and an earlier expiry of the old one.
// INVARIANT: the new token allows no more than the old one, and revives none.

import type { TokenRecord } from '../../../contract/table.ts'
import { formatInstant } from '../../../diagnostics/instants.ts'
import { plain } from '../../../diagnostics/shown.ts'
import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { endOf } from '../../../table/life.ts'
import { stateOf } from '../../../table/token-state.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { formOption } from '../../reports.ts'
import { say } from '../../say.ts'
import { expireToken, insertToken, type NewToken } from '../../tokens-file.ts'
import { parseTokens, readTokens, type TokenRows } from '../../tokens-store.ts'
import { type ConfigOptions, configOptions, type Verb } from '../../verb.ts'
import { advise, deliver, type Grant, makeHand, refuse } from './deliver.ts'
import { judgeText, readExpiry, readWhen } from './grant.ts'
import { reachesAnything } from './issue.ts'
import { readId } from './named.ts'

interface RotateOptions extends ConfigOptions {
  readonly overlap: string
  readonly expires?: string
  readonly reason?: string
  readonly report: 'human' | 'json'
}

export const rotate: Verb<RotateOptions> = {
  name: 'rotate',
  summary: 'create a token that replaces another; the old token expires soon',
  schemas: ['token-issue'],
  help: {
    reads: 'the config, what it imports, and the tokens file',
    writes:
      'one record in the tokens file, and an earlier `expires` for the old token',
    contacts: 'nothing',
    exits: [
      'only the new token is on stdout; it is not shown again',
      'the id is unknown, or its token cannot be replaced; nothing was written',
      'wrong usage, no config, or a file that cannot be read or written',
    ],
    examples: ['gateway token rotate k3v9x0q2m7ab --overlap 24h'],
  },
  configure(command) {
    configOptions(command.argument('<id>', 'id of a token record'))
      .option('--overlap <time>', 'how long the old token stays valid', '24h')
      .option(
        '--expires <when>',
        'of the new token (default: the same lifetime)',
      )
      .option('--reason <text>', 'why')
    formOption(command, ['human', 'json'])
  },
  async run([given = ''], options, io) {
    const id = readId(given)
    const compiled = await compileConfig(options, io)
    if (!compiled.artefact) return tellFindings(compiled, io)
    const { table } = compiled.artefact
    const file = compiled.tokensFile
    const rows = parseTokens(file, readTokens(file))
    const old = Object.hasOwn(table.tokens, id) ? table.tokens[id] : undefined
    const problems = judgeOld(id, old, rows, table.tokens)
    if (old && problems.length === 0) {
      const state = stateOf(old, table, io.now())
      if (state !== 'active') problems.push(`token \`${id}\` is ${state}`)
    }
    const created = Math.floor(io.now() / 1000) * 1000
    const end = readWhen(options.overlap, created)
    if (end === undefined || end <= created) {
      problems.push(
        `--overlap \`${options.overlap}\` is not a time such as 24h`,
      )
    }
    const { maxAge } = table
    const life = old ? Math.min(old.expires - old.created, maxAge) : maxAge
    const when = options.expires ?? `${life}ms`
    const expires = readExpiry(when, 'person', created, table, problems)
    problems.push(...judgeText('--reason', options.reason))
    if (!old || end === undefined || problems.length > 0) {
      return refuse(problems, io)
    }
    const last = formatInstant(Math.min(end, endOf(old, maxAge)))
    const grant = succeed(id, rows, {
      created: formatInstant(created),
      expires: formatInstant(expires),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    })
    const recording = {
      file,
      taken: table.tokens,
      edit: (text: string, next: string, record: NewToken) =>
        insertToken(expireToken(text, id, last) ?? text, next, record),
      expect: (now: TokenRows) => ({
        ...now,
        [id]: { ...now[id], expires: last },
      }),
    }
    const reaches = reachesAnything(table, grant)
    const hand = makeHand(options, 'token rotate', { file, reaches })
    const handed = await deliver(grant, { ...recording, ...hand }, io)
    advise(handed, file, table, io)
    say(io.stderr, plain`token ${id} is valid until ${last}\n`)
    return 0
  },
}

function judgeOld(
  id: string,
  old: TokenRecord | undefined,
  rows: TokenRows,
  tokens: Readonly<Record<string, TokenRecord>>,
): string[] {
  if (!old) {
    const help = suggestHelp(id, Object.keys(rows), 'in the file')
    return [`unknown token \`${id}\`; ${help}`]
  }
  if (!Object.hasOwn(rows, id)) {
    return [`token \`${id}\` is in \`tokens.grants\`: edit the config by hand`]
  }
  if (old.kind === 'break-glass') {
    return [
      `token \`${id}\` is for one emergency: issue a new token if you need one`,
    ]
  }
  const next = Object.values(tokens).find(({ replaces }) => replaces === id)
  return next ? [`token \`${id}\` was already replaced by \`${next.id}\``] : []
}

/** The file's data of the old token, not its team's roles of today. */
function succeed(
  id: string,
  rows: TokenRows,
  {
    created,
    expires,
    reason,
  }: Pick<NewToken, 'created' | 'expires' | 'reason'>,
): Grant {
  const { subject, kind = 'person', team, roles, tools } = rows[id] as NewToken
  return {
    subject,
    kind,
    ...(team === undefined ? {} : { team }),
    ...(roles === undefined ? {} : { roles }),
    ...(tools === undefined ? {} : { tools }),
    created,
    expires,
    replaces: id,
    ...(reason === undefined ? {} : { reason }),
  }
}

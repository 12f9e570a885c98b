// `gateway token revoke`: sets `revoked` in the tokens file.
// In: ids, or a subject or team. Out: the file with one line more a record.
// INVARIANT: works while the config has errors: offboarding cannot wait.

import { suggestHelp } from '../../../diagnostics/suggest.ts'
import { TOKEN_PATTERN } from '../../../table/token.ts'
import { findTokensFile } from '../../compiled.ts'
import { clean, spellInstant } from '../../terminal.ts'
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
  Unanswerable,
  type Verb,
} from '../../verb.ts'

interface RevokeOptions extends ConfigOptions {
  readonly subject?: string
  readonly team?: string
}

export const revoke: Verb<RevokeOptions> = {
  name: 'revoke',
  summary: 'revoke tokens by id, subject or team',
  help: {
    reads: 'the config, for the name of the tokens file, and that file',
    writes: 'one `revoked` line a record into the tokens file',
    contacts: 'nothing',
    exits: [
      'every token named is revoked now, or was before',
      'an id, subject or team is unknown, or the config has errors, so that ' +
        'no gateway follows yet',
      'wrong usage, or the file cannot be read, edited or written',
    ],
    examples: [
      'gateway token revoke k3v9x0q2m7ab',
      'gateway token revoke --subject alice',
    ],
  },
  configure(command) {
    configOptions(command.argument('[id...]', 'ids of token records'))
      .option('--subject <name>', 'every token of this subject')
      .option('--team <name>', 'every token of this team')
  },
  async run(given, options, io) {
    const { subject, team } = options
    const ids = given.map(readId)
    if (ids.length === 0 && subject === undefined && team === undefined) {
      throw new Unanswerable('name an ID, a --subject or a --team')
    }
    const { file, fine } = await findTokensFile(options, io)
    const rows = parseTokens(file, readTokens(file))
    const problems = [
      ...ids.flatMap((id) => unknown('token', id, Object.keys(rows), file)),
      ...unknown('subject', subject, valuesOf(rows, 'subject'), file),
      ...unknown('team', team, valuesOf(rows, 'team'), file),
    ]
    if (problems.length > 0) {
      io.stderr.write(problems.join(''))
      return 1
    }
    const wanted = Object.keys(rows).filter(
      (id) => ids.includes(id) || matches(rows[id], { subject, team }),
    )
    const done = await write(file, wanted, io)
    io.stderr.write(describeEffect(file, done, fine))
    return done.length === 0 || fine ? 0 : 1
  },
}

/** After a leak a whole token is pasted: its id is meant, and its secret is
 * never said again. */
function readId(text: string): string {
  if (!text.startsWith('gwt_')) return text
  const id = TOKEN_PATTERN.exec(text)?.[1]
  if (id === undefined) throw new Unanswerable('that is no token, nor an id')
  return id
}

/** Both, where both are given. */
function matches(
  row: Readonly<object> | undefined,
  wanted: {
    readonly subject?: string | undefined
    readonly team?: string | undefined
  },
): boolean {
  const given = Object.entries(wanted).filter(([, value]) => value)
  return (
    given.length > 0 &&
    given.every(([key, value]) => row?.[key as keyof typeof row] === value)
  )
}

async function write(
  file: string,
  wanted: readonly string[],
  io: Io,
): Promise<readonly string[]> {
  const instant = spellInstant(io.now())
  const fresh = (rows: TokenRows) =>
    wanted.filter((id) => rows[id] && !('revoked' in rows[id]))
  const done: string[] = []
  await changeTokens(file, {
    edit(text) {
      done.push(...fresh(parseTokens(file, text)))
      return done.reduce(
        (now, id) => revokeToken(now, id, instant) ?? now,
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
  for (const id of wanted) {
    const verdict = done.includes(id) ? 'revoked' : 'was revoked already'
    io.stdout.write(`${clean(id)} ${verdict}\n`)
  }
  return done
}

function describeEffect(
  file: string,
  done: readonly string[],
  fine: boolean,
): string {
  if (done.length === 0) return 'nothing to write\n'
  const commit =
    'Commit the file, so that the others do at their next reload.\n'
  if (fine) {
    return (
      `Every gateway that watches ${clean(file)} refuses what was\n` +
      `revoked within a second and ends its open streams. ${commit}`
    )
  }
  // A gateway keeps its table while the new one has errors.
  return (
    'NOT YET IN EFFECT: gateways keep their old table until the config is ' +
    `fine.\nCorrect it, or stop them. ${commit}`
  )
}

function valuesOf(rows: TokenRows, key: string): readonly string[] {
  const values = Object.values(rows).map((row) => row[key as keyof typeof row])
  return [...new Set(values.filter((v) => typeof v === 'string'))]
}

function unknown(
  what: string,
  name: string | undefined,
  known: readonly string[],
  file: string,
): readonly string[] {
  if (name === undefined || known.includes(name)) return []
  const elsewhere =
    what === 'token' ? '; `tokens.grants` is edited by hand' : ''
  const help = suggestHelp(name, known, 'in the file') + elsewhere
  return [
    `${clean(file)} has no ${what} \`${clean(name)}\`; nothing was written\n`,
    `help: ${clean(help)}\n`,
  ]
}

// `gateway token issue`: draws a token and records its hash.
// In: who, which roles, how long. Out: the token alone on stdout, once; its
// record in the tokens file.
// INVARIANT: the token is written nowhere, and printed after its record is.

import { createHash, randomBytes, randomInt } from 'node:crypto'
import { Option } from 'commander'
import { formatToken } from '../../../table/token.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { clean, spellDuration } from '../../terminal.ts'
import { insertToken, type NewToken } from '../../tokens-file.ts'
import { changeTokens } from '../../tokens-store.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../../verb.ts'
import { readGrant } from './grant.ts'

export interface IssueOptions extends ConfigOptions {
  readonly subject: string
  readonly team?: string
  readonly role?: readonly string[]
  readonly tool?: readonly string[]
  readonly kind: 'person' | 'ci' | 'break-glass'
  readonly expires?: string
  readonly reason?: string
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

export const issue: Verb<IssueOptions> = {
  name: 'issue',
  summary: 'draw a token; its record goes to the tokens file',
  help: {
    reads: 'the config, what it imports, and the tokens file',
    writes: 'one record into the tokens file, with the hash of the token',
    contacts: 'nothing',
    exits: [
      'the token is on stdout, alone; it is shown this once',
      'a name is unknown, the expiry too far, or the config has errors; ' +
        'nothing was written',
      'wrong usage, no config, or a file that cannot be read or written',
    ],
    examples: [
      'gateway token issue --subject alice --team platform',
      'gateway token issue --subject nightly --kind ci --role reader ' +
        '--tool "github/get_*" --expires 30d',
    ],
  },
  configure(command) {
    configOptions(command)
      .requiredOption('--subject <name>', 'who holds it: a person, a job')
      .option('--team <name>', 'its team')
      .option('--role <name...>', "its roles (default: its team's)")
      .option(
        '--tool <server/pattern...>',
        'only these of what its roles allow',
      )
      .addOption(
        new Option('--kind <kind>', 'what holds it')
          .choices(['person', 'ci', 'break-glass'])
          .default('person'),
      )
      .option('--expires <when>', 'as 12h, 30d or 2027-01-31 (default: maxAge)')
      .option('--reason <text>', 'why it was issued')
  },
  async run(_args, options, io) {
    const compiled = await compileConfig(options, io)
    if (!compiled.artefact) return tellFindings(compiled, io)
    const { table } = compiled.artefact
    const { grant, problems } = readGrant(options, table, io.now())
    if (problems.length > 0) {
      for (const problem of problems) io.stderr.write(`${clean(problem)}\n`)
      io.stderr.write('nothing was written\n')
      return 1
    }
    const id = drawId(table.tokens)
    const token = formatToken(id, randomBytes(32))
    const sha256 = createHash('sha256').update(token).digest('hex')
    const record = placeHash(grant, sha256)
    await changeTokens(compiled.tokensFile, {
      edit: (text) => insertToken(text, id, record),
      expect: (rows) => ({ ...rows, [id]: record }),
    })
    io.stdout.write(`${token}\n`)
    const { host, port, path } = table.listen
    advise(io, {
      id,
      file: compiled.tokensFile,
      life: Date.parse(record.expires) - Date.parse(record.created),
      expires: record.expires,
      url: `http://${host}:${port}${path}`,
    })
    return 0
  },
}

function drawId(taken: Readonly<Record<string, unknown>>): string {
  while (true) {
    const id = Array.from({ length: 12 }, () => ALPHABET[randomInt(36)]).join(
      '',
    )
    if (!Object.hasOwn(taken, id)) return id
  }
}

/** Beside the roles that it stands for, as a reader expects it. */
function placeHash(grant: Omit<NewToken, 'sha256'>, sha256: string): NewToken {
  const { created, expires, reason, ...who } = grant
  const life = { sha256, created, expires }
  return { ...who, ...life, ...(reason === undefined ? {} : { reason }) }
}

function advise(
  io: Io,
  told: {
    readonly id: string
    readonly file: string
    readonly life: number
    readonly expires: string
    readonly url: string
  },
): void {
  const { id, file, life, expires, url } = told
  const client = {
    mcpServers: {
      gateway: {
        type: 'http',
        url,
        headers: { Authorization: `Bearer \${GATEWAY_TOKEN}` },
      },
    },
  }
  io.stderr.write(
    [
      `token ${id}, good until ${expires} (${spellDuration(life)})`,
      `recorded in ${clean(file)}: commit it; a gateway that watches the`,
      'file accepts the token within a second.',
      'The token itself is the line on stdout. It is shown this once: put it',
      'where your client finds it, as GATEWAY_TOKEN, and paste this there:',
      JSON.stringify(client, null, 2),
      '',
    ].join('\n'),
  )
}

// `gateway token issue`: creates a token and records its hash.
// In: who, which roles, how long. Out: only the token on stdout, once; its
// record in the tokens file.
// INVARIANT: no token is created for a grant that `check` would refuse.

import { Option } from 'commander'
import type { Grants, RoutingTable } from '../../../contract/table.ts'
import { plain, type Shown } from '../../../diagnostics/shown.ts'
import { judgeAccess, listUses } from '../../../table/access.ts'
import { mustFindClient } from '../../clients/clients.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import type { IssuedToken } from '../../documents/setup.ts'
import { formOption } from '../../reports.ts'
import { say } from '../../say.ts'
import { insertToken } from '../../tokens-file.ts'
import type { TokenRows } from '../../tokens-store.ts'
import {
  type ConfigOptions,
  configOptions,
  type Io,
  type Verb,
} from '../../verb.ts'
import {
  advise,
  deliver,
  describeIssued,
  type Grant,
  type HandedOver,
  refuse,
  renderIssued,
} from './deliver.ts'
import { readGrant } from './grant.ts'

export interface IssueOptions extends ConfigOptions {
  readonly subject: string
  readonly team?: string
  readonly role?: readonly string[]
  readonly tools?: readonly string[]
  readonly kind: 'person' | 'ci' | 'break-glass'
  readonly expires?: string
  readonly notBefore?: string
  readonly reason?: string
  readonly client?: string
  readonly report: 'human' | 'json'
}

export const issue: Verb<IssueOptions> = {
  name: 'issue',
  summary: 'create a token and add its record to the tokens file',
  schemas: ['token-issue'],
  help: {
    reads: 'the config, what it imports, and the tokens file',
    writes: 'one record in the tokens file, with the hash of the token',
    contacts: 'nothing',
    exits: [
      'only the token is on stdout; it is not shown again',
      'a name is unknown, the expiry is too late, or the config has errors; ' +
        'nothing was written',
      'wrong usage, no config, or a file that cannot be read or written',
    ],
    examples: [
      'gateway token issue --subject alice --team platform',
      'gateway token issue --subject nightly --kind ci --role reader ' +
        '--tools "github/get_*" --expires 30d',
      'gateway token issue --subject alice --kind break-glass --role admin ' +
        '--reason "INC-42: queue is stuck"',
    ],
  },
  configure(command) {
    configOptions(command)
      .requiredOption('--subject <name>', 'the holder: a person or a job')
      .option('--team <name>', 'its team')
      .option('--role <name...>', "its roles (default: its team's)")
      .option(
        '--tools <server/pattern...>',
        'restrict its roles to these tools',
      )
      .addOption(
        new Option('--kind <kind>', 'kind of its holder')
          .choices(['person', 'ci', 'break-glass'])
          .default('person'),
      )
      .option(
        '--expires <when>',
        '12h, 30d or 2027-01-31 (default: maxAge; 1h for break-glass)',
      )
      .option('--not-before <when>', 'when it becomes valid: 2h or 2027-01-31')
      .option('--reason <text>', 'why; required for break-glass')
      .option('--client <name>', 'print the config of this client')
    formOption(command, ['human', 'json'])
  },
  run: (_args, options, io) =>
    issueToken(options, io, (issued) => renderIssued(issued, 'token issue')),
}

/** `render`: what a program gets, with `--report json`. */
export async function issueToken(
  options: IssueOptions,
  io: Io,
  render: (issued: IssuedToken) => Shown,
): Promise<number> {
  const client =
    options.client === undefined ? undefined : mustFindClient(options.client)
  const compiled = await compileConfig(options, io)
  if (!compiled.artefact) return tellFindings(compiled, io)
  const { table } = compiled.artefact
  const { grant, problems } = readGrant(options, table, io.now())
  if (problems.length > 0) return refuse(problems, io)
  const file = compiled.tokensFile
  const reaches = reachesAnything(table, grant)
  const recording = {
    file,
    taken: table.tokens,
    edit: insertToken,
    expect: (rows: TokenRows) => rows,
    ...(options.report === 'json' && {
      hand: (one: HandedOver, token: string) =>
        render(describeIssued(one, token, { file, reaches })),
    }),
  }
  const handed = await deliver(grant, recording, io)
  advise(handed, file, table, io, client)
  if (!reaches) say(io.stderr, NOTHING)
  return 0
}

/** Whether the config and the lock allow it anything at all. */
export function reachesAnything(
  table: RoutingTable,
  { roles, team, tools }: Pick<Grant, 'roles' | 'team' | 'tools'>,
): boolean {
  const own = roles ?? table.teams[team ?? '']?.roles ?? []
  const narrowed = tools ? narrowTo(tools) : null
  const grantee = {
    roles: own,
    tools: narrowed,
    team: team ?? null,
    token: null,
  }
  return listUses([table]).some((use) => {
    const isDisabled = table.servers[use.server]?.disabled ?? false
    return !isDisabled && judgeAccess(table, grantee, use).granted
  })
}

function narrowTo(tools: NonNullable<Grant['tools']>): Grants {
  const rule = '/tokens'
  return Object.fromEntries(
    Object.entries(tools).map(([server, patterns]) => [
      server,
      { rule, entries: patterns.map((tool) => ({ tool, rule })) },
    ]),
  )
}

const NOTHING = plain`warning: with this config the token may use nothing
help: \`gateway explain WHO\` lists what a role or a team may use
`

// Gives a new token to the caller.
// In: the tokens file and a new record. Out: only the token on stdout, once;
// then its record.
// INVARIANT: no record is stored before its token was given out.

import type { RoutingTable } from '../../../contract/table.ts'
import { formatDuration } from '../../../diagnostics/instants.ts'
import {
  formatJson,
  type Hole,
  json,
  plain,
  plainLines,
  type Shown,
  whole,
} from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { type Client, IN_BRACES, VARIABLE } from '../../clients/client.ts'
import { describeSnippet } from '../../clients/render.ts'
import type { IssueDocument, IssuedToken } from '../../documents/setup.ts'
import { endpointOf } from '../../endpoint.ts'
import { createToken } from '../../new-token.ts'
import { nameCommand } from '../../next-steps.ts'
import { say } from '../../say.ts'
import type { NewToken } from '../../tokens-file.ts'
import { changeTokens, type TokenRows } from '../../tokens-store.ts'
import type { Io } from '../../verb.ts'

export type Grant = Omit<NewToken, 'sha256'>

interface Recording {
  readonly file: string
  /** Ids that are in use. */
  readonly taken: object
  readonly edit: (text: string, id: string, record: NewToken) => string
  readonly expect: (rows: TokenRows) => TokenRows
  /** What goes to stdout; the line of the token when absent. */
  readonly hand?: (handed: HandedOver, token: string) => Shown
}

export interface HandedOver {
  readonly id: string
  readonly record: NewToken
}

export async function deliver(
  grant: Grant,
  { file, taken, edit, expect, hand }: Recording,
  io: Io,
): Promise<HandedOver> {
  const { id, token, sha256 } = createToken(taken)
  const record = placeHash(grant, sha256)
  let said = false
  try {
    await changeTokens(file, {
      edit: (text) => edit(text, id, record),
      expect: (rows) => ({ ...expect(rows), [id]: record }),
      first: async () => {
        const handed = hand?.({ id, record }, token).toString()
        await writeSecret(handed ?? `${token}\n`, io)
        said = true
      },
    })
  } catch (error) {
    if (said)
      say(
        io.stderr,
        plain`the token above is not recorded: no gateway accepts it\n`,
      )
    throw error
  }
  return { id, record }
}

/** Beside the roles that it replaces. */
function placeHash(grant: Grant, sha256: string): NewToken {
  const { created, notBefore, expires, replaces, reason, ...who } = grant
  return {
    ...who,
    sha256,
    created,
    ...(notBefore === undefined ? {} : { notBefore }),
    expires,
    ...(replaces === undefined ? {} : { replaces }),
    ...(reason === undefined ? {} : { reason }),
  }
}

/** Resolves when the system has it: a disk may be full, a pipe closed. */
function writeSecret(line: string, { stdout }: Io): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.send(line, (error?: NodeJS.ErrnoException | null) => {
      if (!error) return resolve()
      const why = `the token could not be written to stdout (${error.code ?? error.message})`
      reject(new Unanswerable(`${why}; nothing was recorded`))
    })
  })
}

/** What goes to stdout with `--report json`, in place of the line. */
export function makeHand(
  { report }: { readonly report: 'human' | 'json' },
  command: IssueDocument['command'],
  more: Pick<IssuedToken, 'file' | 'reaches'>,
): Pick<Recording, 'hand'> {
  if (report === 'human') return {}
  return {
    hand: (handed, token) =>
      renderIssued(describeIssued(handed, token, more), command),
  }
}

export function renderIssued(issued: IssuedToken, command: string): Shown {
  const object = { formatVersion: 1, command, ...issued } as IssueDocument
  return json(object)
}

export function describeIssued(
  { id, record }: HandedOver,
  token: string,
  { file, reaches }: Pick<IssuedToken, 'file' | 'reaches'>,
): IssuedToken {
  const { subject, kind, team, roles, created, expires } = record
  const { notBefore = null, replaces = null } = record
  return {
    id,
    token,
    subject,
    kind,
    team: team ?? null,
    roles: roles ?? null,
    created,
    notBefore,
    expires,
    replaces,
    file,
    reaches,
  }
}

export function refuse(problems: readonly string[], io: Io): number {
  say(io.stderr, plainLines([...problems, 'nothing was written']))
  return 1
}

export function advise(
  { id, record }: HandedOver,
  file: string,
  table: Pick<RoutingTable, 'listen'>,
  io: Io,
  client?: Client,
): void {
  const { created, notBefore, expires } = record
  const life = Date.parse(expires) - Date.parse(created)
  const from = notBefore === undefined ? '' : `from ${notBefore} `
  say(
    io.stderr,
    plainLines([
      `token ${id}, valid ${from}until ${expires} (${formatDuration(life)})`,
      `recorded in ${file}: commit it; a gateway that watches the`,
      'file accepts the token within a second.',
      'The token itself is the line on stdout. It is shown only once: put it',
      ...adviseClient(table, io.env, client),
    ]),
  )
}

function adviseClient(
  table: Pick<RoutingTable, 'listen'>,
  env: Io['env'],
  client: Client | undefined,
): readonly Hole[] {
  const url = endpointOf(table).replace(/:0(?=\/)/, ':PORT')
  const isOpen = url !== endpointOf(table)
  const gateway = nameCommand(env)
  const open = isOpen ? ['PORT: `gateway serve` prints it at each start'] : []
  if (client) {
    return [
      'into a file that only you can read.',
      '',
      ...describeSnippet({ client, url }),
      ...open,
      '',
      'This writes the file, and tests it with the token on stdin:',
      whole(
        `  ${gateway} connect --client ${client.name} --write --gateway ${url}`,
      ),
    ]
  }
  const headers = { Authorization: `Bearer ${IN_BRACES}` }
  const entry = { type: 'http', url, headers }
  return [
    `into the environment of your client as ${VARIABLE}, and add this to its config:`,
    ...formatJson({ mcpServers: { gateway: entry } }, 2)
      .split('\n')
      .map(whole),
    ...open,
    '',
    'Next:',
    `  ${gateway} connect CLIENT --write    # \`${gateway} connect\` lists the clients`,
  ]
}

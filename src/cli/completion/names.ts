// Where the words of a command line come from, if not from the commands.
// In: a table, if there is one. Out: names, each with what it is.
// INVARIANT: offline; without a valid config there are fewer names, and no
// message.

import type { RoutingTable } from '../../contract/table.ts'
import { CODES } from '../../diagnostics/codes.ts'
import { CLIENTS } from '../clients/clients.ts'
import { compileConfig } from '../compiled.ts'
import type { ConfigOptions, Io } from '../verb.ts'
import type { Candidate } from './complete.ts'

/** Of the config; loaded when one is needed. */
export type Names = () => Promise<RoutingTable | undefined>

type Listed = (
  table: RoutingTable | undefined,
  verb: string,
) => readonly Candidate[]

export type Source = 'files' | 'folders' | Listed

const keysOf =
  (section: 'servers' | 'roles' | 'teams', what: string): Listed =>
  (table) =>
    Object.keys(table?.[section] ?? {}).map((text) => ({ text, what }))

const servers = keysOf('servers', 'server')
const roles = keysOf('roles', 'role')
const teams = keysOf('teams', 'team')

const subjects: Listed = (table) =>
  Object.values(table?.tokens ?? {}).map(({ subject, kind }) => ({
    text: subject,
    what: kind,
  }))

const tokens: Listed = (table) =>
  Object.values(table?.tokens ?? {}).map(({ id, subject }) => ({
    text: id,
    what: `token of ${subject}`,
  }))

const principals: Listed = (table, verb) => [
  ...subjects(table, verb),
  ...roles(table, verb),
  ...teams(table, verb),
]

const clients: Listed = () =>
  CLIENTS.map(({ name, title }) => ({ text: name, what: title }))

const codes: Listed = () =>
  Object.entries(CODES).map(([text, { title }]) => ({ text, what: title }))

/** SERVER/TOOL of every lock. */
const tools: Listed = (table) =>
  Object.entries(table?.lock ?? {}).flatMap(([server, lock]) =>
    Object.keys(lock.tools).map((name) => ({
      text: `${server}/${name}`,
      what: 'tool',
    })),
  )

/** Flags by their long name, arguments by the name that help gives them. */
export const SOURCES: {
  readonly flags: Readonly<Record<string, Source>>
  readonly words: Readonly<Record<string, Source>>
} = {
  flags: {
    '--config': 'files',
    '--base-config': 'files',
    '--cwd': 'folders',
    '--file': 'files',
    '--import': 'files',
    '--key': 'files',
    '--head': 'files',
    '--out': 'files',
    '--public': 'files',
    '--secrets': 'files',
    '--token-file': 'files',
    '--client': (table, verb) => (verb === 'query' ? [] : clients(table, verb)),
    '--role': roles,
    '--server': servers,
    '--subject': subjects,
    '--team': teams,
    '--token': (table, verb) => (verb === 'query' ? tokens(table, verb) : []),
    '--tool': tools,
    '--as': (table, verb) =>
      verb === 'serve'
        ? [...roles(table, verb), ...teams(table, verb)]
        : [{ text: 'gateway', what: 'the account that all callers share' }],
  },
  words: {
    file: 'files',
    files: 'files',
    table: 'files',
    server: servers,
    subject: subjects,
    id: tokens,
    name: (table, verb) => [...clients(table, verb), ...servers(table, verb)],
    who: (table, verb) => [
      ...principals(table, verb),
      ...(verb === 'explain' ? codes(table, verb) : []),
    ],
    what: tools,
  },
}

/** Who presses Tab does not wait for longer. */
const PATIENCE_MS = 3_000

export function readNames(words: readonly string[], io: Io): Names {
  return async () => {
    const given = (flag: string) => {
      const at = words.indexOf(flag)
      const joined = words.find((word) => word.startsWith(`${flag}=`))
      return joined?.slice(flag.length + 1) ?? (at < 0 ? at : words[at + 1])
    }
    const [cwd, config] = [given('--cwd'), given('--config')]
    const options: ConfigOptions = {
      ...(typeof cwd === 'string' && { cwd }),
      ...(typeof config === 'string' && { config }),
    }
    const late = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), PATIENCE_MS).unref()
    })
    const compiled = compileConfig(options, io).catch(() => undefined)
    return (await Promise.race([compiled, late]))?.artefact?.table
  }
}

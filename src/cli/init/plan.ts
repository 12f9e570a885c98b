// What `gateway init` will do: flags, and answers of a person at a terminal.
// In: a folder, flags, an Io. Out: a plan, or undefined if there is nothing to
// import although a flag asks for it.
// INVARIANT: writes nothing; a flag is never asked about.

import { plain } from '../../diagnostics/shown.ts'
import { type ClientFile, readClientFile } from '../import/client-file.ts'
import { listServers } from '../import/forms.ts'
import { lookAround, readGivenFiles, showFile } from '../import/given.ts'
import { type Imported, importFiles } from '../import/import.ts'
import { tellUnread } from '../import/report.ts'
import { say } from '../say.ts'
import type { Io } from '../verb.ts'
import { guessHost, type Host } from './ci-jobs.ts'
import { findClientFiles } from './client-places.ts'
import { type Asker, isAtTerminal, openAsker } from './terminal-answers.ts'

export interface Plan {
  readonly imported?: Imported
  readonly ci?: Host
  /** Who gets a first token. */
  readonly subject?: string
}

interface Wishes {
  readonly import?: readonly string[] | true
  readonly tools: 'all' | 'read'
  readonly ci?: Host
  readonly token?: string
  readonly yes?: boolean
}

export async function planSetup(
  folder: string,
  wishes: Wishes,
  io: Io,
): Promise<Plan | undefined> {
  const asker =
    wishes.yes !== true && isAtTerminal(io) ? openAsker(io) : undefined
  try {
    const files = await chooseFiles(folder, wishes, asker, io)
    const tools = await chooseTools(files, wishes, asker)
    const imported = await importChosen(files, folder, tools, io)
    if (imported === 'nothing') return undefined
    const ci = await chooseHost(folder, wishes, asker)
    const subject = await chooseSubject(wishes, asker, io)
    return {
      ...(imported && { imported }),
      ...(ci && { ci }),
      ...(subject !== undefined && { subject }),
    }
  } finally {
    asker?.close()
  }
}

/** Undefined for the starter config. */
async function chooseFiles(
  folder: string,
  wishes: Wishes,
  asker: Asker | undefined,
  io: Io,
): Promise<readonly string[] | undefined> {
  if (Array.isArray(wishes.import)) return wishes.import
  if (!asker && wishes.import !== true) return undefined
  const offered = await listOffered(folder, io)
  if (wishes.import === true) return offered.map(({ path }) => path)
  if (offered.length === 0) return undefined
  say(io.stderr, plain`Files of MCP clients:\n`)
  for (const { path, form, names } of offered) {
    say(io.stderr, plain`  ${showFile(path, io)} (${form}): ${names}\n`)
  }
  const text = 'Write their servers to the config?'
  const answer = await asker?.ask({
    text,
    answers: ['yes', 'no'],
    usual: 'yes',
  })
  return answer === 'yes' ? offered.map(({ path }) => path) : undefined
}

interface Offered {
  readonly path: string
  readonly form: string
  readonly names: string
}

const SHOWN = 6

/** Those with at least one server; of others, a line says why not. */
async function listOffered(
  folder: string,
  io: Io,
): Promise<readonly Offered[]> {
  const offered: Offered[] = []
  for (const path of findClientFiles(folder, io.env)) {
    const read = await readOne(path, io)
    const listed = read ? (listServers(read.value)?.listed ?? []) : []
    const [first] = listed
    if (!first) continue
    const names = listed.slice(0, SHOWN).map(({ name }) => name)
    const more =
      listed.length > SHOWN ? `, and ${listed.length - SHOWN} more` : ''
    offered.push({ path, form: first.form, names: names.join(', ') + more })
  }
  return offered
}

async function readOne(path: string, io: Io): Promise<ClientFile | undefined> {
  try {
    const [given] = await readGivenFiles([path], io)
    if (!given) return undefined
    const read = await readClientFile(given.name, given.bytes)
    if ('value' in read) return read
    say(io.stderr, plain`not offered: ${read.name}: ${read.message}\n`)
  } catch (error) {
    say(io.stderr, plain`not offered: ${(error as Error).message}\n`)
  }
  return undefined
}

async function chooseTools(
  files: readonly string[] | undefined,
  { tools }: Wishes,
  asker: Asker | undefined,
): Promise<'all' | 'read'> {
  if (!files || !asker) return tools
  const text =
    'Which tools may everybody use: all, or those whose names say that they read?'
  const answer = await asker.ask({
    text,
    answers: ['all', 'read'],
    usual: tools,
  })
  return answer === 'read' ? 'read' : 'all'
}

async function importChosen(
  files: readonly string[] | undefined,
  folder: string,
  tools: 'all' | 'read',
  io: Io,
): Promise<Imported | 'nothing' | undefined> {
  if (!files) return undefined
  const given = await readGivenFiles(files, io)
  const imported = await importFiles(
    given,
    lookAround(folder, files, io),
    tools,
  )
  if (imported.unread.length > 0) {
    tellUnread(imported.unread, io)
    return 'nothing'
  }
  if (imported.drafts.length > 0) return imported
  say(io.stderr, plain`no server was found to import; nothing was written\n`)
  return 'nothing'
}

async function chooseHost(
  folder: string,
  { ci }: Wishes,
  asker: Asker | undefined,
): Promise<Host | undefined> {
  if (ci || !asker) return ci
  const answer = await asker.ask({
    text: 'Write a CI job that judges pull requests?',
    answers: ['github', 'gitlab', 'no'],
    usual: guessHost(folder) ?? 'no',
  })
  return answer === 'no' ? undefined : (answer as Host)
}

async function chooseSubject(
  { token }: Wishes,
  asker: Asker | undefined,
  { env }: Io,
): Promise<string | undefined> {
  if (token !== undefined || !asker) return token
  const subject = (env.USER ?? env.USERNAME ?? 'me').toLowerCase()
  const text = `Issue a token for ${subject} now? It is printed once.`
  const answer = await asker.ask({ text, answers: ['yes', 'no'], usual: 'no' })
  return answer === 'yes' ? subject : undefined
}

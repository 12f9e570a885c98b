// `gateway connect CLIENT`: its config, printed or written, and a test of it.
// In: a client, an address, a token. Out: a snippet or a file, and findings.
// INVARIANT: the token is written only into a file of a client that has no other
// way, which nobody else can read; it is never printed.

import { existsSync } from 'node:fs'
import { plain } from '../../../diagnostics/shown.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { isInside } from '../../../regular.ts'
import type { Client } from '../../clients/client.ts'
import { type Look, look } from '../../clients/look.ts'
import { findPlace } from '../../clients/place.ts'
import {
  type Connected,
  renderConnectedJson,
  renderLook,
  renderSetup,
  renderUndone,
} from '../../clients/render.ts'
import { fillIn, listEntries } from '../../clients/snippet.ts'
import { type Target, takeOut, writeInto } from '../../clients/write.ts'
import { type Endpoint, findEndpoint } from '../../endpoint.ts'
import { nameCommand } from '../../next-steps.ts'
import { withProgress } from '../../progress.ts'
import { say } from '../../say.ts'
import { isTerminal } from '../../terminal.ts'
import { readTokenFrom } from '../../token-input.ts'
import type { Io } from '../../verb.ts'
import type { ConnectOptions } from './options.ts'

/** What was found and read already. */
interface Given {
  readonly found?: Endpoint
  readonly token?: string | undefined
}

export async function connectClient(
  client: Client,
  options: ConnectOptions,
  io: Io,
  given: Given = {},
): Promise<number> {
  if (options.undo) return undo(client, options, io)
  const { url, table } = given.found ?? (await findEndpoint(options, io))
  const isJson = options.report === 'json'
  const isWritten = client.token === 'written' && options.write === true
  const first = isWritten ? (given.token ?? (await askToken(options, io))) : ''
  const file = options.write
    ? write(client, url, first, options, io)
    : undefined
  if (!isJson) say(io.stdout, renderSetup({ client, url, file }))
  const seen = options.test
    ? await test(client, { url, table }, first || given.token, options, io)
    : undefined
  const told: Connected = { client, url, file, seen }
  if (isJson) say(io.stdout, renderConnectedJson(told))
  else if (seen) {
    say(io.stdout, renderLook(told, seen, nameCommand(io.env)))
  }
  const failed = seen !== undefined && 'fault' in seen
  return failed || file?.did === 'refused' ? 1 : 0
}

/** Undefined without a token. */
async function test(
  client: Client,
  { url, table }: Endpoint,
  given: string | undefined,
  options: ConnectOptions,
  io: Io,
): Promise<Look | undefined> {
  const token = given ?? (await askToken(options, io))
  if (token !== '') {
    return withProgress(`asking ${url} as ${client.title} would`, io, () =>
      look(client, { url, token }, table),
    )
  }
  say(
    io.stderr,
    plain`not tested: give the token on stdin, --token-file or --token-env\n`,
  )
  return undefined
}

/** '' without one: a snippet needs none. */
async function askToken(options: ConnectOptions, io: Io): Promise<string> {
  const isTyped =
    isTerminal(io.stdin) &&
    options.tokenFile === undefined &&
    options.tokenEnv === undefined
  if (isTyped) {
    say(io.stderr, plain`the test needs your token; Ctrl-D alone skips it\n`)
  }
  return readTokenFrom(options, io)
}

function write(
  client: Client,
  url: string,
  token: string,
  options: ConnectOptions,
  io: Io,
) {
  const isSecret = client.token === 'written'
  if (isSecret && token === '') {
    throw new Unanswerable(
      plain`${client.title} has the token in its file: give it on stdin, --token-file or --token-env`,
    )
  }
  const path = mustPlace(client, options, io)
  if (isSecret && options.project) {
    throw new Unanswerable(
      plain`${client.title} has the token in its file, and the file of a project is committed\nhelp: leave out --project, or give a --file that git ignores`,
    )
  }
  const filled = isSecret ? { url, token } : fillIn(client, url)
  const target: Target = {
    path,
    format: client.file?.format ?? 'json',
    entries: listEntries(client, filled),
  }
  const replace = options.replace ?? false
  return { path, ...writeInto(target, { isSecret, replace }) }
}

function undo(client: Client, options: ConnectOptions, io: Io): number {
  if (options.write) throw new Unanswerable('give --write or --undo, not both')
  const path = mustPlace(client, options, io)
  const entries = listEntries(client, fillIn(client, 'https://gateway.invalid'))
  const format = client.file?.format ?? 'json'
  const target = { path, format, entries }
  const undone = takeOut(target, options.replace ?? false)
  say(io.stdout, renderUndone(client, path, undone, options.report))
  return undone.did === 'refused' ? 1 : 0
}

function mustPlace(client: Client, options: ConnectOptions, io: Io): string {
  if (!client.file) {
    throw new Unanswerable(
      plain`${client.title} has no file: run this without --write, and paste what it prints`,
    )
  }
  const path = findPlace(client, options, io)
  if (path !== undefined) {
    const leads = options.project && existsSync(path) && !isInside(path, io.cwd)
    if (!leads) return path
    throw new Unanswerable(
      plain`${path} is a link that leads out of this folder; nothing was changed`,
    )
  }
  throw new Unanswerable(
    plain`give the file of ${client.title} with --file: it has no place that is known${options.project ? ' in a project' : ''}`,
  )
}

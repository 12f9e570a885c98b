// `gateway connect`: a client to the gateway, or a person to a server.
// In: the name of a client or of a server. Out: a config, or a sign-in.
// INVARIANT: of a name that both have, the server wins; --client names the
// other.

import type { Command } from 'commander'
import { json, plainLines } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import { askState, readOrigin } from '../accounts-there.ts'
import { CLIENTS, findClient, mustFindClient } from '../clients/clients.ts'
import { tabulate } from '../columns.ts'
import type { ClientsDocument } from '../documents/running.ts'
import { type Endpoint, findEndpoint } from '../endpoint.ts'
import { nameCommand } from '../next-steps.ts'
import { formOption } from '../reports.ts'
import { say } from '../say.ts'
import { isTerminal } from '../terminal.ts'
import { readTokenFrom, tokenOptions } from '../token-input.ts'
import { configOptions, type Io, type Verb } from '../verb.ts'
import { connectClient } from './connect/client.ts'
import type { ConnectOptions } from './connect/options.ts'
import { connectServer } from './connect/server.ts'

export const connect: Verb<ConnectOptions> = {
  name: 'connect',
  summary: 'set up an MCP client, or sign in to a server that wants it',
  schemas: ['connect'],
  help: {
    reads:
      'your gateway token from stdin, a file or the variable that --token-env ' +
      'names; the config for the address of the gateway, unless --gateway names ' +
      'it; with --write the file of the client, below HOME; with --as gateway ' +
      'the key file that the config names, or --token-file',
    writes:
      'for a client with --write its file, and that file as it was to ' +
      'FILE.before-gateway; otherwise nothing',
    contacts:
      'the gateway; for a sign-in it also opens the browser if stderr is a ' +
      'terminal, or if the variable BROWSER names one',
    exits: [
      'the config of the client is printed or written, and the test passed or ' +
        'there was no token; or the account is connected',
      'the client would not reach the gateway, its file has another server of ' +
        'this name, or nobody signed in within ten minutes',
      'wrong usage, no config, a file that cannot be changed safely, or no ' +
        'gateway that accepts the token',
    ],
    examples: [
      'gateway connect cursor --gateway https://gateway.example.com/mcp',
      'gateway connect claude-code --write --token-env GATEWAY_TOKEN',
      'gateway connect codex --undo',
      'gateway connect notion --gateway https://gateway.example.com < token',
      'gateway connect linear --as gateway',
    ],
  },
  configure(command) {
    configOptions(
      command.argument('[name]', 'a client; or a server, as the config has it'),
    ).option(
      '--gateway <url>',
      'address of the endpoint; with --as gateway of the admin listener (default: from the config)',
    )
    tokenOptions(command)
    clientOptions(command)
    command
      .option(
        '--as <whom>',
        'for a server: gateway, the account that all callers share, by an operator',
      )
      .option(
        '--again',
        'for a server: sign in also if an account is connected',
      )
      .option(
        '--no-browser',
        'for a server: print the address, open no browser',
      )
    formOption(command, ['human', 'json'])
  },
  async run([name], options, io) {
    const { client } = options
    if (client !== undefined) {
      if (name !== undefined) {
        throw new Unanswerable('name a client once: --client, or alone')
      }
      return connectClient(mustFindClient(client), options, io)
    }
    if (name === undefined) return listClients(options, io)
    const known = findClient(name)
    if (!known || options.as !== undefined) {
      return connectServer(name, options, io)
    }
    if (options.undo) return connectClient(known, options, io)
    const found = await findEndpoint(options, io)
    const server = await findServer(name, found, options, io)
    const { token } = server
    return server.is
      ? connectServer(name, options, io, token)
      : connectClient(known, options, io, { found, token })
  },
}

function clientOptions(command: Command): Command {
  return command
    .option('--client <name>', 'a client that has the name of a server')
    .option('--write', 'for a client: write its file, instead of printing it')
    .option('--undo', 'for a client: take the gateway out of its file')
    .option('--replace', 'also where another server has the name')
    .option('--project', 'with --write: the file in the current folder')
    .option('--file <file>', 'with --write and --undo: another file')
    .option('--no-test', 'for a client: do not ask the gateway')
}

/** Whether a server has this name of a client. A gateway that is named is
 * asked, if there is a token for it. */
async function findServer(
  name: string,
  { url, table }: Endpoint,
  options: ConnectOptions,
  io: Io,
): Promise<{ readonly is: boolean; readonly token?: string }> {
  if (table) return { is: Object.hasOwn(table.servers, name) }
  const isGiven =
    options.tokenFile !== undefined ||
    options.tokenEnv !== undefined ||
    !isTerminal(io.stdin)
  if (!options.test || !isGiven) return { is: false }
  const token = await readTokenFrom(options, io)
  if (token === '') return { is: false, token }
  // A failure is told by the test of the client.
  const state = await askState(readOrigin(url), token).catch(() => undefined)
  const is = state?.servers.some((one) => one.name === name) ?? false
  return { is, token }
}

function listClients({ report }: ConnectOptions, io: Io): number {
  if (report === 'json') {
    const clients = CLIENTS.map(({ name, title, token }) => ({
      name,
      title,
      token,
    }))
    say(io.stdout, json({ clients } satisfies ClientsDocument, 2))
    return 0
  }
  const rows = CLIENTS.map(({ name, title, token }) => [
    name,
    title,
    WAYS[token],
  ])
  say(io.stdout, tabulate(['CLIENT', 'IS', 'THE TOKEN'], rows))
  say(
    io.stderr,
    plainLines([
      '',
      `${nameCommand(io.env)} connect CLIENT prints its config; --write writes it.`,
    ]),
  )
  return 0
}

const WAYS = {
  variable: 'in an environment variable',
  asked: 'asked once, kept by the client',
  written: 'in its file',
} as const

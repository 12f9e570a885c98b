// Reads a token that a person gives to a verb.
// In: a file, a variable, or stdin. Out: the token.
// INVARIANT: never from the command line, where others can see it; from the
// environment only by the name that an option gives.

import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readGiven } from './files.ts'
import { say } from './say.ts'
import { isTerminal } from './terminal.ts'
import type { Io } from './verb.ts'

export interface TokenOptions {
  readonly tokenFile?: string
  readonly tokenEnv?: string
}

/** `--token-file` and `--token-env`; without them, stdin. */
export function tokenOptions(command: Command): Command {
  return command
    .option('--token-file <file>', 'file with the token (default: stdin)')
    .option('--token-env <name>', 'environment variable with the token')
}

/** Without a file, or of `-`, stdin. */
export async function readToken(
  file: string | undefined,
  io: Io,
): Promise<string> {
  if (file?.startsWith('gwt_')) refuseToken()
  if (file === undefined || file === '-') {
    if (isTerminal(io.stdin)) {
      say(io.stderr, plain`type the token, then Enter and Ctrl-D:\n`)
    }
    return (await text(io.stdin)).trim()
  }
  return readGiven(resolve(io.cwd, file)).trim()
}

export async function readTokenFrom(
  { tokenFile, tokenEnv }: TokenOptions,
  io: Io,
): Promise<string> {
  if (tokenEnv === undefined) return readToken(tokenFile, io)
  if (tokenEnv.startsWith('gwt_')) refuseToken()
  if (tokenFile !== undefined) {
    throw new Unanswerable('give --token-file or --token-env, not both')
  }
  const token = io.env[tokenEnv]?.trim()
  if (token) return token
  throw new Unanswerable(
    plain`the environment variable ${tokenEnv} is not set\nhelp: export it in this shell, or give --token-file`,
  )
}

function refuseToken(): never {
  throw new Unanswerable(
    plain`a token on the command line is stored in the history of the shell, and others\ncan see it: write it to stdin, and revoke this one`,
  )
}

// Reads a token that a person gives to a verb.
// In: a file, or stdin. Out: the token.
// INVARIANT: never from the command line, where others can see it.

import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { plain } from '../diagnostics/shown.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readGiven } from './files.ts'
import { say } from './say.ts'
import type { Io } from './verb.ts'

/** Without a file, or of `-`, stdin. */
export async function readToken(
  file: string | undefined,
  io: Io,
): Promise<string> {
  if (file?.startsWith('gwt_')) {
    throw new Unanswerable(
      plain`a token on the command line is stored in the history of the shell, and others\ncan see it: write it to stdin, and revoke this one`,
    )
  }
  if (file === undefined || file === '-') {
    const { isTTY } = io.stdin as { readonly isTTY?: boolean }
    if (isTTY) say(io.stderr, plain`type the token, then Enter and Ctrl-D:\n`)
    return (await text(io.stdin)).trim()
  }
  return readGiven(resolve(io.cwd, file)).trim()
}

// Completes the words of a command line, for the script of a shell.
// In: words, an Io, what builds the command line. Out: a line for each candidate.
// INVARIANT: only the verb of the words is loaded, and nothing of it runs.

import type { Command } from 'commander'
import { joinPlain, plainLines } from '../../diagnostics/shown.ts'
import { say } from '../say.ts'
import type { Io } from '../verb.ts'
import { complete } from './complete.ts'
import { readNames } from './names.ts'

export async function completeWords(
  words: readonly string[],
  io: Io,
  build: (verbs: readonly string[]) => Promise<Command>,
): Promise<void> {
  const verb = words.length > 1 ? (words[0] ?? '') : ''
  const program = await build(verb ? [verb] : [])
  const answer = await complete(program, words, readNames(words, io))
  const lines =
    typeof answer === 'string'
      ? [`:${answer}`]
      : answer.map(({ text, what }) => joinPlain([text, what], '\t'))
  say(io.stdout, plainLines(lines))
}

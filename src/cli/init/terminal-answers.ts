// Asks a person at a terminal.
// In: a question with its answers. Out: one of them.
// INVARIANT: asks nothing without a terminal on both sides; no answer, and the
// end of the input, is the default.

import { createInterface } from 'node:readline'
import { plain } from '../../diagnostics/shown.ts'
import { say } from '../say.ts'
import { isTerminal } from '../terminal.ts'
import type { Io } from '../verb.ts'

export interface Question {
  readonly text: string
  /** The first letter of each is enough. */
  readonly answers: readonly string[]
  readonly usual: string
}

export interface Asker {
  ask(question: Question): Promise<string>
  close(): void
}

export function isAtTerminal({ stdin, stderr, failure }: Io): boolean {
  return !failure.isWanted && isTerminal(stdin) && stderr.isTerminal
}

/** Wrong answers to one question, after which the default counts. */
const PATIENCE = 3

export function openAsker(io: Io): Asker {
  const lines = createInterface({ input: io.stdin, terminal: false })
  const answers = lines[Symbol.asyncIterator]()
  const readLine = async () => {
    const { value, done } = await answers.next()
    return done === true ? undefined : String(value)
  }
  return {
    ask: async ({ text, answers: known, usual }) => {
      const shown = known.map((one) =>
        one === usual ? one.toUpperCase() : one,
      )
      for (let round = 0; round < PATIENCE; round++) {
        say(io.stderr, plain`${text} [${shown.join('/')}] `)
        const line = await readLine()
        if (line === undefined) say(io.stderr, plain`\n`)
        const answer = (line ?? '').trim().toLowerCase()
        if (answer === '') return usual
        const meant = known.filter((one) => one.startsWith(answer))
        if (meant.length === 1) return meant[0] ?? usual
      }
      return usual
    },
    close: () => lines.close(),
  }
}

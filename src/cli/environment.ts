// The environment from which secrets are read.
// In: the process's own, optionally a file named by `--secrets`. Out: both.
// INVARIANT: a file is read only if it is named; the environment wins. (Node
// reads `--env-file` itself, at any position, so the flag has another name.)

import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readRegularText } from '../regular.ts'
import type { Io } from './verb.ts'

export function readEnvironment(file: string | undefined, io: Io): Io['env'] {
  if (file === undefined) return io.env
  let text: string
  try {
    text = readRegularText(resolve(io.cwd, file))
  } catch (error) {
    const { message } = error as Error
    throw new Unanswerable(`--secrets cannot be read: ${message}`)
  }
  const lines = text.split(/\r?\n/)
  const odd = lines.findIndex((line) => !/^\s*(?:#|$|[\w.]+\s*=)/.test(line))
  if (odd !== -1) {
    throw new Unanswerable(
      `${file}:${odd + 1}: not a line of the form NAME=value`,
    )
  }
  return { ...parseEnv(text), ...io.env }
}

// The environment that secrets are read from.
// In: the process's own, perhaps a file that `--env-file` names. Out: both.
// INVARIANT: no file is read unless it is named; the environment wins.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { type Io, Unanswerable } from './verb.ts'

export function readEnvironment(file: string | undefined, io: Io): Io['env'] {
  if (file === undefined) return io.env
  try {
    const text = readFileSync(resolve(io.cwd, file), 'utf8')
    return { ...parseEnv(text), ...io.env }
  } catch (error) {
    const { message } = error as Error
    throw new Unanswerable(`--env-file cannot be read: ${message}`)
  }
}

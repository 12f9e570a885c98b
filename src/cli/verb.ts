// The shape of a verb of the command line.
// In: nothing. Out: the types that run.ts, every verb and their tests share.
// INVARIANT: a verb reaches the outside only through its Io, and its exit code
// means 0 fine, 1 the answer is "not fine", 2 no answer.

import type { Command } from 'commander'
import type { Seal } from '../compile.ts'
import type { Clock } from '../runtime/base/clock.ts'
import type { Failure } from './failure.ts'
import type { Screen } from './screen.ts'

/** What a process passes to a verb; tests pass their own. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => number
  /** Runs a config that is code; a sealed child for each when absent. */
  readonly seal?: Seal
  /** Of progress; the system's when absent. */
  readonly clock?: Clock
}

/** The same, as a verb uses it. */
export interface Io extends Omit<Surroundings, 'stdout' | 'stderr'> {
  /** Only the result. */
  readonly stdout: Screen
  /** Progress, advice and findings about the run. */
  readonly stderr: Screen
  /** For programs: why there is no result. */
  readonly failure: Failure
}

/** Shown by `--help`: what the verb reads and writes, and its exit codes. */
export interface Help {
  readonly reads: string
  readonly writes: string
  readonly contacts: string
  /** Meaning of exit codes 0, 1 and 2. */
  readonly exits: readonly [string, string, string]
  readonly examples?: readonly string[]
}

export interface Verb<Options extends object = object> {
  readonly name: string
  readonly summary: string
  /** Of what `--report json` prints, besides a failure: files of schema/,
   * without `.schema.json`. Empty: a program has nothing to read. */
  readonly schemas: readonly string[]
  readonly help: Help
  /** Adds arguments and options; `--cwd` and `--config` come from
   * configOptions(). */
  configure(command: Command): void
  run(args: readonly string[], options: Options, io: Io): Promise<number>
}

/** A verb that only contains others: `token issue`, `token list`. */
export interface VerbGroup {
  readonly name: string
  readonly summary: string
  readonly verbs: readonly Verb[]
}

/** `--cwd` and `--config`, the same for every verb that reads a config. */
export interface ConfigOptions {
  readonly cwd?: string
  readonly config?: string
}

export function configOptions(command: Command): Command {
  return command
    .option('--cwd <folder>', 'folder to start from (default: the current one)')
    .option('--config <file>', 'config file (default: the one found in --cwd)')
}

/** `--gateway` and `--token-file`, of a verb that always asks a gateway. */
export function adminOptions(command: Command): Command {
  return command
    .option('--gateway <url>', 'admin listener (default: from the config)')
    .option(
      '--token-file <file>',
      'file with the admin token, - for stdin (default: from the key file)',
    )
}

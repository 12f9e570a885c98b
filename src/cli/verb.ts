// What a verb of the command line is.
// In: nothing. Out: the shapes that run.ts, every verb and their tests share.
// INVARIANT: a verb reaches the outside through its Io alone, and its exit code
// means 0 fine, 1 the answer is "not fine", 2 could not answer.

import type { Command } from 'commander'

/** What a process gives a verb; tests give their own. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream
  /** The result, and nothing else. */
  readonly stdout: NodeJS.WritableStream
  /** Progress, advice and findings about the run. */
  readonly stderr: NodeJS.WritableStream
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => number
}

/** Shown by `--help`: what the verb touches, and what its exit codes say. */
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
  readonly help: Help
  /** Adds arguments and options; `--cwd` and `--config` come from
   * configOptions(). */
  configure(command: Command): void
  run(args: readonly string[], options: Options, io: Io): Promise<number>
}

/** A verb that only holds others: `token issue`, `token list`. */
export interface VerbGroup {
  readonly name: string
  readonly summary: string
  readonly verbs: readonly Verb[]
}

/** `--cwd` and `--config`, alike on every verb that reads a config. */
export interface ConfigOptions {
  readonly cwd?: string
  readonly config?: string
}

export function configOptions(command: Command): Command {
  return command
    .option('--cwd <folder>', 'folder to start from (default: the current one)')
    .option('--config <file>', 'config file (default: the one found in --cwd)')
}

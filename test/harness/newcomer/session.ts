// A shell in which a newcomer types commands, one after the other.
// In: a folder, an environment, the README. Out: what each command printed, how
// many there were, and every stumble.
// INVARIANT: a command gets no terminal, and nothing on stdin but its input.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Owner } from '../process.ts'
import { findStumbles } from './stumbles.ts'

export interface Wanted {
  readonly command: string
  /** Where the newcomer read of it: see `Typed`. */
  readonly named: string
  readonly input?: string
  /** It runs on when it has printed this. */
  readonly until?: RegExp
}

export interface Session {
  /** Resolves with stdout. */
  type(wanted: Wanted): Promise<string>
  readonly commands: readonly string[]
  /** What each command printed, in order. */
  readonly printed: readonly string[]
  /** Of all commands, with what those that run on have printed since. */
  stumbles(): readonly string[]
}

/** How a command becomes a process: the words of a shell line. */
export type Shell = (words: readonly string[]) => readonly string[]

interface Place {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readme: string
  readonly shell: Shell
}

interface Running {
  readonly wanted: Wanted
  readonly child: ChildProcess
  stdout: string
  stderr: string
}

const PATIENCE_MS = 300_000

export function openSession(owner: Owner, place: Place): Session {
  const all: Running[] = []
  const type = async (wanted: Wanted) => {
    const running = start(place, wanted)
    all.push(running)
    owner.teardown(() => end(running.child))
    await (wanted.until === undefined
      ? once(running.child, 'close')
      : untilPrinted(running, wanted.until))
    return running.stdout
  }
  const stumbles = () =>
    all.flatMap((running, at) =>
      findStumbles(
        {
          ...running.wanted,
          exit: running.child.exitCode,
          printed: printedBy(running),
        },
        place.readme,
        all.slice(0, at).map(printedBy),
      ),
    )
  return {
    type,
    stumbles,
    get commands() {
      return all.map(({ wanted }) => wanted.command)
    },
    get printed() {
      return all.map(printedBy)
    },
  }
}

const printedBy = ({ stdout, stderr }: Running) => `${stdout}${stderr}`

function start({ cwd, env, shell }: Place, wanted: Wanted): Running {
  const words = wanted.command.split(' ')
  const [program = '', ...args] = shell(words)
  const child = spawn(program, args, { cwd, env, detached: true })
  const running: Running = { wanted, child, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    running.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    running.stderr += chunk
  })
  child.stdin.on('error', () => {
    // It reads no input.
  })
  child.stdin.end(wanted.input ?? '')
  return running
}

async function untilPrinted(running: Running, until: RegExp): Promise<void> {
  const { child } = running
  const limit = Date.now() + PATIENCE_MS
  while (!until.test(running.stdout)) {
    if (child.exitCode !== null || Date.now() > limit) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** With all that it started. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  await exited
}

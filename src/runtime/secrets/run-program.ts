// One run of a program that prints a secret.
// In: its arguments, its environment. Out: what it printed, or why that is none.
// INVARIANT: argv only, no shell; bounded in time and bytes; its group is ended, as
// far as that is allowed; no reason holds what it was given or has printed.

import { type ChildProcess, spawn } from 'node:child_process'
import { endGroup, HAS_GROUPS } from '../base/process-group.ts'
import { Redactor } from './redact.ts'

export interface Program {
  readonly exec: readonly string[]
  /** The program as an absolute path, or a name that is looked for on PATH. */
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  /** Texts of `env` that no reason may hold. */
  readonly hidden: readonly string[]
  /** Absolute. */
  readonly cwd: string
  readonly timeoutMs: number
}

/** Process groups to end if the gateway is killed. */
export interface Groups {
  add(pid: number): void
  remove(pid: number): void
}

export type Ran =
  | { readonly text: string; readonly ms: number }
  | {
      readonly problem: string
      /** It goes on; resolves when it has ended itself. */
      readonly gone?: Promise<void>
    }

/** Of what it prints, as for a file. */
const MAX_BYTES = 64 * 1024

/** Of what it says on stderr, at its end. */
const MAX_WORDS = 8 * 1024
const MAX_REASON = 200

/** How long a pipe may stay open that a program without parent holds. */
const PIPE_MS = 500

/** How long a program that was ended may take to end. */
const END_MS = 1_000

/** Resolves when its process group is gone; or soon after its time, where the
 * system does not let the gateway end it (`sudo`). */
export function runProgram(
  program: Program,
  groups: Groups,
  signal: AbortSignal,
): Promise<Ran> {
  return new Promise<Ran>((resolve) => {
    new Run(program, groups, signal, resolve)
  }).catch((error: NodeJS.ErrnoException) => fail(program, describe(error)))
}

/** Some faults of a start are thrown, others are told by an event. */
function describe({ code = '' }: NodeJS.ErrnoException): string {
  return WHY[code] ?? `cannot be run: ${code}`
}

function fail({ exec }: Program, what: string): { readonly problem: string } {
  return { problem: `the program \`${exec[0]}\` ${what}` }
}

class Run {
  readonly #program: Program
  readonly #groups: Groups
  readonly #resolve: (ran: Ran) => void
  readonly #began = performance.now()
  readonly #out: Buffer[] = []
  #heard = 0
  #words = Buffer.alloc(0)
  /** Why it was ended before it ended itself. */
  #cause: string | undefined

  constructor(
    program: Program,
    groups: Groups,
    signal: AbortSignal,
    resolve: (ran: Ran) => void,
  ) {
    this.#program = program
    this.#groups = groups
    this.#resolve = resolve
    const child = spawn(program.command, program.exec.slice(1), {
      cwd: program.cwd,
      env: program.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: HAS_GROUPS,
      windowsHide: true,
    })
    if (child.pid !== undefined) groups.add(child.pid)
    const end = (cause: string) => this.#end(child, cause)
    const timer = setTimeout(() => {
      end(`did not end within ${program.timeoutMs / 1_000} s`)
    }, program.timeoutMs)
    const stop = () => end('was ended: the gateway is closing')
    signal.addEventListener('abort', stop, { once: true })
    this.#listen(child, end)
    child.once('exit', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      this.#reap(child)
    })
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      this.#fail(describe(error))
    })
    child.once('close', (code, by) => this.#judge(code, by))
  }

  #listen(child: ChildProcess, end: (cause: string) => void): void {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#heard += chunk.length
      if (this.#heard > MAX_BYTES) return end('printed more than 64 KiB')
      this.#out.push(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      const all = Buffer.concat([this.#words, chunk])
      this.#words = all.subarray(-MAX_WORDS)
    })
  }

  #end(child: ChildProcess, cause: string): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    if (child.pid !== undefined) endGroup(child.pid, 'SIGKILL')
    const timer = setTimeout(() => this.#leave(child, cause), END_MS)
    child.once('exit', () => clearTimeout(timer))
  }

  /** Nobody waits for what cannot be ended; it is reaped if it ends itself. */
  #leave(child: ChildProcess, cause: string): void {
    child.unref()
    child.stdout?.destroy()
    child.stderr?.destroy()
    const what = `${cause}, and goes on: the gateway may not end it; does it run as another user?`
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
    })
    this.#resolve({ ...fail(this.#program, what), gone })
  }

  /** What it has started itself goes with it. */
  #reap(child: ChildProcess): void {
    if (child.pid === undefined) return
    endGroup(child.pid, 'SIGKILL')
    this.#groups.remove(child.pid)
    setTimeout(() => {
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, PIPE_MS).unref()
  }

  #judge(code: number | null, by: NodeJS.Signals | null): void {
    if (this.#cause !== undefined) return this.#fail(this.#cause)
    const bytes = Buffer.concat(this.#out)
    if (code !== 0) {
      const line = this.#readLastLine(bytes.toString())
      return this.#fail(`ended with ${by ?? code}${line && `: ${line}`}`)
    }
    const text = readText(bytes)?.replace(/\r?\n$/, '')
    if (text === undefined) return this.#fail('printed what is not UTF-8')
    if (text === '') return this.#fail('printed nothing')
    this.#resolve({ text, ms: performance.now() - this.#began })
  }

  /** Without the secret that it may have said there too. */
  #readLastLine(printed: string): string {
    const { hidden } = this.#program
    const redactor = new Redactor()
    for (const one of [...hidden, printed.trim(), ...printed.split(/\s+/)]) {
      redactor.add(one)
    }
    const lines = this.#words.toString().split(/[\r\n]+/)
    // Of a line that is cut, a secret would not be known again.
    if (this.#words.length === MAX_WORDS) lines.shift()
    const last = lines.findLast((line) => line.trim() !== '') ?? ''
    return redactor
      .redactText(last, MAX_WORDS)
      .replace(/[^\x20-\x7e\xa0-\u{10ffff}]+/gu, ' ')
      .trim()
      .slice(0, MAX_REASON)
  }

  #fail(what: string): void {
    this.#resolve(fail(this.#program, what))
  }
}

const WHY: Readonly<Record<string, string>> = Object.freeze({
  ENOENT: 'was not found',
  ERR_INVALID_ARG_VALUE: 'has an argument with a NUL',
  EACCES: 'may not be run by this user',
  E2BIG: 'has too long arguments',
})

function readText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes,
    )
  } catch {
    return undefined
  }
}

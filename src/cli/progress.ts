// One line that says what a verb waits for.
// In: an Io, texts that change. Out: a line on stderr that is rewritten.
// INVARIANT: only on a terminal, only after half a second, never in a job of
// CI or for a program; at the end nothing of it is left.

import { clean } from '../diagnostics/clean.ts'
import { cutColumns } from '../diagnostics/layout.ts'
import { type Clock, systemClock } from '../runtime/base/clock.ts'
import type { Passing } from './screen.ts'
import type { Io } from './verb.ts'

export interface Progress {
  /** What it waits for now: "asking 3 servers: waiting for linear". */
  tell(text: string): void
}

const AFTER_MS = 500
const EVERY_MS = 100

/** Erases the line, and stays in it. */
const ERASE = '\r\x1b[2K'

export async function withProgress<T>(
  text: string,
  io: Io,
  run: (progress: Progress) => Promise<T>,
): Promise<T> {
  if (!showsProgress(io)) return run({ tell: () => {} })
  const line = new Line(text, io)
  try {
    return await run(line)
  } finally {
    line.end()
  }
}

export function showsProgress({ stderr, env, failure }: Io): boolean {
  return (
    stderr.isTerminal && env.TERM !== 'dumb' && !env.CI && !failure.isWanted
  )
}

class Line implements Progress, Passing {
  readonly #io: Io
  readonly #clock: Clock
  readonly #began: number
  /** Of a verb around this one, which comes back at the end. */
  readonly #before: Passing | undefined
  readonly #stop: () => void
  #text: string
  #shown = ''
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(text: string, io: Io) {
    this.#io = io
    this.#clock = io.clock ?? systemClock
    this.#began = this.#clock.monotonic()
    this.#text = text
    this.#before = io.stderr.passing
    this.#before?.hide()
    this.#use(this)
    const { every = systemClock.every } = this.#clock
    this.#stop = every(EVERY_MS, () => this.#show())
    process.once('SIGINT', this.#interrupt)
  }

  /** Shows it too: a loop may leave no time for the timer. */
  readonly tell = (text: string): void => {
    this.#text = text
    const now = this.#clock.monotonic()
    if (now - this.#shownAt >= EVERY_MS) this.#show()
  }

  hide(): void {
    if (this.#shown === '') return
    this.#shown = ''
    this.#io.stderr.overwrite(ERASE)
  }

  /** Ctrl-C leaves no half line behind; who else listens decides the rest. */
  readonly #interrupt = (): void => {
    this.hide()
    if (process.listenerCount('SIGINT') === 0) {
      process.kill(process.pid, 'SIGINT')
    }
  }

  end(): void {
    this.#stop()
    process.off('SIGINT', this.#interrupt)
    this.hide()
    this.#use(this.#before)
  }

  #use(passing: Passing | undefined): void {
    const { stdout, stderr } = this.#io
    stderr.passing = passing
    if (stdout.isTerminal) stdout.passing = passing
  }

  #show(): void {
    const { stderr } = this.#io
    const now = this.#clock.monotonic()
    const waited = now - this.#began
    if (waited < AFTER_MS || stderr.passing !== this) return
    const { columns = 80, colours } = stderr.look
    const whole = Math.floor(waited / 1_000)
    const seconds = whole === 0 ? '' : ` (${whole} s)`
    // The last column stays free: a full line would begin the next one.
    const room = columns - 1 - seconds.length
    const line = cutColumns(clean(this.#text), room) + seconds
    this.#shownAt = now
    if (line === this.#shown) return
    this.#shown = line
    stderr.overwrite(`${ERASE}${colours ? `\x1b[2m${line}\x1b[0m` : line}`)
  }
}

/** "asking 8 servers: 5 answered, waiting for linear, slack". */
export function describeWaiting(
  what: string,
  all: readonly string[],
  waiting: ReadonlySet<string>,
): string {
  const done = all.length - waiting.size
  const servers = all.length === 1 ? '1 server' : `${all.length} servers`
  const answered = done === 0 ? '' : `${done} answered, `
  const left = [...waiting].join(', ')
  return `${what} ${servers}: ${answered}waiting for ${left || 'the rest'}`
}

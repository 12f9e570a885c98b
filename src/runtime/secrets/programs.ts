// The secrets that programs print, kept for as long as they are good.
// In: references of a table. Out: what their programs printed.
// INVARIANT: one run at a time of each, for all that ask, also where a run cannot
// be ended; no run more often than once a second; values are in memory only.

import { setMaxListeners } from 'node:events'
import { isAbsolute, resolve } from 'node:path'
import type { ProgramRef, SecretRef } from '../../contract/table.ts'
import { isPathLike } from '../../diagnostics/paths.ts'
import { isProgram } from '../../table/references.ts'
import type { Clock } from '../base/clock.ts'
import { MissingSecret } from './missing.ts'
import { type Groups, type Ran, runProgram } from './run-program.ts'

export interface ProgramsOptions {
  /** Absolute folder that a program with a `/` is relative to. */
  readonly root: string
  readonly clock: Clock
  readonly groups: Groups
  /** The variables from which programs get theirs. */
  env(): Readonly<Record<string, string | undefined>>
}

interface Kept {
  readonly ref: ProgramRef
  ran: Ran | undefined
  /** When the last run ended, in monotonic milliseconds. */
  endedAt: number
  /** The environment of the last run. */
  given: string
  /** What uses the value has failed. */
  isDoubted: boolean
  running: Promise<void> | undefined
  /** The last run could not be ended, and goes on. */
  isLeft: boolean
}

/** A new connection after this time runs the program again. */
const GOOD_MS = 300_000

/** Between two runs of one program. */
const BETWEEN_MS = 1_000

/** Where a PATH names no absolute folder. */
const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin'

export class Programs {
  readonly #options: ProgramsOptions
  readonly #kept = new Map<string, Kept>()
  readonly #stop = new AbortController()

  constructor(options: ProgramsOptions) {
    this.#options = options
    // Each program that runs listens to it.
    setMaxListeners(0, this.#stop.signal)
  }

  /** What it printed last. Throws MissingSecret. */
  read(ref: ProgramRef): string {
    const ran = this.#kept.get(keyOf(ref))?.ran
    if (!ran)
      throw new MissingSecret(`the program \`${ref.exec[0]}\` did not run`)
    if ('problem' in ran) throw new MissingSecret(ran.problem)
    return ran.text
  }

  /** Milliseconds of the last run that gave a value. */
  msOf(ref: ProgramRef): number | undefined {
    const ran = this.#kept.get(keyOf(ref))?.ran
    return ran && 'ms' in ran ? ran.ms : undefined
  }

  /** Whether `load` would run none of them. */
  isFresh(refs: readonly ProgramRef[]): boolean {
    return refs.every((ref) => this.#isFresh(this.#kept.get(keyOf(ref))))
  }

  /** Runs those of the references that are programs, unless their values are
   * fresh. Never rejects: `read` throws why there is none. */
  async load(refs: readonly SecretRef[]): Promise<void> {
    await Promise.all(refs.filter(isProgram).map((ref) => this.#load(ref)))
  }

  /** What uses these values has failed: they may be others now. Whether the next
   * `load` runs one of them. */
  doubt(refs: readonly ProgramRef[]): boolean {
    const now = this.#options.clock.monotonic()
    const old = refs
      .map((ref) => this.#kept.get(keyOf(ref)))
      .filter((one) => one?.ran && now - one.endedAt >= BETWEEN_MS)
    for (const one of old) if (one) one.isDoubted = true
    return old.length > 0
  }

  /** Forgets all others. */
  keep(refs: readonly ProgramRef[]): void {
    const keys = new Set(refs.map(keyOf))
    for (const key of this.#kept.keys()) {
      if (!keys.has(key)) this.#kept.delete(key)
    }
  }

  /** Ends those that run; resolves when their processes are gone. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#kept.values()].map(({ running }) => running))
  }

  #isFresh(kept: Kept | undefined): boolean {
    if (!kept?.ran) return false
    const age = this.#options.clock.monotonic() - kept.endedAt
    if (age < BETWEEN_MS) return true
    const isGood = !kept.isDoubted && !('problem' in kept.ran)
    return isGood && age < GOOD_MS && kept.given === this.#write(kept.ref)
  }

  #load(ref: ProgramRef): Promise<void> {
    const key = keyOf(ref)
    const kept = this.#kept.get(key) ?? makeKept(ref)
    this.#kept.set(key, kept)
    if (this.#isFresh(kept)) return Promise.resolve()
    kept.running ??= this.#run(kept).finally(() => {
      kept.running = undefined
    })
    return kept.running
  }

  async #run(kept: Kept): Promise<void> {
    const { clock } = this.#options
    const given = this.#write(kept.ref)
    const ran = kept.isLeft ? refuse(kept.ref) : await this.#start(kept.ref)
    if ('gone' in ran && ran.gone) {
      kept.isLeft = true
      void ran.gone.then(() => {
        kept.isLeft = false
      })
    }
    // A vault that is out of order takes no server down whose secret is good.
    const isGood = kept.ran && 'text' in kept.ran && !kept.isDoubted
    if ('text' in ran || !isGood) kept.ran = ran
    kept.endedAt = clock.monotonic()
    kept.given = given
    kept.isDoubted = false
  }

  #start(ref: ProgramRef): Promise<Ran> | Ran {
    const { root, groups } = this.#options
    const { exec, timeout } = ref
    const [command = ''] = exec
    const { env, lacking } = this.#pick(ref)
    const who = `the program \`${command}\``
    if (lacking !== undefined) {
      return {
        problem: `${who} needs the variable ${lacking}, which is not set`,
      }
    }
    if (this.#stop.signal.aborted) {
      return { problem: `${who} did not run: the gateway is closing` }
    }
    const program = {
      exec,
      command: isPathLike(command) ? resolve(root, command) : command,
      env,
      hidden: ref.env.map((name) => env[name] ?? ''),
      cwd: root,
      timeoutMs: timeout,
    }
    return runProgram(program, groups, this.#stop.signal)
  }

  /** What it gets, to compare. */
  #write(ref: ProgramRef): string {
    return JSON.stringify(this.#pick(ref).env)
  }

  /** PATH, HOME, LANG and what it names. Of PATH, only absolute folders: no file
   * of the working folder is run in place of a program of the system. */
  #pick(ref: ProgramRef): {
    readonly env: Readonly<Record<string, string>>
    readonly lacking: string | undefined
  } {
    const all = this.#options.env()
    const path = (all.PATH ?? '').split(':').filter(isAbsolute).join(':')
    const env: Record<string, string> = { PATH: path || USUAL_PATH }
    for (const name of ['HOME', 'LANG', ...ref.env]) {
      const value = all[name]
      if (value !== undefined && name !== 'PATH') env[name] = value
    }
    return { env, lacking: ref.env.find((name) => !all[name]) }
  }
}

/** One that goes on for ever would be one more at each try. */
function refuse({ exec }: ProgramRef): Ran {
  return {
    problem: `the program \`${exec[0]}\` did not run: its last run goes on, and the gateway may not end it`,
  }
}

function makeKept(ref: ProgramRef): Kept {
  return {
    ref,
    ran: undefined,
    endedAt: Number.NEGATIVE_INFINITY,
    given: '',
    isDoubted: false,
    running: undefined,
    isLeft: false,
  }
}

function keyOf({ exec, env, timeout }: ProgramRef): string {
  return JSON.stringify([exec, env, timeout])
}

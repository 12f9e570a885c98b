// The bench's own processes, and the questions that they are asked.
// In: a script, its arguments. Out: a Running; in the child, its answers.
// INVARIANT: a child ends when its channel closes, so it outlives its parent
// in no case; it is ended through its own handle, never by name.

import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

type Answer = (input: never) => unknown

interface Question {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

const READY = 0

/** In the child: says that it is ready, then answers until told to stop. */
export function answerParent(
  ready: unknown,
  answers: Readonly<Record<string, Answer>> = {},
  close: () => unknown = () => {},
): void {
  process.on('message', async ({ id, name, input }: Question) => {
    if (name === 'stop') {
      await close()
      process.exit()
    }
    try {
      const value = await answers[name]?.(input as never)
      process.send?.({ id, value } satisfies Reply)
    } catch (error) {
      process.send?.({ id, error: String(error) } satisfies Reply)
    }
  })
  process.on('disconnect', () => process.exit(1))
  process.send?.({ id: READY, value: ready } satisfies Reply)
}

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

const READY_MS = 60_000
const STOP_MS = 10_000

/** A child of the bench, and what it said when it was ready. */
export class Running<Ready = unknown> {
  readonly name: string
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  readonly #pending = new Map<number, Pending>()
  #next = READY + 1
  #ready: Ready | undefined

  constructor(
    name: string,
    args: readonly string[] = [],
    execArgv: readonly string[] = [],
    /** Of a build: its `dist/bench`. */
    folder = import.meta.dirname,
  ) {
    this.name = name
    const script = join(folder, 'processes', `${name}.js`)
    this.#child = fork(script, [...args], {
      execArgv: [...execArgv],
      // stdout is the report's.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#failAll(new Error(`${name} ended early (${code ?? signal})`))
        resolve()
      })
    })
    this.#child.once('error', (error) => this.#failAll(error))
    this.#child.on('message', (reply: Reply) => this.#settle(reply))
  }

  get ready(): Ready {
    if (this.#ready === undefined) throw new Error(`${this.name} is not ready`)
    return this.#ready
  }

  /** Resolves to itself when the child has said that it is ready. */
  async start(ms = READY_MS): Promise<this> {
    this.#ready = (await this.#wait(READY, ms)) as Ready
    return this
  }

  ask<Value>(name: string, input: unknown, ms: number): Promise<Value> {
    const id = this.#next++
    const reply = this.#wait(id, ms) as Promise<Value>
    this.#child.send({ id, name, input } satisfies Question, (error) => {
      if (error) this.#settle({ id, error: error.message })
    })
    return reply
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Ends it, politely first; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode) return
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    this.#child.send({ id: -1, name: 'stop', input: null }, () => {})
    await this.#exited
    clearTimeout(timer)
  }

  #wait(id: number, ms: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = `${this.name} did not answer in ${ms / 1000} s`
        this.#settle({ id, error })
      }, ms)
      this.#pending.set(id, {
        resolve: (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
    })
  }

  #settle({ id, value, error }: Reply): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === undefined) pending?.resolve(value)
    else pending?.reject(new Error(`${this.name}: ${error}`))
  }

  #failAll(error: Error): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending) reject(error)
  }
}

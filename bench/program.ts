// A program of the machine that takes part in the bench, such as nginx.
// In: its command. Out: a Program.
// INVARIANT: it is ended through its own handle, never by name.

import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'

const START_MS = 10_000
const STOP_MS = 5_000

export class Program {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #failure: Error | undefined

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'ignore', 2] })
    process.once('exit', () => this.#child.kill('SIGKILL'))
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#failure = error
        resolve()
      })
      this.#child.once('exit', () => {
        this.#failure ??= new Error(`${command} ended early`)
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves once it listens; rejects when it does not. */
  async listening(port: number): Promise<this> {
    const until = performance.now() + START_MS
    while (!(await canConnect(port))) {
      if (this.#failure) throw this.#failure
      if (performance.now() > until) throw new Error('it does not listen')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return this
  }

  async stop(): Promise<void> {
    if (this.#failure) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    await this.#ended
    clearTimeout(timer)
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

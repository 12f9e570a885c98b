// Evaluates many configs in one child, where a child for each is not the
// subject: test/hostile/config.ts and the verbs that run as processes have those.
// In: bundles. Out: what a sealed child of their own would answer.
// INVARIANT: one bundle at a time, each in engines of its own.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Seal } from '../../src/load/evaluate.ts'

interface Running {
  readonly child: ChildProcess
  /** When it ends, of which a bundle may be the cause. */
  readonly ended: Promise<string>
}

/** A child that has ended is replaced. */
class Evaluator {
  #running: Running | undefined
  #last: Promise<unknown> = Promise.resolve()

  readonly seal: Seal = (bundle, time) => {
    const answer = this.#last.then(() => this.#ask(bundle, time))
    this.#last = answer.catch(() => {})
    return answer
  }

  /** A test file ends without regard to the child: only a bundle that is being
   * evaluated keeps it waiting. */
  async #ask(bundle: string, time: number) {
    const { child, ended } = this.#start()
    child.ref()
    child.channel?.ref()
    child.send({ bundle, time })
    const answer = new Promise<string>((resolve) => {
      child.once('message', (text) => resolve(String(text)))
    })
    const text = await Promise.race([answer, ended])
    child.unref()
    child.channel?.unref()
    return { text, code: child.exitCode }
  }

  #start(): Running {
    if (this.#running?.child.connected) return this.#running
    const child = fork(join(import.meta.dirname, 'evaluator-child.js'), {
      execArgv: ['--no-warnings', '--expose-gc', '--stack-size=3000'],
      env: {},
    })
    const ended = once(child, 'exit').then(() => '')
    this.#running = { child, ended }
    return this.#running
  }
}

/** The one of this process. */
export const { seal } = new Evaluator()

// Evaluates many configs in one child, where a child for each is not the
// subject: test/hostile/config.ts and the verbs of test/cli have those.
// In: bundles. Out: what a sealed child of their own would answer.
// INVARIANT: one bundle at a time, each in engines of its own.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Seal } from '../../src/load/evaluate.ts'

export interface Evaluator {
  readonly seal: Seal
  end(): void
}

export function startEvaluator(): Evaluator {
  const child = fork(join(import.meta.dirname, 'evaluator-child.js'), {
    execArgv: ['--no-warnings', '--expose-gc', '--stack-size=3000'],
    env: {},
  })
  const ended = once(child, 'exit').then(() => '')
  let last: Promise<unknown> = Promise.resolve()
  const ask = async (bundle: string, time: number) => {
    child.send({ bundle, time })
    const answer = new Promise<string>((resolve) => {
      child.once('message', (text) => resolve(String(text)))
    })
    const text = await Promise.race([answer, ended])
    return { text, code: child.exitCode }
  }
  return {
    seal: (bundle, time) => {
      const answer = last.then(() => ask(bundle, time))
      last = answer.catch(() => {})
      return answer
    },
    end: () => child.kill(),
  }
}

// A JavaScript engine without a host: QuickJS, in WebAssembly.
// In: the compiled engine, a bundle, the round. Out: an answer, as JSON.
// INVARIANT: the config reaches no function of ours: the engine is given none,
// and its limits of memory, stack and time are the engine's own.

import { runInThisContext } from 'node:vm'
import type { EmscriptenModuleLoader } from '@jitl/quickjs-ffi-types'
import loadModule from '@jitl/quickjs-wasmfile-release-sync/emscripten-module'
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi'
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from 'quickjs-emscripten-core'
import { BUNDLE_NAME } from './answer.ts'
import { JUDGE_SOURCE } from './judge.ts'

const LIMITS = Object.freeze({
  memory: 128 * 2 ** 20,
  stack: 256 * 2 ** 10,
  /** Pages of 64 KiB; the engine's own need is added to this. */
  pages: { initial: 256, maximum: 2560 },
  jobs: 1000,
})

/** Replaces what a config expects from Node: nothing is printed, random numbers
 * are a sequence of the round, and the environment is empty. */
const prelude = (round: number) => `
(() => {
  const none = () => {}
  const names = ['assert', 'clear', 'count', 'countReset', 'debug', 'dir',
    'dirxml', 'error', 'group', 'groupCollapsed', 'groupEnd', 'info', 'log',
    'table', 'time', 'timeEnd', 'timeLog', 'trace', 'warn']
  globalThis.console = Object.fromEntries(names.map((name) => [name, none]))
  globalThis.emptyEnvironment = {}
  let seed = 20261122
  Math.random = () => {
    seed = (seed * 48271) % 2147483647
    const drawn = seed / 2147483647
    return ${round === 0 ? 'drawn' : '1 - drawn'}
  }
  return {
    objectPrototype: Object.prototype,
    errorPrototype: Error.prototype,
  }
})()`

/** The part that is used; the full types exist only with those of browsers. */
interface Assembly {
  readonly Memory: new (pages: object) => object
  readonly Module: new (bytes: Uint8Array) => WebAssembly.Module
}

const { WebAssembly: assembly } = globalThis as unknown as {
  readonly WebAssembly: Assembly
}

export function compileEngine(bytes: Uint8Array): WebAssembly.Module {
  return new assembly.Module(bytes)
}

/** Whether the config has used all its time. */
type Overdue = () => boolean

export interface Deadline {
  readonly overdue: Overdue
  /** The origin of `performance.now()`. */
  readonly end: number
}

export async function evaluateOnce(
  wasm: WebAssembly.Module,
  bundle: string,
  round: number,
  { overdue, end }: Deadline,
): Promise<string> {
  const memory = new assembly.Memory(LIMITS.pages)
  const variant = newVariant(
    {
      type: 'sync',
      importFFI: async () => QuickJSFFI,
      importModuleLoader: async () =>
        loadModule as unknown as EmscriptenModuleLoader<never>,
    },
    { wasmModule: wasm, wasmMemory: memory },
  )
  const engine = await newQuickJSWASMModuleFromVariant(variant)
  const runtime = engine.newRuntime()
  const state = { interrupted: false }
  runtime.setMemoryLimit(LIMITS.memory)
  runtime.setMaxStackSize(LIMITS.stack)
  runtime.setInterruptHandler(() => {
    state.interrupted ||= overdue()
    return state.interrupted
  })
  try {
    const evaluation = new Evaluation(runtime, () => state.interrupted)
    return runUntil(end, () => evaluation.run(bundle, round))
    // Nothing is freed one by one: the whole engine is dropped.
  } catch (error) {
    return describeHost(error)
  }

  /** Where the judge could not answer: how the engine itself ended. */
  function describeHost(error: unknown): string {
    if (state.interrupted || isTimeout(error)) return '{"stopped":"time"}'
    if (error instanceof Spoken) return error.answer
    // The stack of WebAssembly, which the engine's own limit does not cover.
    if (error instanceof RangeError) {
      const thrown = 'InternalError: stack overflow'
      return JSON.stringify({ thrown, stack: '' })
    }
    return '{"stopped":"memory"}'
  }
}

/** A thread of Node stops what runs too long, also a native loop of the engine,
 * in which the engine does not check its time. */
function runUntil(end: number, run: () => string): string {
  const timeout = Math.max(1, Math.ceil(end - performance.now()))
  Object.assign(globalThis, { run })
  return runInThisContext('run()', { timeout }) as string
}

function isTimeout(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  )
}

/** Ends an evaluation with an answer. */
class Spoken extends Error {
  readonly answer: string

  constructor(answer: string) {
    super()
    this.answer = answer
  }
}

class Evaluation {
  readonly #runtime: QuickJSRuntime
  readonly #interrupted: Overdue
  /** Two realms: changes by the config to its own do not reach the judge. */
  readonly #own: QuickJSContext
  readonly #judges: QuickJSContext

  constructor(runtime: QuickJSRuntime, interrupted: Overdue) {
    this.#runtime = runtime
    this.#interrupted = interrupted
    this.#own = runtime.newContext()
    this.#judges = runtime.newContext()
  }

  run(bundle: string, round: number): string {
    const natives = this.#must(this.#own.evalCode(prelude(round), 'prelude'))
    const make = this.#must(this.#judges.evalCode(JUDGE_SOURCE, 'judge'))
    const judge = this.#must(
      this.#judges.callFunction(make, this.#judges.undefined, natives),
    )
    const ask = (name: 'toData' | 'describe', value: QuickJSHandle) => {
      const method = this.#judges.getProp(judge, name)
      return this.#judges.callFunction(method, judge, value)
    }
    const fail = (error: QuickJSHandle): never => {
      const said = ask('describe', error)
      if (said.error) throw new Error('out of memory')
      const text = this.#judges.getString(said.value)
      throw new Spoken(nameStop(text, this.#interrupted()))
    }
    const evaluated = this.#own.evalCode(bundle, BUNDLE_NAME, {
      type: 'module',
    })
    if (evaluated.error) return fail(evaluated.error)
    const module = this.#awaitModule(evaluated.value, fail)
    const exported = this.#own.getProp(module, 'default')
    const data = ask('toData', exported)
    if (data.error) return fail(data.error)
    return this.#judges.getString(data.value)
  }

  #must(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (result.error) throw new Error('the engine did not start')
    return result.value
  }

  /** The module, once its top-level `await`s have ended. */
  #awaitModule(
    promise: QuickJSHandle,
    fail: (error: QuickJSHandle) => never,
  ): QuickJSHandle {
    while (this.#runtime.hasPendingJob()) {
      const { error } = this.#runtime.executePendingJobs(LIMITS.jobs)
      if (error) return fail(error)
    }
    const state = this.#own.getPromiseState(promise)
    if (state.type === 'fulfilled') return state.value
    if (state.type === 'rejected') return fail(state.error)
    throw new Spoken('{"stopped":"pending"}')
  }
}

/** What the engine throws at a limit of its own. A config that throws the same
 * gains nothing by it. */
function nameStop(described: string, interrupted: boolean): string {
  const { thrown, stack } = JSON.parse(described) as Record<string, string>
  const full = thrown === 'InternalError: out of memory'
  const stopped = interrupted ? 'time' : full ? 'memory' : undefined
  return stopped ? JSON.stringify({ stopped, stack }) : described
}

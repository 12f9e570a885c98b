// The load: kept-alive raw sockets, a call at a time on each.
// In: targets, then how many calls to make, and how. Out: how long they took.
// INVARIANT: each answer is held against its own call; the first wrong one, or
// half a minute without any, ends the load with an error.

import type { Case } from '../cases.ts'
import { isAnswer, makeCalls } from '../load/calls.ts'
import { IdleStreams } from '../load/idle.ts'
import { type Line, openLines } from '../load/line.ts'
import { type Paced, type PacedLoad, pace } from '../load/pace.ts'
import { negotiate, type Target, type TargetAt } from '../load/target.ts'
import { answerParent } from '../process.ts'

const STALL_MS = 30_000

export interface Load {
  readonly name: string
  readonly calls: number
  readonly case: Case
}

export interface Loaded {
  readonly ms: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
}

const targets = new Map<string, Target>()
const idle = new IdleStreams()
let lines: readonly Line[] = []

/** Connects, so that what is measured begins with the first call. */
async function open(input: { name: string; connections: number }) {
  const { port } = targetOf(input.name)
  lines = await openLines(port, input.connections)
}

function load(input: Load): Promise<Loaded> {
  const make = makeCalls(targetOf(input.name), input.case)
  const took = new Float64Array(input.calls)
  const began = performance.now()
  let unsent = input.calls
  let unanswered = input.calls
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearInterval(timer)
      for (const line of lines) line.close()
    }
    const fail = (error: Error) => {
      stop()
      reject(error)
    }
    let before = -1
    const timer = setInterval(() => {
      if (before === unanswered) fail(new Error('no answer in 30 s'))
      before = unanswered
    }, STALL_MS)
    const start = (line: Line, at: number) => {
      if (unsent-- <= 0) return
      const call = make(at)
      const sent = performance.now()
      line.listen((message) => {
        if (!isAnswer(call, message)) {
          return fail(new Error(`wrong: ${message.head}\n${message.text()}`))
        }
        took[--unanswered] = performance.now() - sent
        if (unanswered > 0) return start(line, at)
        stop()
        took.sort()
        const of = (share: number) => took[Math.floor(took.length * share)] ?? 0
        const ms = performance.now() - began
        resolve({ ms, p50: of(0.5), p99: of(0.99) })
      }, fail)
      line.send(call.request)
    }
    for (const [at, line] of lines.entries()) start(line, at)
  })
}

function targetOf(name: string): Target {
  const target = targets.get(name)
  if (!target) throw new Error(`${name} was not negotiated with`)
  return target
}

answerParent(null, {
  /** Resolves to the list as it came. */
  negotiate: async (at: TargetAt): Promise<string> => {
    const target = await negotiate(at)
    targets.set(at.name, target)
    return target.list
  },
  open,
  load,
  pace: (input: PacedLoad): Promise<Paced> => pace(targetOf(input.name), input),
  listen: (input: { name: string; streams: number }) =>
    idle.open(targetOf(input.name), input.streams),
  hangUp: () => idle.close(),
})

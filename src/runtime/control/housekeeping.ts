// The timer that all calls share. It ends calls past their deadline and calls of
// expired tokens, removes idle sessions, and keeps silent streams alive.
// In: the runtime. Out: nothing; it acts on what is due.
// INVARIANT: the `timeout` and `idleTimeout` of a call need no other timer.

import { updateSessions } from '../stages/session-streams.ts'
import type { Runtime } from './context.ts'
import { judgeAgain } from './swap.ts'

const TICK_MS = 100
/** What is taken away holds within a second. */
const LOOK = 3
const SECOND = 10
const MINUTE = 600

/** Returns what stops it. */
export function startHousekeeping(runtime: Runtime): () => void {
  let ticks = 0
  const timer = setInterval(() => {
    ticks++
    const now = runtime.clock.monotonic()
    runtime.upstreams.tick()
    for (const { answer } of runtime.exchanges) answer.tick(now)
    runtime.authThrottle.tick(now)
    if (ticks % LOOK === 0) void runtime.revoked.look()
    if (ticks % SECOND === 0) tickSecond(runtime, now)
    if (ticks % MINUTE === 0) {
      runtime.limiter.sweep()
      runtime.tally.callers.turn()
      runtime.audit.keepUp()
    }
  }, TICK_MS)
  return () => clearInterval(timer)
}

function tickSecond(runtime: Runtime, now: number): void {
  runtime.audit.beat()
  runtime.unauthenticated.flush()
  for (const session of [...runtime.sessions]) {
    session.stream?.tick(now)
    if (session.streams.readers > 0) runtime.sessions.touch(session)
  }
  runtime.sessions.sweep(now)
  // A token may have expired under a call or a stream.
  for (const exchange of [...runtime.exchanges]) judgeAgain(runtime, exchange)
  updateSessions(runtime)
}

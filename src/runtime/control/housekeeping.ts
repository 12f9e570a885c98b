// The timer that all calls share: ends calls past their deadline or with an
// expired token, removes idle sessions, keeps silent streams alive.
// INVARIANT: the `timeout` and `idleTimeout` of a call need no other timer.

import { systemClock } from '../base/clock.ts'
import { endExpiredSessions } from '../stages/session-streams.ts'
import type { Runtime } from './context.ts'
import { SECOND, SessionRounds } from './session-rounds.ts'
import { judgeAgain } from './swap.ts'

const TICK_MS = 100
/** In ticks. `gateway.revoked` is read often enough to take effect within a
 * second. */
const REVOKED_FILE = 3
const MINUTE = 600

/** Returns a function that stops it. */
export function startHousekeeping(runtime: Runtime): () => void {
  const { clock } = runtime
  const rounds = new SessionRounds()
  let ticks = 0
  const tick = () => {
    ticks++
    const now = clock.monotonic()
    runtime.upstreams.tick()
    for (const { answer } of runtime.exchanges) answer.tick(now)
    runtime.authThrottle.tick(now)
    if (ticks % REVOKED_FILE === 0) runtime.revoked.refresh()
    if (ticks % SECOND === 1) rounds.begin([...runtime.sessions])
    rounds.tick(runtime.sessions, now)
    if (ticks % SECOND === 0) tickSecond(runtime, now)
    if (ticks % MINUTE === 0) {
      runtime.limiter.sweep()
      runtime.lender.look()
      runtime.tally.callers.rotate()
      runtime.audit.keepUp()
    }
  }
  return clock.every?.(TICK_MS, tick) ?? systemClock.every(TICK_MS, tick)
}

function tickSecond(runtime: Runtime, now: number): void {
  runtime.audit.beat()
  runtime.certificate?.refresh()
  runtime.unauthenticated.flush()
  runtime.sessions.sweep(now)
  // A token may have expired during a call or a stream.
  for (const exchange of [...runtime.exchanges]) judgeAgain(runtime, exchange)
  endExpiredSessions(runtime)
}

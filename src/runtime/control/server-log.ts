// Tells the log how servers are doing.
// In: events of upstream servers. Out: lines of the log, one an event.
// INVARIANT: a state of a server has one word, the same as in `status`.

import type { UpstreamContext } from '../upstream/context.ts'
import { describeStart } from '../upstream/describe-start.ts'
import { describeState } from '../upstream/failure.ts'
import type { Runtime } from './context.ts'

type ServerEvents = Pick<
  UpstreamContext,
  | 'leaves'
  | 'note'
  | 'turned'
  | 'failing'
  | 'starting'
  | 'needsPeople'
  | 'flooded'
>

export function logServers(runtime: Runtime): ServerEvents {
  const { log } = runtime
  return {
    leaves: (server, exit) => log.info({ server }, exit),
    note: (server, line) => log.debug({ server }, line),
    turned: (server, failure, started) => {
      const isOurs = failure?.kind === 'refused' || failure?.kind === 'signin'
      const state = isOurs ? 'unauthorized' : 'down'
      if (failure) log.warn({ server, reason: describeState(failure) }, state)
      else log.info({ server, ...started }, 'up')
    },
    failing: (server, failure) => {
      if (failure)
        log.warn({ server, reason: describeState(failure) }, 'failing')
      else log.info({ server }, 'no longer failing')
    },
    starting: (server, start) => {
      const { servers, lock } = runtime.routing.table
      const isLocked = Object.hasOwn(lock, server)
      const { said, waitMs, isListed } = start
      const isBound = waitMs === 0 && !isListed
      if (isBound && isLocked) return
      const reason = describeStart(servers[server], isLocked, start)
      const told = { server, reason, ...(said !== '' && { said }) }
      if (isBound) log.warn(told, 'still starting')
      else log.info(told, 'starting')
    },
    needsPeople: (server) => {
      const isLocked = Object.hasOwn(runtime.routing.table.lock, server)
      const reason = isLocked
        ? 'lists have what its lock has'
        : 'each person’s lists have it after that'
      log.info({ server, reason }, 'up, each person signs in')
    },
    flooded: (server, messages) =>
      log.warn(
        { server, messages },
        'sends more messages a second than the gateway reads; it is slowed down',
      ),
  }
}

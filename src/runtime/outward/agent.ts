// undici, over connections that are opened here.
// In: how to find the origin of an address. Out: what an Agent of undici connects by.
// INVARIANT: undici opens no connection by itself, and reads no environment.

import type { Socket } from 'node:net'
import type { Agent } from 'undici'
import { ConnectFault } from './fault.ts'
import { Opening, type Origin } from './open.ts'

interface AgentOptions {
  /** May throw. */
  readonly find: (url: URL) => Origin
  readonly ms: number
  /** Ends what is being opened too. */
  readonly signal?: AbortSignal
}

/** The `connect` of an Agent. */
export function makeConnect(
  options: AgentOptions,
): NonNullable<Agent.Options['connect']> {
  const connect = (
    { protocol, host }: { readonly protocol: string; readonly host?: string },
    done: (error: Error | null, socket: Socket | null) => void,
  ) => open(new URL(`${protocol}//${host ?? ''}`), options, done)
  return connect as NonNullable<Agent.Options['connect']>
}

function open(
  url: URL,
  { find, ms, signal }: AgentOptions,
  done: (error: Error | null, socket: Socket | null) => void,
): void {
  let origin: Origin
  try {
    origin = find(url)
  } catch (error) {
    // undici expects no answer within the call.
    return void queueMicrotask(() => done(error as Error, null))
  }
  const stop = () => {
    opening.abort()
    done(signal?.reason ?? new Error('stopped'), null)
  }
  const opening = new Opening(
    origin,
    {
      opened: (socket) => {
        signal?.removeEventListener('abort', stop)
        done(null, socket)
      },
      failed: (fault, error) => {
        signal?.removeEventListener('abort', stop)
        done(new ConnectFault(fault, error), null)
      },
    },
    { ms },
  )
  signal?.addEventListener('abort', stop, { once: true })
}

// The TCP connections that this process opens as a client, a gateway in it
// included.
// In: a test. Out: those that are open, and how many there were, from now on.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Owner } from './process.ts'

export interface ClientSockets {
  readonly open: ReadonlySet<Socket>
  /** Counts each when its connection begins. */
  opened(): number
}

export function watchClientSockets(t: Owner): ClientSockets {
  const open = new Set<Socket>()
  let opened = 0
  const watch = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket }
    opened++
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  subscribe('net.client.socket', watch)
  t.teardown(() => unsubscribe('net.client.socket', watch))
  return { open, opened: () => opened }
}

// A proxy that terminates TLS and passes on the bytes of a connection.
// In: a certificate, the port behind it. Out: its origin.

import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import type { Owner } from './process.ts'

export async function startTlsProxy(
  t: Owner,
  pair: { readonly cert: string; readonly key: string },
  port: number,
): Promise<string> {
  const server = createServer(pair, (socket) => {
    const behind = connect(port, '127.0.0.1')
    socket.pipe(behind).pipe(socket)
    socket.on('error', () => behind.destroy())
    behind.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

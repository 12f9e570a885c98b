// Single exchanges with a server, without a session above them.
// In: connections, a body. Out: what the exchange was told.

import type { Server } from 'node:http'
import type { AddressInfo, Socket, Server as TcpServer } from 'node:net'
import type { Test } from 'tap'
import { NO_EDITS } from '../../src/runtime/message/splice.ts'
import type { Transfer } from '../../src/runtime/upstream/http1/connection.ts'
import type { Connections } from '../../src/runtime/upstream/http1/connections.ts'
import {
  writeHead,
  writeRequest,
} from '../../src/runtime/upstream/http1/request.ts'
import { until } from './until.ts'

const HEAD = writeHead('POST', '/mcp', { host: 'localhost' })

/** `told` ends with `end`, or with how it was lost. */
export function ask(connections: Connections, body = '{}') {
  const exchange: Transfer & { told: string[]; text: string; head: string } = {
    connection: undefined,
    told: [],
    text: '',
    head: '',
    begin: ({ status, type }) => {
      exchange.head += `${status} ${type}`
    },
    take: (bytes, from, end) => {
      exchange.text += bytes.toString('utf8', from, end)
    },
    end: () => exchange.told.push('end'),
    lost: ({ kind, detail }) => exchange.told.push(`${kind} ${detail}`),
  }
  const { memory } = connections
  connections.send(
    writeRequest(HEAD, Buffer.from(body), NO_EDITS, memory),
    exchange,
  )
  return exchange
}

export async function settle(connections: Connections, body?: string) {
  const exchange = ask(connections, body)
  await until(() => exchange.told.length > 0)
  return `${exchange.told} ${exchange.text}`
}

/** On loopback, until the test ends; with the connections that it took. */
export async function listen(t: Test, server: TcpServer | Server) {
  const sockets: Socket[] = []
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, sockets }
}

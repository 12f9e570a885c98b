// What Node's own client reads in the bytes of a response.
// In: the bytes, in the pieces in which they arrive. Out: the response.
// INVARIANT: no network: http.request gets a stream that is fed here.

import { Agent, type IncomingMessage, request } from 'node:http'
import { Duplex } from 'node:stream'

export interface NodeResponse {
  readonly status: number
  /** As Latin-1. */
  readonly body: string
  readonly headers: IncomingMessage['headers']
  /** Its last byte was read. */
  readonly isWhole: boolean
  /** Node would use the connection for another request. */
  readonly isKept: boolean
}

/** Turns of the event loop in which Node reads all that it was fed. */
const TURNS = 3

/** `closes`: the server ends the connection after the last piece. */
export async function readWithClient(
  pieces: readonly Buffer[],
  closes: boolean,
): Promise<NodeResponse> {
  const socket = openSocket()
  const agent = new Agent({ keepAlive: true })
  Object.assign(agent, { createConnection: () => socket })
  const sent = request({ agent, method: 'POST' })
  let response: IncomingMessage | undefined
  let body = ''
  let isWhole = false
  sent.on('error', () => {})
  sent.on('response', (given) => {
    response = given
    given.setEncoding('latin1')
    given.on('error', () => {})
    given.on('data', (text: string) => {
      body += text
    })
    given.on('end', () => {
      isWhole = given.complete
    })
  })
  sent.end('{}')
  await passTurns(1)
  for (const piece of pieces) socket.push(piece)
  if (closes) socket.push(null)
  await passTurns(TURNS)
  const isKept = sent.shouldKeepAlive
  sent.destroy()
  socket.destroy()
  agent.destroy()
  const { statusCode: status = 0, headers = {} } = response ?? {}
  return { status, body, headers, isWhole, isKept }
}

/** A stream with what Node's agent calls on a socket. */
function openSocket(): Duplex {
  const socket = new Duplex({
    read: () => {},
    write: (_chunk, _encoding, done) => done(),
  })
  const ignore = () => socket
  const names = ['setKeepAlive', 'setTimeout', 'setNoDelay', 'ref', 'unref']
  for (const name of names) Object.assign(socket, { [name]: ignore })
  return socket
}

async function passTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

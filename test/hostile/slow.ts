// Attacks by time: peers that send a byte now and then, or nothing.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import { type AddressInfo, connect } from 'node:net'
import { readBody } from '../../src/runtime/http/body.ts'
import type { HttpHandler } from '../../src/runtime/http/fast-connection.ts'
import { createHttpServer } from '../../src/runtime/http/http-server.ts'
import { type Teardown, write } from '../harness/bounds/edge.ts'
import type { Attack } from './case.ts'

const CAP = 4_096

const SHORT = { head: 60, request: 120, check: 25 }

/** Written a byte at a time: the connection ends with 408, and is recorded. */
async function sendSlowly(
  t: Teardown,
  bytes: string,
  at: number,
  isFast = false,
): Promise<string> {
  const told: string[] = []
  const serve: HttpHandler = (request, response) =>
    readBody(request, CAP, () => response.end('late'))
  const server = createHttpServer(
    serve,
    (_ip, reason) => told.push(reason),
    SHORT,
    isFast ? { endpoints: [{ path: '/mcp', serve }], cap: CAP } : undefined,
  )
  t.teardown(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes.slice(0, at))
  let next = at
  // A write behind the answer could fail before the answer is read.
  const pace = setInterval(() => {
    if (told.length === 0) socket.write(bytes[next++] ?? '')
  }, 10)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString()
  })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.on('close', resolve))
  clearInterval(pace)
  assert.match(text, /^HTTP\/1\.1 408 /)
  assert.deepEqual(told, ['too slow'])
  return text.split('\r\n')[0] ?? ''
}

const long = write(
  { 'content-type': 'application/json', authorization: 'Bearer x' },
  ' '.repeat(4_000),
)

export const ATTACKS: readonly Attack[] = [
  { id: 'S18 a head, slowly', run: (t) => sendSlowly(t, long, 30) },
  { id: 'S18 a body, slowly', run: (t) => sendSlowly(t, long, 200) },
  {
    id: 'S18 a connection that says nothing',
    run: (t) => sendSlowly(t, '', 0),
  },
  {
    id: 'S18 a head, slowly, to our own reader',
    run: (t) => sendSlowly(t, long, 30, true),
  },
  {
    id: 'S18 a body, slowly, to our own reader',
    run: (t) => sendSlowly(t, long, 200, true),
  },
  {
    id: 'S18 a connection that says nothing to our own reader',
    run: (t) => sendSlowly(t, '', 0, true),
  },
  {
    id: 'S18 the times of a listener',
    run: async () => {
      const { headersTimeout, requestTimeout } = createHttpServer(
        () => {},
        () => {},
      )
      assert.deepEqual([headersTimeout, requestTimeout], [10_000, 30_000])
    },
  },
]

// One session of several clients: what one of them does ends no call of another.
// Covers src/runtime/upstream.

import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { json, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { post } from '../harness/wire.ts'

t.test('a call that the server refuses with 400 ends no other', async (t) => {
  let begun = () => {}
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  const server = await startRawServer(t, {
    slow: ({ id }, response) => {
      begun()
      const text = 'slow but sure'
      const answer = { id, result: { content: [{ type: 'text', text }] } }
      void setTimeout(200).then(() => json(response, answer))
    },
    // To many servers that means an unknown session.
    bad: (_, response) => void response.writeHead(400).end('no'),
  })
  const granted = issue({ subject: 'one', roles: ['all'] })
  const raw = { type: 'http', url: server.url, isolation: 'shared' }
  const { gateway } = await serveConfig(
    t,
    { servers: { raw }, roles: { all: { allow: { raw: ['*'] } } } },
    [granted],
  )
  const call = (name: string) =>
    post(gateway.url, granted.token, 'tools/call', { name, arguments: {} })
  const slow = call('raw__slow')
  await isBegun
  const bad = await call('raw__bad')
  t.match(bad.body, /HTTP 400/)
  t.match((await slow).body, /slow but sure/)
  t.match((await call('raw__slow')).body, /slow but sure/, 'and goes on')
})

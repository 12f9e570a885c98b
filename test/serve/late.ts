// What is made at the first request for it: the router of a listener.
// Covers src/runtime/http.

import type { IncomingMessage, ServerResponse } from 'node:http'
import t from 'tap'
import { createListener } from '../../src/runtime/http/listener.ts'

t.test('a router that fails: each request is answered', async (t) => {
  const bug = new Error('a canary')
  const faults: unknown[] = []
  const app = {
    ready: async () => {},
    close: async () => {},
    routing: ({ url }: IncomingMessage, response: ServerResponse) => {
      if (url === '/half') response.writeHead(200).write('half')
      if (url !== '/good') throw bug
      response.end()
    },
  }
  let asked = 0
  const listener = createListener({
    probes: { readiness: () => 'ready' },
    makeApp: async () => {
      asked += 1
      if (asked === 1) throw bug
      return app as never
    },
    failed: (error) => faults.push(error),
    malformed: () => {},
  })
  const port = await listener.listen('127.0.0.1', 0)
  t.teardown(() => listener.close())
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    await answer.text()
    return answer.status
  }
  t.equal(await ask('/a'), 503, 'it cannot be made')
  t.equal(await ask('/b'), 503, 'it is made, and throws')
  t.equal(await ask('/c'), 503, 'it is there, and throws')
  await t.rejects(ask('/half'), 'half an answer ends')
  t.equal(await ask('/good'), 200, 'the next one')
  t.strictSame(faults, [bug, bug, bug, bug])
  t.equal(asked, 2)
})

// What an operator is told of a server that did not say what it offers.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { askServers } from '../../src/cli/ask.ts'
import { openIo } from '../../src/cli/io.ts'
import { makeIo } from '../harness/gateway.ts'
import { makeTable } from '../harness/judged-config.ts'
import { NO_PROGRAMS } from '../harness/no-programs.ts'

async function ask(t: Test, server: object) {
  const { servers, caps } = makeTable({
    config: {
      servers: { it: server },
      roles: {},
      teams: {},
      limits: {},
      tokens: { grants: {} },
    },
    lock: {},
  } as never)
  const env = { GH: 'secret' }
  const root = t.testdir()
  const secrets = { env, root, programs: NO_PROGRAMS }
  const asked = { servers, caps, secrets }
  const answers = await askServers(asked, openIo([], { ...makeIo(root), env }))
  const answer = answers.get('it')
  return answer && 'failure' in answer ? answer : { failure: '', help: '' }
}

async function serve(t: Test, status: number): Promise<object> {
  const server = createServer((_, response) => response.writeHead(status).end())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const headers = { authorization: { bearer: 'env:GH' } }
  return { type: 'http', url: `http://127.0.0.1:${port}/`, headers }
}

for (const status of [401, 403]) {
  t.test(`a server that answers ${status}`, async (t) => {
    const { failure, help } = await ask(t, await serve(t, status))
    t.equal(
      failure,
      `refuses the gateway: HTTP ${status}; header authorization from env:GH`,
    )
    t.match(help, /credentials/)
  })
}

t.test('a server that answers 500', async (t) => {
  const { failure, help } = await ask(t, await serve(t, 500))
  t.match(failure, /HTTP 500/)
  t.match(help, /the server itself fails/)
})

const program = (text: string) => ({
  type: 'stdio',
  command: process.execPath,
  args: ['-e', text],
})

t.test('a program that ends', async (t) => {
  const { failure, help } = await ask(t, program('process.exit(3)'))
  t.match(failure, /exited with 3/)
  t.notMatch(failure, /JSON/)
  t.match(help, /it ends before it answers/)
})

t.test('a program that writes its log where messages belong', async (t) => {
  const text = 'console.log("ready"); process.stdin.on("data", process.exit)'
  const { failure } = await ask(t, program(text))
  t.match(failure, /; it writes text that is not JSON on its standard output$/)
})

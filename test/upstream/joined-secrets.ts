// Secrets inside an argument and inside an address, from a config to the wire;
// and a server that is disabled and enabled while the gateway runs.
// Covers src/runtime/secrets.

import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { gateway } from '../harness/gateway.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { post } from '../harness/wire.ts'

/** A server that says its own command line or URL in the error of each call. */
const ECHO = `
  const say = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } } })
    else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] } })
    else if (method === 'tools/call') {
      const given = process.argv.slice(1)
      say({ id, error: { code: 1, message: given.join(' ') + ' hash ' + require('crypto').createHash('sha256').update(given.join(' ')).digest('hex') } })
    }
    else if (id !== undefined) say({ id, error: { code: -32601, message: 'no' } })
  })`

async function startHttp(t: Test) {
  const urls: string[] = []
  const server = createServer(async (request, response) => {
    urls.push(request.url ?? '')
    const body = await answer(request)
    response.statusCode = body === undefined ? 202 : 200
    response.setHeader('content-type', 'application/json')
    response.end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close().closeAllConnections())
  const { port } = server.address() as { readonly port: number }
  return { urls, origin: `http://127.0.0.1:${port}` }
}

async function answer(request: IncomingMessage): Promise<string | undefined> {
  const { id, method, params } = JSON.parse((await text(request)) || '{}')
  if (id === undefined) return undefined
  const tools = [{ name: 'echo', inputSchema: { type: 'object' } }]
  const results: Readonly<Record<string, object>> = {
    initialize: {
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'h', version: '1' },
    },
    'tools/list': { tools },
  }
  const result = results[method]
  const error = { code: 1, message: `failed at ${request.url}` }
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    ...(result ? { result } : { error }),
  })
}

const [KEY, PATH, NEXT] = ['joined/key-4711', 'path-value-4712', 'next-4713']

function configure(origin: string, more: object = {}, name = 'JOINED_KEY') {
  const key = { secret: `env:${name}` }
  return {
    listen: { port: 0 },
    admin: { port: 0 },
    servers: {
      child: {
        type: 'stdio',
        command: process.execPath,
        args: ['-e', ECHO, { join: ['key=', key, ';'] }],
        ...more,
      },
      web: {
        type: 'http',
        url: {
          join: [
            `${origin}/p/`,
            { secret: 'env:JOINED_PATH' },
            '/mcp?key=',
            key,
          ],
        },
      },
    },
    roles: { all: { allow: { child: ['*'], web: ['*'] } } },
  }
}

t.test('W10 secrets inside an argument and an address', async (t) => {
  const { urls, origin } = await startHttp(t)
  const set = { JOINED_KEY: KEY, JOINED_PATH: PATH, JOINED_NEXT: NEXT }
  Object.assign(process.env, set)
  t.teardown(() => {
    for (const name of Object.keys(set)) delete process.env[name]
  })
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const served = await serveConfig(t, configure(origin), [mine])
  const call = async (name: string) => {
    const params = { name, arguments: {} }
    const { url } = served.gateway
    return (await post(url, mine.token, 'tools/call', params)).body
  }
  const child = await call('child__echo')
  t.match(child, /key=/, 'the argument reached the program')
  t.notMatch(child, KEY, 'and its secret no client')
  const web = await call('web__echo')
  t.match(web, /failed at \/p\//)
  const wanted = `/p/${PATH}/mcp?key=${encodeURIComponent(KEY)}`
  t.ok(urls.includes(wanted), urls.join(' '))
  for (const hidden of [KEY, PATH, encodeURIComponent(KEY)]) {
    t.notOk(web.includes(hidden), hidden)
  }

  const live = await gateway(['check', '--live'], {
    cwd: served.folder,
    env: process.env as Record<string, string>,
  })
  t.match(live.stdout + live.stderr, /2 of 2 servers answered/)
  t.notMatch(live.stdout + live.stderr, PATH)

  await served.reload(configure(origin, {}, 'JOINED_NEXT'))
  const after = await call('child__echo')
  t.not(hashOf(after), hashOf(child), 'the program has the other secret')
  t.notMatch(after, NEXT)
  await call('web__echo')
  t.ok(urls.includes(`/p/${PATH}/mcp?key=${NEXT}`), urls.join(' '))

  await t.rejects(served.reload(configure(origin, {}, 'JOINED_ABSENT')))
  const off = configure(origin, {
    disabled: true,
    env: { A: { secret: 'env:JOINED_ABSENT' } },
  })
  await served.reload(off)
  t.match(await call('child__echo'), /Server child is disabled/, 'W22')
  await served.reload(configure(origin))
  // A list waits for the first answer of a server.
  await post(served.gateway.url, mine.token, 'tools/list', {})
  t.equal(hashOf(await call('child__echo')), hashOf(child), 'W22 and enabled')
})

function hashOf(body: string): string | undefined {
  return /hash ([0-9a-f]{64})/.exec(body)?.[1]
}

// The gateway as a process: tokens issued and revoked by the command line,
// files saved under it, signals, and what it leaves behind.
// Covers src/bin.ts.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { openEvents } from '../harness/events.ts'
import { CONFIG, FRAGMENT, serveTeam as start } from '../harness/folder.ts'
import { bin, gateway, runHere } from '../harness/gateway.ts'
import { makeFolder, serveFolder } from '../harness/process.ts'
import { connect, readRecords } from '../harness/served.ts'
import { isAlive, until } from '../harness/until.ts'
import { post, readMessage, send } from '../harness/wire.ts'

const idOf = (token: string) => token.split('_')[1] as string

t.test('revoking a token ends its streams and its calls', async (t) => {
  const { folder, tokens, served } = await start(t)
  const [ada, bob] = tokens
  const { url } = served
  const client = await connect(t, 'sdk 1.x', url, ada)
  t.same(await client.names(), ['local__echo', 'local__pid', 'local__sleep'])
  const bearer = (token: string) => ({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  })
  const hello = await send(url, {
    headers: bearer(ada),
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {} },
    }),
  })
  const stream = await openEvents(url, {
    headers: {
      ...bearer(ada),
      accept: 'text/event-stream',
      'mcp-session-id': String(hello.headers['mcp-session-id']),
    },
  })
  const other = await connect(t, 'sdk 2.x legacy', url, bob)
  const sleeping = client.watch('local__sleep', { ms: 60_000 }, {})
  sleeping.catch(() => {})
  const audit = join(folder, 'audit/gateway.jsonl')
  const isSent = () =>
    readRecords(audit).some(
      ({ event, method }) => event === 'intent' && method === 'tools/call',
    )
  await until(isSent, 'the call is under way')
  await until(() => stream.text() !== '', 'the stream has begun')
  t.notOk(stream.ended(), 'the stream is open')

  const args = ['token', 'revoke', idOf(ada)]
  const revoked = await gateway(args, { cwd: folder })
  t.equal(revoked.code, 0, revoked.stderr)
  await until(async () => {
    const answer = await post(url, ada, 'tools/list')
    return answer.status === 401
  }, 'the next call is refused')
  await until(() => stream.ended() !== undefined, 'the stream ends')
  t.equal(stream.status, 200)
  t.match(stream.text(), /^id: \S+\nretry: 1000\ndata:\n\n/)
  await t.rejects(sleeping, 'the call under way ends')
  t.equal(await other.call('local__echo', {}), '{}', 'nobody else noticed')
  t.ok(readRecords(audit).some(({ outcome }) => outcome === 'revoked'))
})

t.test('a limit of 60 an hour by the real clock', async (t) => {
  const { tokens, served } = await start(t)
  const call = (token: string) =>
    post(served.url, token, 'tools/call', { name: 'local__pid', arguments: {} })
  for (let i = 0; i < 60; i++) await call(tokens[0])
  const { body } = await call(tokens[0])
  const text = readMessage(body).result.content[0].text as string
  const match =
    /^Rate limit hourly: 60 calls an hour, each token\. Retry in (\d+) s\.$/.exec(
      text,
    )
  const seconds = Number(match?.[1])
  t.ok(seconds > 0 && seconds <= 60, text)
  t.notMatch((await call(tokens[1])).body, /Rate limit/)
})

t.test('signals leave nothing behind', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    const { tokens, served, folder } = await start(t)
    const answer = await post(served.url, tokens[0], 'tools/call', {
      name: 'local__pid',
      arguments: {},
    })
    const child = Number(readMessage(answer.body).result.content[0].text)
    t.ok(isAlive(child))
    const code = await served.stop(signal)
    t.equal(code, signal === 'SIGKILL' ? null : 0, signal)
    await until(() => !isAlive(child), `${signal}: the child is gone`)
    if (signal === 'SIGKILL') continue
    const last = readRecords(join(folder, 'audit/gateway.jsonl')).slice(-2)
    t.match(last, [{ notice: 'stop' }, { notice: 'checkpoint' }])
    t.equal(statSync(join(folder, 'gateway.key')).mode & 0o777, 0o600)
    t.equal(statSync(join(folder, 'audit/gateway.jsonl')).mode & 0o777, 0o600)
  }
})

t.test(
  'a signal during the start, or right behind its line, ends it in order',
  async (t) => {
    const listener = createServer((socket) =>
      t.teardown(() => socket.destroy()),
    )
    t.teardown(() => listener.close())
    await new Promise<void>((resolve) => {
      listener.listen(0, '127.0.0.1', resolve)
    })
    const { port } = listener.address() as AddressInfo
    const silent = { type: 'http', url: `http://127.0.0.1:${port}/mcp` }
    const connected = once(listener, 'connection')
    const starts = { silent: { servers: { silent } }, line: { servers: {} } }
    for (const [at, config] of Object.entries(starts)) {
      const text = JSON.stringify(config)
      const folder = makeFolder(t, { 'gateway.config.json': text })
      const preload = `data:text/javascript,${encodeURIComponent(SIGNAL_ITSELF)}`
      const ports = ['--port', '0', '--admin-port', '0']
      const child = spawn(
        process.execPath,
        ['--import', preload, bin, 'serve', ...ports],
        { cwd: folder, stdio: 'ignore' },
      )
      t.teardown(() => child.kill('SIGKILL'))
      const exited = once(child, 'exit')
      if (at === 'silent') {
        await connected
        child.kill('SIGTERM')
      }
      t.same(await exited, [0, null], at)
      const last = readRecords(join(folder, 'audit/gateway.jsonl')).slice(-2)
      t.match(last, [{ notice: 'stop' }, { notice: 'checkpoint' }])
    }
  },
)

/** Who reads the line may send a signal before another statement runs. */
const SIGNAL_ITSELF = `
const { write } = process.stdout
process.stdout.write = function (text, ...rest) {
  const isDone = write.call(this, text, ...rest)
  if (/^Endpoint/m.test(String(text))) process.kill(process.pid, 'SIGTERM')
  return isDone
}`

t.test('what cannot start says why', async (t) => {
  const { folder, served } = await start(t)
  const { port } = new URL(served.url)
  const again = ['serve', '--port', port, '--admin-port', '0']
  const second = await gateway(again, { cwd: folder })
  t.equal(second.code, 2)
  const writer = `process ${served.child.pid} writes the audit file`
  t.ok(second.stderr.includes(writer), second.stderr)
  const own =
    "import whole from './gateway.config.ts'\n" +
    "export default { ...whole, audit: { file: 'other.jsonl' } }\n"
  writeFileSync(join(folder, 'other.ts'), own)
  const busy = await gateway([...again, '--config', 'other.ts'], {
    cwd: folder,
  })
  t.equal(busy.code, 2)
  t.match(busy.stderr, /EADDRINUSE/)
  const nobody = await runHere(['serve', '--dev', '--as', 'nobody'], {
    cwd: folder,
  })
  t.equal(nobody.code, 2)
  t.match(nobody.stderr, /--as nobody: no such .*\nhelp: declared: reader/)
  writeFileSync(join(folder, 'fragment.ts'), 'export const servers = 1')
  const broken = await runHere(['serve', '--port', '0'], { cwd: folder })
  t.equal(broken.code, 1)
  t.match(broken.stderr, /GW1/)
})

t.test('a compiled table is served without the compiler', async (t) => {
  const folder = makeFolder(t, {
    'gateway.config.ts': CONFIG,
    'fragment.ts': FRAGMENT("'echo'"),
    'trace.cjs': `
      process.on('SIGUSR2', () => {
        const loaded = Object.keys(require.cache).join('\\n')
        require('fs').writeFileSync(__dirname + '/loaded.txt', loaded)
      })`,
  })
  const compiling = ['compile', '-o', 'served/table.json']
  mkdirSync(join(folder, 'served'))
  const { code, stderr } = await gateway(compiling, { cwd: folder })
  t.equal(code, 0, stderr)
  t.match(stderr, /wrote served\/table\.json, table [0-9a-f]{12}\n.*relative/)
  const table = join(folder, 'served/table.json')
  const artefact = JSON.parse(readFileSync(table, 'utf8'))
  const shown = await runHere(['compile'], { cwd: folder })
  t.same(JSON.parse(shown.stdout), artefact, 'the same on standard output')
  // Where no config is, and nothing that compiles one.
  const away = makeFolder(t, { 'table.json': shown.stdout })
  const trace = { NODE_OPTIONS: `--require=${join(folder, 'trace.cjs')}` }
  const served = await serveFolder(t, away, ['--dev', 'table.json'], trace)
  const { body } = await post(served.url, served.token, 'tools/list')
  t.match(body, /local__echo/)
  served.child.kill('SIGUSR2')
  const loaded = join(folder, 'loaded.txt')
  await until(() => existsSync(loaded) && statSync(loaded).size > 0)
  const modules = readFileSync(loaded, 'utf8')
  t.match(modules, /commander/, 'the list is real')
  const compiler = /node_modules\/(?:esbuild|ajv|acorn|yaml|@iarna)\//
  t.notMatch(modules, compiler)
  // No page, no metrics, no traces and no login were asked for.
  const late =
    /node_modules\/(?:fastify|prom-client|@opentelemetry|undici|jose)\//
  t.notMatch(modules, late)
  const { status } = await fetch(new URL('/whoami', served.url))
  t.equal(status, 401, 'the first request for a route is answered')
  served.child.kill('SIGUSR2')
  await until(() => /fastify/.test(readFileSync(loaded, 'utf8')), 'a router')

  const broken = JSON.stringify({ ...artefact, digest: '0'.repeat(64) })
  writeFileSync(join(away, 'table.json'), broken)
  await until(() => /still serving table/.test(served.stderr()))
  t.match((await post(served.url, served.token, 'tools/list')).body, /echo/)

  const before = readFileSync(table, 'utf8')
  writeFileSync(join(folder, 'fragment.ts'), 'export const servers = 1')
  const refused = await runHere(compiling, { cwd: folder })
  t.equal(refused.code, 1, 'a broken config')
  t.match(refused.stderr, /GW1/)
  t.equal(refused.stdout, '')
  t.equal(readFileSync(table, 'utf8'), before, 'what was there stays')
  writeFileSync(join(folder, 'fragment.ts'), FRAGMENT("'echo'"))
  const nowhere = ['compile', '-o', 'no/such/table.json']
  const unwritten = await runHere(nowhere, { cwd: folder })
  t.equal(unwritten.code, 2)
  t.match(unwritten.stderr, /cannot write no\/such\/table\.json: ENOENT/)
})

t.test('status asks where a broken config still says', async (t) => {
  const { served, folder } = await start(t)
  const { port } = new URL(served.adminUrl)
  const config = `
    export default {
      admin: { port: ${port} },
      servers: { local: { type: 'http', url: 'http://127.0.0.1:9/mcp' } },
      roles: { reader: { extends: ['nobody'] } },
    }`
  writeFileSync(join(folder, 'gateway.config.ts'), config)
  await until(() => /still serving table/.test(served.stderr()))
  const { code, stdout } = await gateway(['status'], { cwd: folder })
  t.equal(code, 1, 'a refused table is not fine')
  t.match(stdout, /GW3/)
})

t.test('secrets come from a file that is named', async (t) => {
  const folder = makeFolder(t, {
    'gateway.config.ts': CONFIG,
    'fragment.ts': FRAGMENT("'echo'"),
  })
  writeFileSync(join(folder, 'good.env'), '# a comment\nNAME=value\n')
  writeFileSync(join(folder, 'bad.env'), 'NAME=value\nBAD LINE\n')
  for (const [file, said] of [
    ['none.env', /--secrets cannot be read/],
    ['bad.env', /bad\.env:2: not a line of the form NAME=value/],
  ] as const) {
    const { code, stderr } = await runHere(['serve', '--secrets', file], {
      cwd: folder,
    })
    t.equal(code, 2, file)
    t.match(stderr, said)
  }
  const key = join(folder, 'gateway.key')
  writeFileSync(key, 'junk')
  const flags = ['serve', '--port', '0', '--secrets', 'good.env']
  const { code, stderr } = await gateway(flags, { cwd: folder })
  t.equal(code, 2)
  t.match(stderr, /cannot start: .* does not hold a gateway key/)
})

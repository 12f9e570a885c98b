// How servers start: what lists and calls wait for, which program a command names, and
// which words of a program are shown.
// Covers src/runtime/upstream, src/runtime/stages, src/cli.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openIo } from '../../src/cli/io.ts'
import { type LogOptions, openLog } from '../../src/cli/log.ts'
import { placeStack } from '../../src/cli/stack.ts'
import { findCommand } from '../../src/runtime/upstream/command.ts'
import { LastWords } from '../../src/runtime/upstream/last-words.ts'
import { ENDINGS } from '../harness/endings.ts'
import { makeFolder, makeIo, root, runHere } from '../harness/gateway.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { lockText } from '../harness/lock.ts'
import { CLIENTS, connect, issue, serveConfig } from '../harness/served.ts'
import { makeSteppedClock } from '../harness/stepped-clock.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, post } from '../harness/wire.ts'

/** A server that takes every request and answers none until it is opened. */
async function startLate(t: Test) {
  const behind = await startHttpServer()
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const server = createServer(async (incoming, response) => {
    await opened
    const { method, headers } = incoming
    const forward = (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    }
    const own = { ...headers, host: new URL(behind.url).host }
    incoming.pipe(request(behind.url, { method, headers: own }, forward))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await behind.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/mcp`, open }
}

/** A gateway that a server was just added to, which has not answered yet. */
async function start(t: Test, settings = {}) {
  const early = await startHttpServer()
  t.teardown(() => early.close())
  const late = await startLate(t)
  const ada = issue({ subject: 'ada', roles: ['all'] })
  const bob = issue({ subject: 'bob', roles: ['few'] })
  const cem = issue({ subject: 'cem', roles: ['sealed'] })
  const clock = makeSteppedClock()
  const of = (url: string) => ({ type: 'http', url })
  const servers = { early: of(early.url) }
  const few = { allow: { early: ['*'] } }
  const served = await serveConfig(
    t,
    { servers, roles: { all: few, few, sealed: few } },
    [ada, bob, cem],
    clock,
  )
  const { folder, gateway, reload } = served
  const lock = lockText({ sealed: { shut: {} } })
  writeFileSync(join(folder, 'gateway.lock.json'), lock)
  const config = {
    servers: {
      ...servers,
      late: { ...of(late.url), ...settings },
      sealed: of(late.url),
    },
    roles: {
      all: {
        allow: {
          early: ['*'],
          late: ['*', { prompt: '*' }, { resource: 'note://*' }],
        },
      },
      few,
      sealed: { allow: { early: ['*'], sealed: ['*'] } },
    },
  }
  await reload(config)
  const list = ({ token }: { readonly token: string }) =>
    post(gateway.url, token, 'tools/list')
  const held = (count: number) =>
    until(() => gateway.status().calls.inFlight === count, `${count} held`)
  return { ...served, ada, bob, cem, late, clock, list, held, config, folder }
}

t.test('lists wait for a server that starts for the first time', async (t) => {
  const { gateway, ada, bob, cem, late, list, held, records } = await start(t)
  const clients = CLIENTS.map((kind) =>
    connect(t, kind, gateway.url, ada.token),
  )
  const names = clients.map(async (one) => (await one).names())
  await held(CLIENTS.length)
  t.notMatch((await list(bob)).body, /late__/, 'not who may not use it')
  t.match((await list(cem)).body, /sealed__shut/, 'a lock is known at once')
  t.match(gateway.status().servers, [
    { name: 'early', listed: true },
    { name: 'late', state: 'starting', listed: false },
    { name: 'sealed', state: 'starting', listed: true },
  ])
  late.open()
  for (const one of names) t.match((await one).join(' '), /early__.* late__/)
  const lists = records().filter(({ method }) => method === 'tools/list')
  t.equal(lists.length, CLIENTS.length + 2, 'each list has one record')
  t.equal(gateway.status().calls.inFlight, 0)
})

t.test('after the bound a list goes without, and changes later', async (t) => {
  const { gateway, ada, late, clock, list, held } = await start(t)
  const client = await connect(t, 'sdk 1.x', gateway.url, ada.token)
  const first = client.names()
  const plain = list(ada)
  await held(2)
  clock.step(5_000)
  clock.step(2_900)
  t.equal(gateway.status().calls.inFlight, 2, 'before the bound')
  clock.step(200)
  t.notMatch((await first).join(' '), /late__/)
  const { headers, body } = await plain
  t.equal(headers['content-type'], 'text/event-stream', 'kept alive after 5 s')
  t.match(body, /early__/)
  t.notMatch((await list(ada)).body, /late__/, 'nobody waits any more')
  late.open()
  await until(async () => /late__/.test((await list(ada)).body), 'added')
})

t.test('a held list ends as a call does', async (t) => {
  const { gateway, ada, list, held, records } = await start(t)
  const gone = new AbortController()
  const method = 'tools/list'
  const message = { jsonrpc: '2.0', id: 1, method, params: { _meta: ENVELOPE } }
  const asked = fetch(gateway.url, {
    method: 'POST',
    headers: modernHeaders(ada.token, method),
    body: JSON.stringify(message),
    signal: gone.signal,
  })
  const rejected = t.rejects(asked)
  await held(1)
  gone.abort()
  await held(0)
  await rejected
  const last = () => records().findLast((one) => one.method === method)
  await until(() => last()?.outcome !== undefined, 'its record')
  t.equal(last()?.outcome, 'cancelled', 'its client went')

  const revoked = list(ada)
  await held(1)
  await gateway.revoke({ kind: 'token', value: ada.id })
  t.equal((await revoked).status, 401)
  t.equal(last()?.outcome, 'revoked')
})

const SEARCH = { name: 'late__search_issues', arguments: { q: 'x' } }

t.test('a call waits for the server that it names', async (t) => {
  const { gateway, ada, bob, cem, late, held, records } = await start(t)
  const ask = (one: { readonly token: string }, name: string) =>
    post(gateway.url, one.token, 'tools/call', { name, arguments: {} })
  const clients = await Promise.all(
    CLIENTS.slice(0, 2).map((kind) => connect(t, kind, gateway.url, ada.token)),
  )
  const found = clients.map((one) => one.call(SEARCH.name, { q: 'x' }))
  const named = [
    post(gateway.url, ada.token, 'tools/call', SEARCH),
    post(gateway.url, ada.token, 'prompts/get', { name: 'late__greet' }),
    post(
      gateway.url,
      ada.token,
      'resources/read',
      { uri: 'note://one' },
      'note://one',
    ),
    ask(cem, 'sealed__shut'),
  ]
  const missing = ask(ada, 'late__nothing')
  const who = fetch(new URL('/whoami', gateway.url), {
    headers: { authorization: `Bearer ${ada.token}` },
  })
  await held(7)
  t.match((await ask(ada, 'early__nothing')).body, /Unknown tool/, 'at once')
  t.match((await ask(bob, SEARCH.name)).body, /Unknown tool/, 'who may not')
  t.match((await ask(ada, 'early__search_issues')).body, /found/)
  t.equal(gateway.status().calls.inFlight, 7, 'and these still wait')
  late.open()
  t.same(await Promise.all(found), ['found x', 'found x'])
  const [tool, prompt, note, sealed] = await Promise.all(named)
  t.match(tool?.body, /found x/)
  t.match(prompt?.body, /hello/)
  t.match(note?.body, /a note/)
  t.notMatch(sealed?.body, /could not be reached|starting/)
  t.match((await missing).body, /Unknown tool: late__nothing/)
  t.match(await (await who).json(), {
    servers: [{ name: 'early' }, { name: 'late' }],
    unlisted: [],
  })
  const own = records().filter(
    ({ server, tool }) => server === 'late' && tool === 'search_issues',
  )
  t.same(own.map(({ event }) => event).sort(), [
    'intent',
    'intent',
    'intent',
    'outcome',
    'outcome',
    'outcome',
  ])
  t.equal(gateway.status().calls.inFlight, 0)
})

t.test('a call that waits ends as a call does', async (t) => {
  const { gateway, ada, held, records, clock } = await start(t)
  const call = (signal?: AbortSignal) =>
    fetch(gateway.url, {
      method: 'POST',
      headers: modernHeaders(ada.token, 'tools/call', SEARCH.name),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { ...SEARCH, _meta: ENVELOPE },
      }),
      ...(signal && { signal }),
    })
  const last = () => records().findLast((one) => one.method === 'tools/call')
  const gone = new AbortController()
  const rejected = t.rejects(call(gone.signal))
  await held(1)
  gone.abort()
  await held(0)
  await rejected
  await until(() => last()?.outcome !== undefined, 'its record')
  t.match(last(), { outcome: 'cancelled', server: 'late' })

  const late = call()
  await held(1)
  clock.step(8_100)
  t.match(await (await late).text(), /Server late is still starting/)
  t.match(last(), { outcome: 'upstream_error', server: 'late' })

  const { gateway: other, ada: eve, ...next } = await start(t)
  const params = { name: 'late__search_issues', arguments: {} }
  const revoked = post(other.url, eve.token, 'tools/call', params)
  await next.held(1)
  await other.revoke({ kind: 'token', value: eve.id })
  t.equal((await revoked).status, 401)
})

t.test('a call waits no longer than its own time', async (t) => {
  const { gateway, ada } = await start(t, { timeout: '1s' })
  const { body } = await post(gateway.url, ada.token, 'tools/call', SEARCH)
  t.match(body, /Server late is still starting/)
})

t.test('the gateway closes without waiting for it', async (t) => {
  const { gateway, ada, list, held } = await start(t)
  const asked = list(ada)
  await held(1)
  const began = performance.now()
  await gateway.close()
  t.match((await asked).body, /early__/, 'what is there')
  t.ok(performance.now() - began < 5_000)
})

t.test('the line that names the error', (t) => {
  for (const { program, stderr, shown } of ENDINGS) {
    const words = new LastWords()
    for (const line of stderr.split('\n')) words.add(line.trim())
    t.equal(words.text, shown, program)
  }
  const words = new LastWords()
  words.add('Error: the cache is gone')
  for (let line = 0; line < 9; line++) words.add(`served ${line}`)
  t.equal(words.text, 'served 8', 'an error of long ago is not why')
  t.end()
})

t.test('a program installed beside the config', async (t) => {
  const server = join(import.meta.dirname, '../harness/stdio-server.js')
  const config = (command: string, env = {}) =>
    JSON.stringify({
      servers: { own: { type: 'stdio', command, env } },
      roles: { all: { allow: { own: ['*'] } } },
    })
  const folder = makeFolder(t, {
    'node_modules/.bin/own-server': `#!${process.execPath}\nimport(${JSON.stringify(server)})\n`,
    'node_modules/.bin/not-executable': '',
    'gateway.config.json': config('own-server'),
  })
  const installed = join(folder, 'node_modules/.bin/own-server')
  chmodSync(installed, 0o755)
  const live = () => runHere(['check', '--live', '--cwd', folder])
  const found = await live()
  t.notMatch(found.stdout, /GW8007|GW8013/, found.stdout)
  t.match(found.stderr + found.stdout, /1 of 1 servers answered/)
  const find = (command: string, env = {}) =>
    findCommand({ command, env }, folder)
  t.equal(find('own-server').command, installed)
  t.equal(find('not-executable').command, 'not-executable')
  t.equal(find('/usr/bin/own-server').command, '/usr/bin/own-server')
  t.equal(find('./own-server').command, join(folder, 'own-server'))
  t.equal(find('own-server', { PATH: '/bin' }).command, 'own-server')
  writeFileSync(
    join(folder, 'gateway.config.json'),
    config('own-server', { PATH: '/nowhere' }),
  )
  t.match((await live()).stdout, /GW8007.*is not in the PATH of its `env`/)
})

t.test('a program that cannot be started, and one that ends', async (t) => {
  const stdio = (command: string, ...args: string[]) => ({
    type: 'stdio',
    command,
    args,
  })
  const { gateway } = await serveConfig(
    t,
    {
      servers: {
        ended: stdio(process.execPath, '/no/such/server.js'),
        missing: stdio('no-such-command'),
        nowhere: { ...stdio(process.execPath), cwd: 'no-such-folder' },
        plain: stdio('./not-executable'),
      },
      roles: {},
    },
    [],
    undefined,
    { 'not-executable': '' },
  )
  const reasons = gateway.status().servers.map(({ reason }) => reason)
  t.match(reasons, [
    "ended: exited with 1: Error: Cannot find module '/no/such/server.js'",
    /`no-such-command` is neither in PATH nor in node_modules\/.bin beside/,
    /its folder \S+no-such-folder does not exist \(ENOENT\)/,
    /may not run \S+not-executable \(EACCES\): is it executable\?/,
  ])
})

t.test('the log: one form, with the level that was asked for', (t) => {
  const open = (options: LogOptions, env = {}, isTTY = false) => {
    const io = { ...makeIo('/'), env }
    Object.assign(io.stderr, { isTTY })
    const { logger } = openLog(options, openIo([], io))
    logger.debug({ server: 'files' }, 'a line')
    logger.info({ server: 'files', tools: 14, ms: 2_103 }, 'up')
    logger.warn({ server: 'f\x1b[2J', reason: 'x\n\u009b2J\u202e' }, 'down')
    logger.error({ reasons: ['one', 'two\r'] }, 'reload rejected')
    logger.error(new TypeError('a canary'), 'a bug: a request was dropped')
    return String(io.stderr.read())
  }
  const lines = open({}).trim().split('\n')
  t.match(
    lines.map((line) => JSON.parse(line)),
    [
      { level: 'info', server: 'files', tools: 14, ms: 2_103, msg: 'up' },
      { level: 'warn', server: 'f\x1b[2J', msg: 'down' },
      { level: 'error', reasons: ['one', 'two\r'], msg: 'reload rejected' },
      { level: 'error', err: { type: 'TypeError', message: 'a canary' } },
    ],
  )
  for (const line of lines) {
    t.match(JSON.parse(line).time, /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
    t.notMatch(line, /[^ -~]/, 'nothing that is not ASCII is unseen')
  }
  const built = readFileSync(join(root, 'dist/run/gateway.js'), 'utf8')
  const line = built
    .split('\n')
    .findIndex((one) => /^function closeI/.test(one))
  const at = (row: number) =>
    `at x (file://${root}/dist/run/gateway.js:${row}:10)`
  t.match(placeStack(at(line + 1)), /^at x \(src\/bin\.ts:\d+:\d+\)$/)
  const unknown = at(1).replace('gateway.js', 'gone.js')
  t.equal(placeStack(unknown), unknown, 'without a map')
  const pretty = open({ log: 'pretty', logLevel: 'debug' })
  const told = pretty.trim().split('\n')
  t.match(told[0], /^\S{24} debug files: a line$/)
  t.match(told[1], /^\S{24} info {2}files: up: 14 tools, 2\.1 s$/)
  t.match(told[2], /^\S{24} warn {2}f\ufffd\[2J: down: x\ufffd\ufffd2J\ufffd$/)
  t.same(told.slice(4, 6), ['  one', '  two\ufffd'])
  t.match(told.slice(6, 8).join(' '), /dropped {3}TypeError: a canary/)
  t.notMatch(pretty, /\x1b/, 'no colours off a terminal')
  t.match(open({}, {}, true), /\x1b\[33mwarn/, 'a person is at a terminal')
  t.notMatch(open({}, { NO_COLOR: '1' }, true), /\x1b/)
  t.equal(open({ log: 'json' }, {}, true)[0], '{')
  t.match(open({}, { LOG_LEVEL: 'error' }).trim().split('\n').length, 2)
  t.throws(() => open({}, { LOG_LEVEL: 'eror' }), /no such level/)
  t.match(open({ logLevel: 'debug' }, { LOG_LEVEL: 'eror' }), 'a line')
  t.end()
})

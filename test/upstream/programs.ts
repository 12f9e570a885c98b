// Secrets that programs print: one run of a program and what may go wrong, then a
// gateway whose servers, address, client and reloads need them.
// Covers src/runtime/secrets, src/runtime/upstream and src/runtime/control.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { ProgramRef } from '../../src/contract/table.ts'
import { systemClock } from '../../src/runtime/base/clock.ts'
import { Programs } from '../../src/runtime/secrets/programs.ts'
import { resolveKey, resolveValue } from '../../src/runtime/secrets/resolve.ts'
import { gateway } from '../harness/gateway.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { isAlive, until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

const STDIO = join(import.meta.dirname, '../harness/stdio-server.js')

const SEED = 'seed-of-the-vault-4711'

function open(
  root: string,
  env: Readonly<Record<string, string>> = {},
  clock = systemClock,
) {
  const groups = new Set<number>()
  const programs = new Programs({
    root,
    clock,
    groups: {
      add: (pid) => groups.add(pid),
      remove: (pid) => groups.delete(pid),
    },
    env: () => ({ PATH: `.::${process.env.PATH}`, ...env }),
  })
  return { programs, groups, source: { env, root, programs } }
}

const sh = (script: string, more: Partial<ProgramRef> = {}): ProgramRef => ({
  exec: ['sh', '-c', script],
  env: [],
  timeout: 10_000,
  ...more,
})

const js = (script: string, ...args: readonly string[]): ProgramRef => ({
  ...sh(''),
  exec: [process.execPath, '-p', script, ...args],
})

t.test('what one run gives, or why it gives nothing', async (t) => {
  const root = t.testdir({ plain: '', op: '' })
  const { programs, groups, source } = open(root, { SEED, OTHER: 'no' })
  const seeded = { env: ['SEED'] }
  const given = 'Object.keys(process.env).sort().join()'
  const good: readonly (readonly [ProgramRef, string])[] = [
    [sh('echo tok'), 'tok'],
    [sh("printf 'tok\\r\\n'"), 'tok'],
    [sh("printf ' a b '"), ' a b '],
    [sh('printf %s "$SEED"', seeded), SEED],
    [js(given), 'PATH'],
    [{ ...js(given), env: ['SEED'] }, 'PATH,SEED'],
    [
      js('process.argv.slice(1).join("|")', 'a b', '$(id)', '', '*'),
      'a b|$(id)||*',
    ],
    [js('process.cwd()'), root],
    [sh('cat; echo closed'), 'closed'],
    [js('"\u00e9".repeat(3)'), '\u00e9\u00e9\u00e9'],
    [js('"x".repeat(65535)'), 'x'.repeat(65_535)],
  ]
  const bad: readonly (readonly [ProgramRef, string])[] = [
    [sh('exit 0'), 'printed nothing'],
    [sh('echo'), 'printed nothing'],
    [sh('sleep 60', { timeout: 200 }), 'did not end within 0.2 s'],
    [sh('echo one >&2; echo two >&2; exit 3'), 'ended with 3: two'],
    [sh('exit 4'), 'ended with 4'],
    [sh('kill -9 $$'), 'ended with SIGKILL'],
    [
      sh('echo "bad $SEED" >&2; exit 1', seeded),
      'ended with 1: bad [redacted]',
    ],
    [
      sh('echo tok-4712; echo "got tok-4712" >&2; exit 1'),
      'ended with 1: got [redacted]',
    ],
    [sh("printf 'a\\033[31m\\tb' >&2; exit 1"), 'ended with 1: a [31m b'],
    [sh('yes'), 'printed more than 64 KiB'],
    [sh("printf '\\377'"), 'printed what is not UTF-8'],
    [sh("printf 'a\\nb\\n'"), 'printed more than one line of text'],
    [sh("printf 'a\\000b'"), 'printed more than one line of text'],
    [sh('x', { env: ['GONE'] }), 'needs the variable GONE, which is not set'],
    [{ ...sh(''), exec: ['no-such-program'] }, 'was not found'],
    [
      { ...sh(''), exec: ['echo', 'x'.repeat(200_000)] },
      'has too long arguments',
    ],
    [{ ...sh(''), exec: ['echo', 'a\0b'] }, 'has an argument with a NUL'],
    // Not the file of the folder in which it runs.
    [{ ...sh(''), exec: ['op'] }, 'was not found'],
    [{ ...sh(''), exec: ['./plain'] }, 'may not be run by this user'],
  ]
  const refs = [...good, ...bad].map(([ref]) => ref)
  t.throws(() => programs.read(refs[0] as ProgramRef), /did not run/)
  await programs.load(refs)
  for (const [ref, expected] of good) {
    t.equal(resolveValue({ secret: ref }, source), expected)
  }
  for (const [ref, reason] of bad) {
    const message = `the program \`${ref.exec[0]}\` ${reason}`
    t.throws(() => resolveValue({ secret: ref }, source), { message })
  }
  const lines = resolveKey(sh("printf 'a\\nb\\n'"), source)
  t.equal(lines, 'a\nb', 'a key may have several lines')
  t.equal(groups.size, 0, 'no process is left')

  // One that leaves another behind, which holds its pipe.
  const leaves = sh('sleep 60 & echo $!')
  await programs.load([leaves])
  const left = Number(programs.read(leaves))
  await until(
    () => !isAlive(left) || isZombie(left),
    'nor what one has started',
  )
})

t.test('a program that may not be ended, as with sudo', async (t) => {
  const { kill } = process
  t.teardown(() => Object.assign(process, { kill }))
  process.kill = (pid, signal) => {
    if (pid > 0) return kill.call(process, pid, signal)
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
  }
  let now = 0
  const clock = { ...systemClock, monotonic: () => now }
  const { programs, groups, source } = open(t.testdir({}), {}, clock)
  const ref = sh('sleep 600', { timeout: 20 })
  const run = async () => {
    now += 2_000
    await programs.load([ref])
    return resolveValue({ secret: ref }, source)
  }
  await t.rejects(run(), { message: /did not end within .*, and goes on/ })
  const left = [...groups]
  t.equal(left.length, 1)
  await t.rejects(run(), { message: /did not run: its last run goes on/ })
  t.same([...groups], left, 'no second one')
  Object.assign(process, { kill })
  for (const pid of left) process.kill(-pid, 'SIGKILL')
  await until(() => groups.size === 0, 'it is gone')
  await t.rejects(run(), { message: /did not end within 0\.02 s$/ })
  await programs.close()
})

t.test('one run for all that ask, and how long it is good', async (t) => {
  const root = t.testdir({ runs: '' })
  let now = 0
  const clock = { ...systemClock, monotonic: () => now }
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', SEED }
  const groups = { add() {}, remove() {} }
  const programs = new Programs({ root, clock, groups, env: () => env })
  const ref = sh('echo >> runs; test ! -e broken && echo tok', {
    env: ['SEED'],
  })
  const runs = () => readFileSync(join(root, 'runs'), 'utf8').length
  const load = async () => {
    await Promise.all([programs.load([ref]), programs.load([ref, ref])])
    return runs()
  }
  t.equal(await load(), 1, 'three ask at once')
  now = 299_999
  t.equal(await load(), 1)
  now = 300_000
  t.equal(await load(), 2, 'after five minutes')
  t.notOk(programs.doubt([ref]), 'it has only just run')
  now += 1_000
  t.ok(programs.doubt([ref]))
  t.equal(await load(), 3, 'what used it has failed')
  now += 1_000
  env.SEED = 'another'
  t.equal(await load(), 4, 'its environment is another')

  writeFileSync(join(root, 'broken'), '')
  now += 300_000
  t.equal(await load(), 5)
  t.equal(
    programs.read(ref),
    'tok',
    'a vault out of order costs no good secret',
  )
  now += 1_000
  programs.doubt([ref])
  t.equal(await load(), 6)
  t.throws(() => programs.read(ref), /ended with 1/, 'but one that is refused')
  t.equal(await load(), 6)
  now += 1_000
  t.equal(await load(), 7, 'once a second until it gives one')
  programs.keep([])
  t.throws(() => programs.read(ref), /did not run/, 'no table needs it')
  await programs.close()
  await programs.load([ref])
  t.throws(() => programs.read(ref), /the gateway is closing/)
})

/** A server that takes the token which a file holds, and counts its refusals. */
async function startGuarded(t: Test, token: () => string) {
  let refused = 0
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse((await text(request)) || '{}')
    const { authorization } = request.headers
    if (authorization !== `Bearer ${token()}`) {
      refused++
      return void response.writeHead(401).end()
    }
    if (id === undefined) return void response.writeHead(202).end()
    const results: Readonly<Record<string, object>> = {
      initialize: {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'guarded', version: '1' },
      },
      'tools/list': {
        tools: [{ name: 'echo', inputSchema: { type: 'object' } }],
      },
    }
    const result = results[method]
    // What a server says in an error is cleaned of secrets.
    const error = { code: -32000, message: `with ${authorization}` }
    const answer = result ? { result } : { error }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/mcp`, refused: () => refused }
}

t.test('three servers share a program, whose secret changes', async (t) => {
  const vault = t.testdir({ token: 'first-4713', runs: '' })
  const read = (name: string) => readFileSync(join(vault, name), 'utf8')
  const { url, refused } = await startGuarded(t, () => read('token'))
  const print = {
    exec: ['sh', '-c', `echo >> ${vault}/runs; cat ${vault}/token`],
  }
  const server = {
    type: 'http',
    url,
    headers: { authorization: { bearer: print } },
  }
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = (servers: object) => ({
    servers,
    roles: {
      all: {
        allow: Object.fromEntries(
          Object.keys(servers).map((name) => [name, ['*']]),
        ),
      },
    },
  })
  const local = {
    type: 'stdio',
    command: process.execPath,
    args: [STDIO],
    env: { SECRET: { secret: print } },
  }
  const both = { one: server, two: server, local }
  const served = await serveConfig(t, config(both), [mine])
  const call = async (name: string) => {
    const params = { name, arguments: {} }
    return (await post(served.gateway.url, mine.token, 'tools/call', params))
      .body
  }
  t.match(await call('one__echo'), /with \[redacted\]/)
  t.match(await call('two__echo'), /with \[redacted\]/)
  t.match(await call('local__fail'), /no: \[redacted\]/)
  t.equal(read('runs').length, 1)
  t.equal(refused(), 0)

  writeFileSync(join(vault, 'token'), 'second-4714')
  await until(
    async () => /with \[redacted/.test(await call('one__echo')),
    'the new secret is sent',
  )
  t.match(await call('one__echo'), /with \[redacted\]/)
  t.ok(refused() > 0)

  // A reload whose program fails changes nothing.
  const failing = { exec: ['sh', '-c', 'echo "sign in first" >&2; exit 1'] }
  const third = { ...server, headers: { authorization: { bearer: failing } } }
  await t.rejects(served.reload(config({ ...both, third })), {
    message: /server `third`: the program `sh` ended with 1: sign in first/,
  })
  t.match(await call('one__echo'), /with \[redacted/)
  const { servers } = served.gateway.status()
  t.same(
    servers.map(({ name }) => name),
    ['local', 'one', 'two'],
  )
  t.notMatch(JSON.stringify(served.records()), /first-4713|second-4714/)
})

t.test('a server is down because of its program, and why', async (t) => {
  const { url, refused } = await startGuarded(t, () => '')
  const secret = { exec: ['sh', '-c', 'echo "no session" >&2; exit 6'] }
  const stdio = {
    type: 'stdio',
    command: process.execPath,
    args: [STDIO],
    env: { SECRET: { secret } },
  }
  const http = {
    type: 'http',
    url,
    headers: { authorization: { bearer: secret } },
  }
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = {
    servers: { local: stdio, far: http },
    roles: { all: { allow: { local: ['*'], far: ['*'] } } },
  }
  const served = await serveConfig(t, config, [mine])
  const { gateway } = served
  const states = () =>
    gateway.status().servers.map(({ state, reason }) => `${state}: ${reason}`)
  const why = 'lacks a secret: the program `sh` ended with 6: no session'
  t.same(states(), [`down: ${why}`, `down: ${why}`])
  t.equal(refused(), 0, 'nothing was sent')
})

/** It has ended, and nobody has collected it yet. */
function isZombie(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && /\) Z/.test(readFileSync(stat, 'utf8'))
}

t.test('at its end a gateway ends the programs that run', async (t) => {
  const vault = t.testdir({})
  const pid = join(vault, 'pid')
  const script = `sleep 60 & echo $! > ${pid}.new && mv ${pid}.new ${pid} && wait`
  const secret = { exec: ['sh', '-c', script], timeout: '1m' }
  const url = 'http://127.0.0.1:9/mcp'
  const slow = { type: 'http', url, headers: { key: { secret } } }
  const { gateway, reload } = await serveConfig(t, { servers: {} }, [])
  const loading = reload({ servers: { slow } })
  await until(() => existsSync(pid), 'it runs')
  const child = Number(readFileSync(pid, 'utf8'))
  t.ok(isAlive(child))
  await Promise.all([
    t.rejects(loading, { message: /closing/ }),
    gateway.close(),
  ])
  await until(
    () => !isAlive(child) || isZombie(child),
    'what it has started is gone too',
  )
})

t.test('a check runs no program; a live one shows no secret', async (t) => {
  const vault = t.testdir({ runs: '' })
  const good = {
    exec: ['sh', '-c', `echo >> ${vault}/runs; echo shown-nowhere`],
  }
  const bad = { exec: ['sh', '-c', 'echo "not signed in" >&2; exit 2'] }
  const url = 'http://127.0.0.1:9/mcp'
  const config = {
    listen: { port: 0 },
    admin: { port: 0, token: { secret: good } },
    servers: {
      one: { type: 'http', url, headers: { 'x-a': { secret: good } } },
      two: { type: 'http', url, headers: { 'x-a': { secret: bad } } },
    },
  }
  const cwd = t.testdir({
    'gateway.config.json': JSON.stringify(config),
    runs: '',
  })
  const runs = () => readFileSync(join(vault, 'runs'), 'utf8').length
  const env = { PATH: process.env.PATH ?? '' }
  const offline = await gateway(['check'], { cwd, env })
  t.equal(offline.code, 0, offline.stdout)
  t.equal(runs(), 0)
  const live = await gateway(['check', '--live'], { cwd, env })
  const said = live.stdout + live.stderr
  t.match(said, /exec:sh -c ".*": 13 characters \(\d+\.\d s\)/)
  t.match(said, /GW8001.*the program `sh` ended with 2: not signed in/)
  t.notMatch(said.replaceAll('echo shown-nowhere', ''), /shown-nowhere/)
  t.equal(runs(), 1, 'once for all that name it')
})

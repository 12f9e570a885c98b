// What the gateway writes, apart from its config: a config folder in which
// nobody can write, one state for two gateways, a table beside its state.
// Covers src/link and src/runtime/base.

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { compile } from '../../src/compile.ts'
import { bin, gateway, runHere } from '../harness/gateway.ts'
import { makeFolder, serveFolder } from '../harness/process.ts'
import { readRecords } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

const STDIO = join(import.meta.dirname, '../harness/stdio-server.js')

const NOBODY = 65_534

/** Root writes everywhere: so as root, the gateway gives up being it. */
const isRoot = process.getuid?.() === 0
const GIVE_UP = `process.setgroups([]);process.setgid(${NOBODY});process.setuid(${NOBODY})`
const preload = isRoot ? ['--import', `data:text/javascript,${GIVE_UP}`] : []
const command = [process.execPath, ...preload, bin]

const SERVED = {
  servers: {
    local: { type: 'stdio', command: process.execPath, args: [STDIO] },
  },
  roles: { reader: { allow: { local: ['echo'] } } },
}

async function issue(folder: string, subject: string): Promise<string> {
  const who = ['--subject', subject, '--role', 'reader']
  const args = ['token', 'issue', '--cwd', folder, ...who]
  const { code, stdout, stderr } = await runHere(args)
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** A config folder that is closed, and a folder in which a state may be made. */
async function makeClosed(t: Test) {
  const whole = makeFolder(t, {
    'conf/gateway.config.json': JSON.stringify({
      ...SERVED,
      state: '../var/own',
    }),
  })
  chmodSync(whole, 0o755)
  const folder = join(whole, 'conf')
  const ada = await issue(folder, 'ada')
  const change = (text?: string) => {
    chmodSync(folder, 0o755)
    const tokens = join(folder, 'gateway.tokens.toml')
    if (text !== undefined) {
      chmodSync(tokens, 0o644)
      writeFileSync(tokens, text)
    }
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444)
    chmodSync(folder, 0o555)
  }
  change()
  t.teardown(() => chmodSync(folder, 0o755))
  mkdirSync(join(whole, 'var'))
  if (isRoot) chownSync(join(whole, 'var'), NOBODY, NOBODY)
  return { folder, state: join(whole, 'var/own'), ada, change }
}

const call = (url: string, token: string) =>
  post(url, token, 'tools/call', {
    name: 'local__echo',
    arguments: { it: 'works' },
  })

t.test('the whole config folder may be closed', async (t) => {
  const { folder, state, ada, change } = await makeClosed(t)
  const list = () =>
    readdirSync(folder).map((name) => {
      const { ino, mtimeMs } = statSync(join(folder, name))
      return `${name} ${ino} ${mtimeMs}`
    })
  const run = (...args: readonly string[]) =>
    gateway(args, { cwd: folder, command })
  const before = list()
  const serving = [...command, 'serve']
  const served = await serveFolder(t, folder, [], {}, serving)
  const { url, adminUrl } = served
  t.match((await call(url, ada)).body, /works/)
  t.equal(statSync(state).mode & 0o777, 0o700)
  const files = readdirSync(state).sort()
  t.same(files, ['audit', 'gateway.key', 'gateway.owner'])

  const at = ['--gateway', adminUrl]
  const live = await run('check', '--live')
  t.notMatch(live.stdout, /cannot be|GW8003|GW8005|GW8020/, live.stderr)
  const id = ada.split('_')[1] as string
  const revoked = await run('token', 'revoke', id, ...at)
  t.equal(revoked.code, 0, revoked.stderr)
  t.equal((await call(url, ada)).status, 401)
  t.match(readFileSync(join(state, 'gateway.revoked'), 'utf8'), id)
  t.match((await run('token', 'list')).stdout, /revoked/)
  const verified = await run('audit', 'verify')
  t.equal(verified.code, 0, verified.stderr)
  t.same(list(), before, 'no verb and no gateway has written there')

  // Who deploys replaces the file from outside.
  const other = makeFolder(t, {
    'gateway.config.json': JSON.stringify(SERVED),
  })
  const bob = await issue(other, 'bob')
  const tokens = readFileSync(join(other, 'gateway.tokens.toml'), 'utf8')
  change(tokens)
  await until(
    async () => (await call(url, bob)).status === 200,
    'the new token is good',
  )
  t.equal(await served.stop(), 0)
  const last = readRecords(join(state, 'audit/gateway.jsonl')).slice(-2)
  t.match(last, [{ notice: 'stop' }, { notice: 'checkpoint' }])
  t.same(readdirSync(folder).length, before.length)
})

t.test('two gateways do not share one state', async (t) => {
  const folder = makeFolder(t, {
    'gateway.config.json': JSON.stringify({ servers: {}, state: 'own' }),
    'file.json': JSON.stringify({ servers: {}, state: 'own/gateway.key' }),
    'apart.json': JSON.stringify({
      servers: {},
      state: 'own',
      audit: { file: 'apart.jsonl' },
    }),
    'stdout.json': JSON.stringify({
      servers: {},
      state: 'own',
      audit: { file: '/dev/stdout' },
    }),
  })
  const { child } = await serveFolder(t, folder)
  const ports = ['--port', '0', '--admin-port', '0']
  const who = `process ${child.pid} uses the state folder ${join(folder, 'own')}`
  const names = ['gateway.config.json', 'apart.json', 'stdout.json']
  // Wherever the audit is: the grants and the key are the same.
  const others = names.map(async (name) => {
    const args = ['serve', '--config', name, ...ports]
    const again = await gateway(args, { cwd: folder })
    t.equal(again.code, 2, name)
    t.ok(again.stderr.includes(who), again.stderr)
  })
  await Promise.all(others)
  t.notOk(existsSync(join(folder, 'apart.jsonl.owner')))
  const args = ['serve', '--config', 'file.json', ...ports]
  const { code, stderr } = await gateway(args, { cwd: folder })
  t.equal(code, 2)
  t.match(stderr, /state folder .* cannot be made: a file is in its place/)
})

t.test('a table finds its state from its own folder', async (t) => {
  const folder = makeFolder(t, {
    'gateway.config.json': JSON.stringify({
      servers: {},
      state: 'own',
      roles: { all: { allow: {} } },
      teams: { all: { roles: ['all'] } },
      login: {
        issuer: 'https://login.example.com',
        teams: { claim: 'groups', map: { all: 'all' } },
      },
    }),
    'served/here': '',
  })
  const to = join(folder, 'served/table.json')
  const { code, stderr } = await runHere(['compile', '-o', to], { cwd: folder })
  t.equal(code, 0, stderr)
  const served = await serveFolder(t, folder, ['served/table.json'])
  t.ok(existsSync(join(folder, 'served/own/gateway.key')))
  t.notOk(existsSync(join(folder, 'own')))
  const login = served.url.replace(/mcp$/, 'sso/mcp')
  t.match(served.stdout(), `\nLogin     ${login}\n`, 'what people need')
  await served.stop()
})

t.test('each of its files can be moved alone', async (t) => {
  const placed = async (config: object) => {
    const cwd = makeFolder(t, {
      'gateway.config.json': JSON.stringify({ servers: {}, ...config }),
    })
    const { artefact } = await compile({ cwd, now: Date.now() })
    if (!artefact) throw new Error('not compiled')
    const { key, audit, grants, revoked } = artefact.table
    return [key, audit.file, grants.folder, revoked]
  }
  const own = (folder: string) =>
    ['gateway.key', 'audit/gateway.jsonl', 'grants', 'gateway.revoked'].map(
      (name) => folder + name,
    )
  t.same(await placed({}), own(''))
  t.same(await placed({ state: '.' }), own(''))
  t.same(await placed({ state: 'own/' }), own('own/'))
  const state = '/var/lib/gateway'
  const all = own(`${state}/`)
  t.same(await placed({ state }), all)
  const moved: readonly (readonly [object, number, string])[] = [
    [{ key: '/run/k' }, 0, '/run/k'],
    [{ audit: { file: 'a.jsonl' } }, 1, 'a.jsonl'],
    [{ grants: { folder: '/g' } }, 2, '/g'],
    [{ revoked: '../r' }, 3, '../r'],
  ]
  for (const [keys, at, path] of moved) {
    const expected = all.map((one, index) => (index === at ? path : one))
    t.same(await placed({ state, ...keys }), expected)
  }
  // As before there was a state.
  const [key, , folder] = await placed({ key: '/run/gw/k' })
  t.same([key, folder], ['/run/gw/k', '/run/gw/grants'])
})

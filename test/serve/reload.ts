// Files saved under a running gateway: what is fine is swapped in, what is
// broken is told and changes nothing, and the next good save works.

import {
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { FRAGMENT, serveTeam as start } from '../harness/folder.ts'
import { gateway, makeFolder, runHere } from '../harness/gateway.ts'
import { serveFolder } from '../harness/process.ts'
import { readRecords } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post, send } from '../harness/wire.ts'

t.test('saving a file swaps the table', async (t) => {
  const { folder, tokens, served } = await start(t)
  const [ada] = tokens
  const names = async () => {
    const { body } = await post(served.url, ada, 'tools/list')
    const { tools } = JSON.parse(body).result as { tools: { name: string }[] }
    return tools.map(({ name }) => name).join(' ')
  }
  const save = (name: string, text: string) =>
    writeFileSync(join(folder, name), text)
  const all = 'local__echo local__pid local__sleep'
  t.equal(await names(), all)

  save('fragment.ts', FRAGMENT("'echo'"))
  await until(async () => (await names()) === 'local__echo', 'a fragment')

  save('fragment.ts', `${FRAGMENT("'echo'")}\nexport const broken = {`)
  await until(() => /still serving table/.test(served.stderr()), 'it says why')
  t.match(served.stderr(), /fragment\.ts:\d+:\d+/)
  t.equal(await names(), 'local__echo', 'a broken save changes nothing')

  const status = await gateway(
    ['status', '--report', 'json', '--gateway', served.adminUrl],
    { cwd: folder },
  )
  t.equal(status.code, 1, 'a table that was refused is not fine')
  t.match(JSON.parse(status.stdout), {
    ready: true,
    rejected: { findings: [/fragment\.ts:\d+:\d+ GW1/] },
    servers: [{ name: 'local', state: 'up' }],
  })

  save('draft.ts', FRAGMENT("'pid'"))
  renameSync(join(folder, 'draft.ts'), join(folder, 'fragment.ts'))
  await until(async () => (await names()) === 'local__pid', 'a renamed file')

  const config = readFileSync(join(folder, 'gateway.config.ts'), 'utf8')
  save('gateway.config.ts', config.replace('calls: 60', 'calls: 1'))
  await until(
    () => (served.stderr().match(/ accepted/g) ?? []).length === 3,
    'the config',
  )
  const call = () =>
    post(served.url, ada, 'tools/call', { name: 'local__pid', arguments: {} })
  t.notMatch((await call()).body, /Rate limit/)
  t.match((await call()).body, /Rate limit hourly: 1 call an hour/)

  rmSync(join(folder, 'gateway.config.ts'))
  await until(
    () => (served.stderr().match(/still serving table/g) ?? []).length === 2,
    'a config that is gone',
  )
  save('gateway.config.ts', config)
  await until(
    () => (served.stderr().match(/ accepted/g) ?? []).length === 4,
    'and back again',
  )
  for (const line of served.stderr().trim().split('\n')) {
    t.match(JSON.parse(line), { time: /Z$/, level: /^[a-z]+$/, msg: String })
  }
  const notices = () =>
    readRecords(join(folder, 'audit/gateway.jsonl'))
      .filter(({ event }) => event === 'notice')
      .map(({ notice }) => notice)
  // It is told before it is on the disk.
  await until(() => notices().length === 7, 'every notice')
  t.same(notices(), [
    'start',
    'accepted',
    'rejected',
    'accepted',
    'accepted',
    'rejected',
    'accepted',
  ])
})

t.test('a missing secret does not block a revocation', async (t) => {
  const { folder, tokens, served } = await start(t)
  const [ada] = tokens
  const path = join(folder, 'fragment.ts')
  const fragment = readFileSync(path, 'utf8')
  const lacking = (name: string) =>
    `${name}: { type: 'http', url: 'http://127.0.0.1:9/mcp', headers: { authorization: { bearer: 'env:NOWHERE' } } },`
  const add = (text: string, name: string) =>
    text.replace('defineServers({', `defineServers({ ${lacking(name)}`)
  writeFileSync(path, add(fragment, 'far'))
  await until(
    () => /server `far`: secret env:NOWHERE/.test(served.stderr()),
    'a reload that needs it is refused',
  )
  await served.stop()

  const again = await serveFolder(t, folder)
  t.match(again.stderr(), /"far","reason":"lacks a secret: secret env:NO/)
  const list = () => post(again.url, ada, 'tools/list')
  t.equal((await list()).status, 200)
  const revoke = ['token', 'revoke', '--subject', 'ada']
  t.equal((await runHere(revoke, { cwd: folder })).code, 0)
  await until(async () => (await list()).status === 401, 'revoked all the same')
})

t.test('a secret that is added to its file is read at once', async (t) => {
  const { folder, served } = await start(t)
  await served.stop()
  const at = (name: string) => join(folder, name)
  writeFileSync(at('some.env'), 'OTHER=1\n')
  const again = await serveFolder(t, folder, ['--secrets', 'some.env'])
  const fragment = readFileSync(at('fragment.ts'), 'utf8')
  const needs = `env: { NAME: { secret: 'env:NAME' } },\n    command:`
  writeFileSync(at('fragment.ts'), fragment.replace('command:', needs))
  const refused = /server `local`: secret env:NAME is not set/
  await until(() => refused.test(again.stderr()), 'it is missing')
  writeFileSync(at('some.env'), 'NAME=a-value\n')
  await until(() => / accepted/.test(again.stderr()), 'it is there')
  rmSync(at('some.env'))
  await until(() => /the secrets are unchanged/.test(again.stderr()))
})

t.test('a file that changes all the time holds up no other', async (t) => {
  const { folder, tokens, served } = await start(t)
  const [ada] = tokens
  // Such as a log that somebody writes beside the config.
  const noise = setInterval(() => {
    writeFileSync(join(folder, 'some.log'), String(Date.now()))
  }, 10)
  t.teardown(() => clearInterval(noise))
  await setTimeout(100)
  const list = async () => (await post(served.url, ada, 'tools/list')).body
  t.match(await list(), 'local__pid')
  writeFileSync(join(folder, 'fragment.ts'), FRAGMENT("'echo'"))
  await until(async () => !/local__pid/.test(await list()), 'the new table')
})

t.test('a session continues after a restart, and ends once', async (t) => {
  const { folder, tokens, served } = await start(t)
  const [ada, bob] = tokens
  const talk = async (
    url: string,
    token: string,
    more: object,
    id?: string,
  ) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(id && { 'mcp-session-id': id }),
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, ...more })
    return send(url, { headers, body })
  }
  const params = {
    protocolVersion: '2025-06-18',
    capabilities: { sampling: {} },
    clientInfo: { name: 'lasting', version: '3' },
  }
  const hello = { method: 'initialize', params }
  const opened = await talk(served.url, ada, hello)
  const id = String(opened.headers['mcp-session-id'])
  const ping = { method: 'tools/list' }
  t.equal((await talk(served.url, ada, ping, id)).status, 200)
  await served.stop()

  const again = await serveFolder(t, folder)
  const list = (token: string, name = id) => talk(again.url, token, ping, name)
  t.equal((await list(bob)).status, 404, 'another token')
  t.equal((await list(ada, `${id.slice(0, -1)}_`)).status, 404, 'forged')
  t.equal((await list(ada)).status, 200, 'nothing was initialized again')
  const records = readRecords(join(folder, 'audit/gateway.jsonl'))
  t.match(records.at(-1), {
    client: { name: 'lasting', version: '3' },
    protocol: '2025-06-18',
  })
  const bye = { authorization: `Bearer ${ada}`, 'mcp-session-id': id }
  const ended = await send(again.url, { method: 'DELETE', headers: bye })
  t.equal(ended.status, 204)
  t.equal((await list(ada)).status, 404, 'deleted is deleted')
})

t.test('a table behind a link is overwritten in place', async (t) => {
  const { folder, tokens, served } = await start(t)
  const [ada] = tokens
  await served.stop()
  const compile = async () =>
    (await runHere(['compile'], { cwd: folder })).stdout
  const whole = await compile()
  writeFileSync(join(folder, 'fragment.ts'), FRAGMENT("'echo'"))
  const narrow = await compile()
  const far = makeFolder(t, { 'real.json': whole })
  const near = makeFolder(t, {})
  symlinkSync(join(far, 'real.json'), join(near, 'table.json'))
  const again = await serveFolder(t, near, ['table.json'])
  const list = async () => (await post(again.url, ada, 'tools/list')).body
  t.match(await list(), 'local__pid')
  writeFileSync(join(far, 'real.json'), narrow)
  await until(async () => !/local__pid/.test(await list()), 'the new table')
})

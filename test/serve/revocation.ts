// Taking access away: at once, everywhere in the process, and for good.
// In: gateways on loopback, whose tokens are revoked in use. Out: tap.
// `npm run trial:revocation` is the first of them at length, with figures.

import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { deriveToken, readKey } from '../../src/runtime/base/key.ts'
import { openEvents } from '../harness/events.ts'
import { serveTeam } from '../harness/folder.ts'
import { gateway, runHere } from '../harness/gateway.ts'
import { findOutcomes, serveHeld } from '../harness/held-server.ts'
import { serveObserved } from '../harness/observed.ts'
import { json, startRawServer } from '../harness/raw-server.ts'
import { runTrial } from '../harness/revocation/run.ts'
import { openSchema } from '../harness/schema.ts'
import { issue, readRecords, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import {
  ENVELOPE,
  modernHeaders,
  post,
  send,
  sendRaw,
} from '../harness/wire.ts'

t.test('twenty tokens, each revoked in use', async (t) => {
  const load = { tokens: 20, span: 500, seed: 20261127, patience: 60_000 }
  const trial = await runTrial(t, load)
  t.equal(trial.deliveredAfter, 0)
  t.equal(trial.stillRefused, 1, 'after a restart too')
  const records = readRecords(join(trial.folder, 'audit/gateway.jsonl'))
  const notices = records.filter(({ notice }) => notice === 'revocation')
  const details = notices.map(({ detail }) => detail as { ids: string[] })
  t.equal(new Set(details.flatMap(({ ids }) => ids)).size, 20)
  const ended = records.filter(({ outcome }) => outcome === 'revoked')
  const rest = findOutcomes(records).filter(({ outcome }) => outcome === 'ok')
  t.equal(ended.length + rest.length, 80, 'two calls and two streams each')
  const judge = openSchema('audit.schema.json')
  t.same([...notices, ...ended].flatMap(judge), [])
})

t.test('a revocation while the config has errors', async (t) => {
  const { folder, tokens, served } = await serveTeam(t)
  const [ada, bob] = tokens
  const list = async (token: string) =>
    (await post(served.url, token, 'tools/list')).status
  writeFileSync(join(folder, 'fragment.ts'), 'export const broken = {')
  await until(
    () => /still serving table/.test(served.stderr()),
    'it is refused',
  )
  const revoke = (...args: string[]) =>
    runHere(['token', 'revoke', ...args], { cwd: folder })
  const there = ['--gateway', served.adminUrl, '--reason', 'left us']
  const left = ['token', 'revoke', '--subject', 'ada', ...there]
  const done = await gateway(left, { cwd: folder })
  t.equal(done.code, 0, done.stderr)
  t.match(
    done.stdout,
    /^subject ada: 1 token created before 20.*Z revoked there/,
  )
  t.match(done.stderr, 'only to that gateway')
  t.same([await list(ada), await list(bob)], [401, 200], 'at once')
  const nobody = await revoke('--team', 'nobody', ...there)
  t.equal(nobody.code, 1, 'nobody there is meant')
  const file = join(folder, 'gateway.revoked')
  t.match(readFileSync(file, 'utf8'), /^# left us\nsubject ada 20\S+Z\n/)

  // Longer than an unchanged file is read again (revoked-file.ts).
  await setTimeout(1_500)
  appendFileSync(file, `all * tomorrow\nall * ${new Date().toISOString()}`)
  await until(async () => (await list(bob)) === 401, 'a line by hand')
  await until(
    () => /GW8016 line 5/.test(served.stderr()),
    'a line that is none',
  )
  rmSync(file)
  await until(() => /gateway\.revoked: is gone/.test(served.stderr()), 'gone')
  t.same([await list(ada), await list(bob)], [401, 401], 'nothing comes back')

  const deaf = await revoke(
    '--subject',
    'bob',
    '--gateway',
    'http://127.0.0.1:9',
  )
  t.equal(deaf.code, 2)
  t.match(deaf.stderr, 'NOT REVOKED THERE')
  const [, id = ''] = bob.split('_')
  const other = id.endsWith('0') ? '1' : '0'
  const near = await revoke(id.slice(0, -1) + other, ...there)
  t.equal(near.code, 1)
  t.match(near.stderr, `did you mean \`${id}\``)
  const wrong = ['--token-file', '-', ...there]
  const refused = await runHere(['token', 'revoke', '--team', 'x', ...wrong], {
    cwd: folder,
    input: 'wrong',
  })
  t.equal(refused.code, 2)
  t.match(refused.stderr, 'does not accept')
})

t.test('an invalid order changes nothing', async (t) => {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const servers = { none: { type: 'http', url: 'http://127.0.0.1:9/mcp' } }
  const roles = { all: { allow: { none: ['*'] } } }
  const served = await serveConfig(t, { servers, roles }, [mine])
  const { adminUrl, url } = served.gateway
  const key = deriveToken(readKey(join(served.folder, 'gateway.key')), 'admin')
  const ask = (body: string, token = key) =>
    send(`${adminUrl}/revoke`, {
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      body,
    })
  const order = { kind: 'token', value: mine.id }
  t.equal((await ask(JSON.stringify(order), 'x')).status, 401)
  for (const bad of [
    '',
    '{',
    'null',
    '[]',
    JSON.stringify({ ...order, kind: 'tokens' }),
    JSON.stringify({ ...order, value: mine.token }),
    JSON.stringify({ ...order, befor: '2026-01-01' }),
    JSON.stringify({ ...order, before: '2999-01-01' }),
    JSON.stringify({ ...order, before: 1 }),
    JSON.stringify({ ...order, reason: 'a\nall * 2999-01-01' }),
    JSON.stringify({ kind: 'all', value: 'x' }),
    JSON.stringify({ kind: 'subject', value: 'x\ny' }),
  ]) {
    const { status, body } = await ask(bad)
    t.equal(status, 400, bad)
    t.notOk(body.includes(mine.token.slice(17)))
  }
  t.equal((await ask(' '.repeat(5_000))).status, 413)
  t.equal((await post(url, mine.token, 'tools/list')).status, 200)

  // The disk says no: in force all the same, and said.
  mkdirSync(join(served.folder, 'gateway.revoked'))
  const lost = JSON.parse((await ask(JSON.stringify(order))).body)
  t.match(lost, { tokens: 1, lost: 'EISDIR' })
  t.equal((await post(url, mine.token, 'tools/list')).status, 401)
})

t.test('a token from a machine whose clock is ahead', async (t) => {
  const ahead = new Date(Date.now() + 3_600_000).toISOString()
  const later = { created: ahead, expires: '2100-01-01T00:00:00Z' }
  const mine = issue({ subject: 'mine', roles: ['all'], ...later })
  const servers = { none: { type: 'http', url: 'http://127.0.0.1:9/mcp' } }
  const roles = { all: { allow: { none: ['*'] } } }
  const tokens = { maxAge: '36500d', grants: { [mine.id]: mine.record } }
  const config = { servers, roles, tokens }
  const { gateway } = await serveConfig(t, config, [])
  const told = await gateway.revoke({ kind: 'subject', value: 'mine' })
  t.equal(told.tokens, 1)
  t.equal((await post(gateway.url, mine.token, 'tools/list')).status, 401)
})

t.test('unread bytes are not delivered after a revocation', async (t) => {
  const size = 8 * 1024 * 1024
  const server = await startRawServer(t, {
    big: ({ id }, response) =>
      json(response, {
        id,
        result: { content: [{ type: 'text', text: 'x'.repeat(size) }] },
      }),
  })
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const servers = { raw: { type: 'http', url: server.url } }
  const config = { servers, roles: { all: { allow: { raw: ['*'] } } } }
  const { gateway, records } = await serveConfig(t, config, [mine])
  const params = { name: 'raw__big', arguments: {}, _meta: ENVELOPE }
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  const stream = await openEvents(gateway.url, {
    method: 'POST',
    headers: modernHeaders(mine.token, 'tools/call', 'raw__big'),
    body: JSON.stringify(message),
  })
  stream.pause()
  await until(() => findOutcomes(records()).length === 1, 'its outcome')
  await gateway.revoke({ kind: 'all', value: '*' })
  stream.resume()
  await until(() => stream.ended() !== undefined, 'the end')
  t.equal(stream.ended(), 'cut')
  t.ok(stream.text().length < size)
})

t.test('tokens that a table revokes are recorded', async (t) => {
  const { open, records, config, mine, other, reload } = await serveHeld(t)
  const client = await open()
  const stream = await client.get()
  const { stream: answer } = await client.start('a')
  await reload({ ...config, tokens: { grants: { [other.id]: other.record } } })
  await until(() => stream.ended() === 'end', 'the stream')
  await until(() => answer.ended() === 'end', 'the call')
  t.notMatch(answer.text(), '"result"')
  const notices = () =>
    records().filter(({ notice }) => notice === 'revocation')
  await until(() => notices().length === 1)
  const detail = {
    by: 'table',
    tokens: 1,
    ids: [mine.id],
    calls: 1,
    streams: 1,
  }
  t.match(notices()[0]?.detail, detail)
})

t.test('the use of a break-glass token is reported once a day', async (t) => {
  const expires = new Date(Date.now() + 1_800_000).toISOString()
  const named = { subject: 'eve', roles: ['all'], reason: 'fire', expires }
  const glass = issue({ ...named, kind: 'break-glass' })
  const { gateway, log, records, scrape, call } = await serveObserved(t, {}, [
    glass,
  ])
  const told = () => records().filter(({ notice }) => notice === 'break-glass')
  await call('issues__search_issues')
  t.same(told(), [], 'no other is')
  const params = { name: 'issues__search_issues' }
  for (let i = 0; i < 3; i++) {
    await post(gateway.url, glass.token, 'tools/call', params)
  }
  const detail = { tokenId: glass.id, subject: 'eve', reason: 'fire' }
  t.match(told(), [{ detail: { ...detail, until: expires } }])
  t.equal(log.filter((line) => /break-glass token/.test(line)).length, 1)
  const { samples } = await scrape()
  t.equal(samples.get('portcullis_break_glass_requests_total{}'), 3)
  const judge = openSchema('audit.schema.json')
  for (const one of told()) t.same(judge(one), [])

  const { tokens } = gateway.status()
  await gateway.revoke({ kind: 'token', value: glass.id })
  t.match(tokens, { expiring: 2, revoked: 0 })
  t.match(gateway.status().tokens, { expiring: 1, revoked: 1 }, 'only here')
})

t.test('what follows on a connection is of the next holder', async (t) => {
  let calls = 0
  const server = await startRawServer(t, {
    wait: async ({ id }, response) => {
      calls++
      // Longer than the connections of tokens that have ended are waited for.
      await setTimeout(600)
      json(response, { id, result: { content: [] } })
    },
  })
  const issued = issue({ subject: 'ada', roles: ['all'] })
  const held = (subject: string) => ({
    servers: { raw: { type: 'http', url: server.url } },
    roles: { all: { allow: { raw: ['wait'] } } },
    tokens: { grants: { [issued.id]: { ...issued.record, subject } } },
  })
  const { gateway, reload } = await serveConfig(t, held('ada'), [issued])
  const name = 'raw__wait'
  const headers = modernHeaders(issued.token, 'tools/call', name)
  const call = (id: number, more: object) => {
    const params = { name, arguments: {}, _meta: ENVELOPE }
    const message = { jsonrpc: '2.0', id, method: 'tools/call', params }
    const body = JSON.stringify(message)
    const length = Buffer.byteLength(body)
    const lines = Object.entries({ ...headers, ...more }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    const { pathname, host } = new URL(gateway.url)
    const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\n`
    return `${head}${lines.join('')}content-length: ${length}\r\n\r\n${body}`
  }
  const both = `${call(1, {})}${call(2, { connection: 'close' })}`
  const answers = sendRaw(gateway.url, both)
  await until(() => calls === 1, 'the first call is at the server')
  await reload(held('eve'))
  const text = await answers
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, one]) => one)
  t.same(statuses, ['401', '200'])
  t.match(text, '"id":2')
})

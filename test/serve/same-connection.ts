// What is kept of a head must not keep more: each answer and each record is of its
// own request, however alike the heads are, on one connection and on several.
// Covers runtime/http and runtime/stages.

import { strict as assert } from 'node:assert'
import { Agent, request } from 'node:http'
import t, { type Test } from 'tap'
import type { AuditRecord } from '../../src/contract/audit.ts'
import type { Clock } from '../../src/runtime/base/clock.ts'
import { readMessage } from '../../src/runtime/message/message.ts'
import {
  type CallerMemo,
  nameCaller,
} from '../../src/runtime/upstream/caller.ts'
import {
  expect,
  listSteps,
  type Step,
  write,
} from '../harness/alike-requests.ts'
import { json, type RawAnswer, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import {
  ENVELOPE,
  modernHeaders,
  sendRaw,
  type WireAnswer,
} from '../harness/wire.ts'

const { GUARANTEES_TIMES = '1' } = process.env
const STEPS = 400 * Number(GUARANTEES_TIMES)

const STEP_MS = 5_000

type Sent = { answer: WireAnswer; port: number }

/** One connection, as long as both sides keep it. */
function openLine(t: Test, url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  return (headers: Record<string, string>, message: object): Promise<Sent> =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', agent, headers }
      const outgoing = request(url, options, (incoming) => {
        let body = ''
        const port = incoming.socket.localPort ?? 0
        incoming.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        incoming.on('end', () => {
          const { statusCode: status = 0, headers } = incoming
          resolve({ answer: { status, headers, body }, port })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(JSON.stringify({ jsonrpc: '2.0', ...message }))
    })
}

const say: RawAnswer = ({ id, params }, response) => {
  const { nonce } = params.arguments as { nonce: string }
  const text = `${params.name} ${nonce}`
  json(response, { id, result: { content: [{ type: 'text', text }] } })
}

async function serve(t: Test, clock?: Clock) {
  const server = await startRawServer(t, { one: say, two: say })
  const tokens = {
    mine: issue({ subject: 'mine', roles: ['all'] }),
    other: issue({ subject: 'other', roles: ['some'] }),
  }
  const config = {
    listen: { behindProxy: ['127.0.0.1/32'] },
    servers: { raw: { type: 'http', url: server.url } },
    roles: {
      all: { allow: { raw: ['*'] } },
      some: { allow: { raw: ['one'] } },
    },
  }
  const served = await serveConfig(t, config, Object.values(tokens), clock)
  const line = openLine(t, served.gateway.url)
  const call = (token: string, tool = 'one', more = {}, on = line) => {
    const params = { name: `raw__${tool}`, arguments: { nonce: 'x' } }
    const headers = modernHeaders(token, 'tools/call', `raw__${tool}`)
    const whole = { ...params, _meta: ENVELOPE }
    const message = { id: 1, method: 'tools/call', params: whole }
    return on({ ...headers, ...more }, message)
  }
  return { ...served, server, tokens, config, line, call }
}

type Served = Awaited<ReturnType<typeof serve>>

async function openSession({ line }: Served, token: string): Promise<string> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const clientInfo = { name: 'legacy', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  const message = { id: 0, method: 'initialize', params }
  const { answer } = await line(headers, message)
  return String(answer.headers['mcp-session-id'])
}

function judgeAnswer(step: Step, { status, headers, body }: WireAnswer): void {
  const shown = JSON.stringify({ step, status, headers, body }).slice(0, 3_000)
  const [expected, isCalled] = expect(step)
  assert.equal(status, expected, shown)
  assert.equal(body.includes(`"${step.tool} ${step.nonce}"`), isCalled, shown)
  const allowed = headers['access-control-allow-origin']
  const own = expected === 403 ? undefined : step.origin
  assert.equal(allowed ?? own, own, shown)
  if (expected === 200) assert.equal(allowed, own, shown)
}

function judgeRecords(step: Step, records: readonly AuditRecord[]): void {
  const [status, isCalled] = expect(step)
  const shown = JSON.stringify({ step, records }).slice(0, 3_000)
  if (isCalled) {
    const events = records.map(({ event }) => event)
    assert.deepEqual(events, ['intent', 'outcome'], shown)
  }
  const client = step.session ? 'legacy' : step.client
  for (const record of records) {
    const { subject, client: told, tool, trace, bytesIn, ip } = record
    assert.equal(ip, step.from ?? '127.0.0.1', shown)
    const isKnown = step.who !== 'nobody' && status !== 403
    assert.equal(subject ?? undefined, isKnown ? step.who : undefined, shown)
    if (status === 200) {
      assert.ok(client.startsWith(told?.name.slice(0, 20) ?? '?'), shown)
      assert.equal(trace ?? undefined, step.trace, shown)
    }
    if (isCalled) assert.equal(tool, step.tool, shown)
    if (isCalled && bytesIn !== undefined) {
      assert.ok(bytesIn > step.nonce.length, shown)
    }
  }
}

for (const lines of [1, 3]) {
  const title = `each answer and each record is of its own request: ${lines}`
  t.test(title, (t) => judgeAlike(t, lines))
}

/** The requests come in turn on so many lines. */
async function judgeAlike(t: Test, lines: number): Promise<void> {
  let at = 0
  // Refusals are limited by the minute.
  const clock = { now: () => Date.now(), monotonic: () => at }
  const served = await serve(t, clock)
  const { mine, other } = served.tokens
  const sessions = {
    mine: await openSession(served, mine.token),
    other: await openSession(served, other.token),
    unknown: '00000000-0000-4000-8000-000000000000',
  }
  const asked: [Step, unknown][] = []
  const ports = new Set<number>()
  const others = Array.from({ length: lines - 1 }, () =>
    openLine(t, served.gateway.url),
  )
  const all = [served.line, ...others]
  for (const [turn, step] of listSteps(STEPS).entries()) {
    const line = all[turn % lines] as typeof served.line
    const { answer, port } = await line(...write(served.tokens, sessions, step))
    judgeAnswer(step, answer)
    at += STEP_MS
    asked.push([step, answer.headers['x-request-id']])
    ports.add(port)
  }
  const recorded = new Map<unknown, AuditRecord[]>()
  for (const record of served.records()) {
    const { requestId } = record
    recorded.set(requestId, [...(recorded.get(requestId) ?? []), record])
  }
  const seen = new Map<string, Set<string>>()
  let judged = 0
  for (const [step, id] of asked) {
    if (id === undefined) continue
    const records = recorded.get(id) ?? []
    judgeRecords(step, records)
    judged += records.length
    const { session } = records[0] ?? {}
    if (!session || !expect(step)[1]) continue
    const key =
      step.session ?? `${step.who} ${step.client} ${step.trace ?? step.from}`
    seen.set(key, (seen.get(key) ?? new Set()).add(session))
  }
  const ids = [...seen.values()].flatMap((own) => [...own])
  t.equal(ids.length, seen.size, 'one conversation each')
  t.ok(judged > STEPS / 3, `${judged} records`)
  t.ok(ports.size < STEPS / 4, `${ports.size} connections`)
}

t.test('a caller is of the client of its own request', (t) => {
  const principal = { lineage: 'a', token: { id: 'a' } }
  const server = { type: 'http', isolation: 'principal', requests: [] }
  const memo: CallerMemo = {}
  const ask = (fragment: string, meta: object) => {
    const message = {
      jsonrpc: '2.0',
      id: 1,
      method: 'x',
      params: { _meta: meta },
    }
    const read = readMessage(Buffer.from(JSON.stringify(message)), 9)
    const own = { session: null, era: 'modern', message: read, memo, principal }
    const exchange = { ...own, client: clients[fragment] }
    return nameCaller(exchange as never, server as never)
  }
  const clients: Record<string, object> = {
    ada: { fragment: 'ada' },
    bob: { fragment: 'bob' },
  }
  const level = { 'io.modelcontextprotocol/logLevel': 'debug' }
  const ada = ask('ada', {})
  t.equal(ask('ada', {}), ada, 'the same one')
  t.equal(ask('bob', {}).client, 'a bob')
  t.equal(ask('bob', level).level, 'debug')
  t.equal(ask('bob', {}).level, undefined)
  t.equal(ask('ada', {}).client, 'a ada')
  t.end()
})

t.test('a token that was revoked between two requests', async (t) => {
  const { gateway, tokens, call } = await serve(t)
  const { mine, other } = tokens
  const ports: number[] = []
  const ask = async (token: string, status: number) => {
    const { answer, port } = await call(token)
    t.equal(answer.status, status)
    ports.push(port)
  }
  await ask(mine.token, 200)
  // The connection is the other's when the token ends.
  await ask(other.token, 200)
  await gateway.revoke({ kind: 'token', value: mine.id })
  await ask(mine.token, 401)
  await ask(other.token, 200)
  await ask(mine.token, 401)
  t.equal(ports[1], ports[2], 'one connection')
})

t.test('roles that changed between two requests', async (t) => {
  const { tokens, config, call, reload, records } = await serve(t)
  const { token } = tokens.mine
  const ask = async () => {
    const { answer, port } = await call(token, 'two')
    const id = answer.headers['x-request-id']
    const own = records().filter(({ requestId }) => requestId === id)
    const { decision, table } = own[0] ?? {}
    return { port, decision, table, ran: answer.body.includes('"two x"') }
  }
  const before = await ask()
  const fewer = { all: { allow: { raw: ['one'] } } }
  await reload({ ...config, roles: { ...config.roles, ...fewer } })
  const after = await ask()
  await reload(config)
  const again = await ask()
  t.match([before.ran, after.ran, again.ran], [true, false, true])
  t.match([before.decision, again.decision], ['allowed', 'allowed'])
  t.not(after.decision, 'allowed')
  t.not(after.table, before.table)
  t.equal(again.table, before.table)
  t.equal(new Set([before.port, after.port, again.port]).size, 1)
})

t.test('what changed between two requests, on two connections', async (t) => {
  const { gateway, tokens, config, line, call, reload } = await serve(t)
  const { mine } = tokens
  const lines = [line, openLine(t, gateway.url)]
  const ports = new Set<number>()
  const ask = async () => {
    const said: string[] = []
    for (const on of lines) {
      const { answer, port } = await call(mine.token, 'two', {}, on)
      said.push(answer.body.includes('"two x"') ? 'ran' : `${answer.status}`)
      ports.add(port)
    }
    return said
  }
  t.same(await ask(), ['ran', 'ran'])
  const fewer = { all: { allow: { raw: ['one'] } } }
  await reload({ ...config, roles: { ...config.roles, ...fewer } })
  const refused = await ask()
  t.same(refused, [refused[1], refused[0]])
  t.notMatch(refused, ['ran'])
  await reload(config)
  t.same(await ask(), ['ran', 'ran'])
  t.equal(ports.size, 2)
  await gateway.revoke({ kind: 'token', value: mine.id })
  t.same(await ask(), ['401', '401'])
})

t.test('hosts and origins that changed between two requests', async (t) => {
  const { tokens, config, call, reload } = await serve(t)
  const { token } = tokens.mine
  const origin = 'http://127.0.0.1:3000'
  const ask = async (more: object = { origin }) => {
    const { answer, port } = await call(token, 'one', more)
    return [answer.status, port] as const
  }
  const asked = [await ask()]
  await reload({ ...config, listen: { origins: ['http://localhost'] } })
  asked.push(await ask())
  await reload({ ...config, listen: { origins: [origin] } })
  asked.push(await ask())
  await reload({ ...config, listen: { hosts: ['gateway.example'] } })
  asked.push(await ask(), await ask({ host: 'gateway.example' }))
  await reload(config)
  asked.push(await ask({ host: 'gateway.example' }))
  await reload({
    ...config,
    listen: { publicUrl: 'https://gateway.example:8443' },
  })
  asked.push(
    await ask({ host: 'gateway.example:8443' }),
    await ask({ host: 'localhost' }),
    await ask({ host: 'gateway.example' }),
  )
  const statuses = asked.map(([status]) => status)
  t.same(statuses, [200, 403, 200, 403, 200, 403, 200, 200, 403])
  // Each refusal is on the connection of the answer before it.
  const ports = asked.map(([, port]) => port)
  for (const at of [0, 2, 4]) t.equal(ports[at], ports[at + 1])
})

t.test('two tokens in one write', async (t) => {
  const { tokens, gateway, records } = await serve(t)
  const requests = [tokens.other, tokens.mine, tokens.other].map(
    ({ token }) => {
      const params = { name: 'raw__two', arguments: { nonce: 'x' } }
      const whole = { ...params, _meta: ENVELOPE }
      const method = 'tools/call'
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: whole,
      })
      const headers = {
        host: 'localhost',
        ...modernHeaders(token, method, 'raw__two'),
        'content-length': `${body.length}`,
      }
      const lines = Object.entries(headers).map((pair) => pair.join(': '))
      return `POST /mcp HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
    },
  )
  const text = await sendRaw(gateway.url, requests.join(''), 1_000)
  const answers = text.split('HTTP/1.1 200').slice(1)
  const ran = answers.map((answer) => answer.includes('"two x"'))
  t.same(ran, [false, true, false])
  const calls = records().filter(({ event }) => event === 'intent')
  t.same(
    calls.map(({ subject }) => subject),
    ['mine'],
  )
})

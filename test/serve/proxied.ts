// The address of a client behind proxies: who is believed, and what is recorded,
// counted and slowed down by it.
// Covers src/runtime/http, src/runtime/stages, src/runtime/connect, src/contract.

import { Agent, request } from 'node:http'
import { BlockList, isIP, SocketAddress } from 'node:net'
import { Writable } from 'node:stream'
import fc from 'fast-check'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import {
  isInBlock,
  readAddress,
  readBlock,
  writeAddress,
} from '../../src/contract/addresses.ts'
import type { Listen } from '../../src/contract/settings.ts'
import { Proxies } from '../../src/runtime/http/proxies.ts'
import { CALL } from '../harness/one-tool.ts'
import { ADA, BOB, P, ROWS, type Row } from '../harness/proxied-rows.ts'
import { json, startRawServer } from '../harness/raw-server.ts'
import { isInstalled, startProxy } from '../harness/real-proxies.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { modernHeaders, send, sendRaw } from '../harness/wire.ts'

const PROXIES = ['10.0.0.0/8', '::1/128', 'fd00::/8', '127.0.0.1/32']

t.test('whom a proxy names', (t) => {
  const doubts: string[] = []
  const proxies = new Proxies((peer) => doubts.push(peer))
  const ask = (behindProxy: readonly string[], [, peer, given]: Row) => {
    const headers = {
      ...(given.xff !== undefined && { 'x-forwarded-for': given.xff }),
      ...(given.forwarded !== undefined && { forwarded: given.forwarded }),
    }
    const socket = { remoteAddress: peer }
    const listen = { behindProxy } as Listen
    return proxies.nameAddress({ headers, socket }, listen)
  }
  for (const row of ROWS) t.equal(ask(PROXIES, row), row[3], row[0])
  t.same(doubts, [P, P], 'two headers that differ are reported')
  for (const row of ROWS) {
    const own = row[1].replace('::ffff:', '')
    t.equal(ask([], row), own, `${row[0]}: without proxies`)
  }
  t.end()
})

t.test('addresses and blocks are those of Node', (t) => {
  const [v4, v6] = [fc.ipV4(), fc.ipV6()]
  const any = fc.oneof(
    v4,
    v6,
    v4.map((one) => `::ffff:${one}`),
    fc.string(),
  )
  const plain = (text: string) =>
    new SocketAddress({
      address: text,
      family: isIP(text) === 4 ? 'ipv4' : 'ipv6',
    }).address.replace(/^::ffff:(?=\d+\.)/, '')
  fc.assert(
    fc.property(any, (text) => {
      const address = readAddress(text)
      t.equal(address !== undefined, isIP(text) !== 0 && !text.includes('%'))
      if (address) {
        // Node writes `::0.0.1.2` for `::102`.
        const shown = plain(text)
        const same = readAddress(shown)
        t.same(same, address, text)
        t.same(readAddress(writeAddress(address)), address, text)
        if (!shown.includes('.')) t.equal(writeAddress(address), shown)
      }
    }),
    { numRuns: 300, seed: 1 },
  )
  const block = fc.oneof(
    fc.tuple(v4, fc.integer({ min: 0, max: 32 }), fc.constant('ipv4' as const)),
    fc.tuple(
      v6,
      fc.integer({ min: 0, max: 128 }),
      fc.constant('ipv6' as const),
    ),
  )
  fc.assert(
    fc.property(block, fc.oneof(v4, v6), fc.boolean(), (given, other, near) => {
      const [start, bits, family] = given
      const list = new BlockList()
      list.addSubnet(start, bits, family)
      // One that differs in the last bits alone is mostly within the block.
      const text = near ? start.replace(/[0-9a-f]$/i, '1') : other
      const [address, own] = [readAddress(text), readBlock(`${start}/${bits}`)]
      if (!address || !own) return void t.fail(`${text} ${start}/${bits}`)
      const asked = isIP(text) === 4 ? 'ipv4' : 'ipv6'
      if (asked !== family) return void t.notOk(isInBlock(address, own))
      t.equal(isInBlock(address, own), list.check(text, asked))
    }),
    { numRuns: 300, seed: 2 },
  )
  t.equal(isInBlock(readAddress('10.1.1.1')!, readBlock('::/0')!), false)
  t.end()
})

async function serve(t: Test, listen: object, clock?: object) {
  const upstream = await startRawServer(t, {
    search_issues: ({ id }, response) =>
      json(response, { id, result: { content: [] } }),
  })
  const tokens = {
    ada: issue({ subject: 'ada', roles: ['all'] }),
    bob: issue({ subject: 'bob', roles: ['all'] }),
    glass: issue({
      subject: 'eve',
      roles: ['all'],
      kind: 'break-glass',
      reason: 'fire',
      expires: new Date(Date.now() + 600_000).toISOString(),
    }),
  }
  const config = {
    listen,
    servers: {
      issues: { type: 'http', url: upstream.url },
      notes: {
        type: 'http',
        url: 'https://notes.example/mcp',
        auth: { type: 'oauth', as: 'person' },
      },
    },
    roles: { all: { allow: { issues: ['*'], notes: ['*'] } } },
  }
  const logged: Record<string, unknown>[] = []
  const sink = new Writable({
    write: (line, _encoding, done) => {
      logged.push(JSON.parse(String(line)))
      done()
    },
  })
  const log = pino({ level: 'warn' }, sink)
  const issued = Object.values(tokens)
  const served = await serveConfig(t, config, issued, clock as never, {}, log)
  return { ...served, tokens, config, logged, url: served.gateway.url }
}

const BODY = JSON.stringify(CALL)

function writeHeaders(token: string, more: Record<string, string> = {}) {
  return { ...modernHeaders(token, 'tools/call', CALL.params.name), ...more }
}

const behind = { behindProxy: ['127.0.0.1/32'] }

t.test('what is recorded and counted by it', async (t) => {
  const { url, tokens, records, logged, reload, config } = await serve(
    t,
    behind,
  )
  const from = (ip: string, headers: Record<string, string>) =>
    send(url, { headers: { ...headers, 'x-forwarded-for': ip }, body: BODY })
  const { origin } = new URL(url)
  const page = { host: 'x.test', 'x-forwarded-for': '192.0.2.9' }
  await send(`${origin}/connect`, { method: 'GET', headers: page })
  await from('192.0.2.1', writeHeaders(tokens.ada.token))
  await from('192.0.2.2', writeHeaders('gwt_wrong'))
  await from('192.0.2.3', writeHeaders(tokens.ada.token, { host: 'x.test' }))
  await from('192.0.2.4', writeHeaders(tokens.glass.token))
  const odd = { 'content-type': 'text/plain' }
  await from('192.0.2.5', writeHeaders(tokens.ada.token, odd))
  const form = { origin: 'https://evil.test', 'x-forwarded-for': '192.0.2.6' }
  await send(`${origin}/connect/session`, { headers: form, body: 'token=x' })
  const named = { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=192.0.2.8' }
  await send(url, { headers: writeHeaders('gwt_wrong', named), body: BODY })
  await until(() => records().some(({ ip }) => ip === '127.0.0.1'))
  const seen = records().filter(({ ip }) => ip?.startsWith('192.0.2.'))
  const shown = seen.map(({ ip, reason, event }) => [ip, reason ?? event])
  t.same(shown.sort(), [
    ['192.0.2.1', 'intent'],
    ['192.0.2.1', 'outcome'],
    ['192.0.2.2', 'damaged token'],
    ['192.0.2.3', 'host'],
    ['192.0.2.4', 'intent'],
    ['192.0.2.4', 'outcome'],
    ['192.0.2.5', 'content-type'],
    ['192.0.2.6', 'connect: origin'],
    ['192.0.2.9', 'connect: host'],
  ])
  t.match(
    logged.filter(({ proxy, ip, host }) => proxy ?? ip ?? host),
    [{ host: 'x.test' }, { ip: '192.0.2.4' }, { proxy: '127.0.0.1' }],
    'the page, the alarm, and the proxy that passes on what clients write',
  )

  const raised = records().find(({ notice }) => notice === 'break-glass')
  t.match(raised, { detail: { ip: '192.0.2.4' } })

  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const kept = () =>
    new Promise<number>((resolve, reject) => {
      const headers = writeHeaders(tokens.bob.token, { 'x-forwarded-for': BOB })
      const outgoing = request(url, { method: 'POST', agent, headers })
      outgoing.on('error', reject)
      outgoing.on('response', (answer) => {
        const { localPort = 0 } = answer.socket
        answer.resume().on('end', () => resolve(localPort))
      })
      outgoing.end(BODY)
    })
  const ports = [await kept()]
  await reload({ ...config, listen: { behindProxy: ['10.0.0.0/8'] } })
  ports.push(await kept())
  await reload(config)
  ports.push(await kept())
  t.equal(new Set(ports).size, 1, 'one connection')
  const intents = records().filter(
    ({ event, subject }) => event === 'intent' && subject === 'bob',
  )
  t.same(
    intents.map(({ ip }) => ip),
    [BOB, '127.0.0.1', BOB],
    'a reload holds for heads that were read before',
  )
})

t.test('two clients in one connection, one behind the other', async (t) => {
  const { url, tokens, records } = await serve(t, behind)
  // One token: the heads differ in the address alone.
  const write = (from: string, last = false) => {
    const more = {
      host: new URL(url).host,
      'content-length': `${BODY.length}`,
      'x-forwarded-for': from,
      ...(last && { connection: 'close' }),
    }
    const head = Object.entries(writeHeaders(tokens.ada.token, more))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    return `POST /mcp HTTP/1.1\r\n${head}\r\n${BODY}`
  }
  const order = [ADA, BOB, ADA, ADA, BOB, BOB, ADA]
  const bytes = order.map((from) => write(from)).join('') + write(BOB, true)
  const answers = await sendRaw(url, bytes)
  t.equal(answers.match(/HTTP\/1\.1 200/g)?.length, order.length + 1)
  const intents = records().filter(({ event }) => event === 'intent')
  t.same(
    intents.map(({ ip }) => ip),
    [...order, BOB],
  )
})

t.test('who sends many wrong tokens slows down nobody else', async (t) => {
  const clock = { now: Date.now, monotonic: () => 0 }
  const { url } = await serve(t, behind, clock)
  const ask = (forwarded: string) =>
    send(url, {
      headers: writeHeaders(tokenOf(), { 'x-forwarded-for': forwarded }),
      body: BODY,
    })
  for (let i = 0; i < 60; i++) await ask(`10.0.0.${i}, ${ADA}`)
  let told = 0
  const late = [1, 2, 3, 4, 5].map(() =>
    ask(ADA).then(
      () => told++,
      () => 0,
    ),
  )
  // A proxy would take a cut connection for a gateway that fails.
  const busy = { status: 429, headers: { 'retry-after': '5' } }
  t.match(await ask(ADA), busy, 'its sixth more')
  t.equal((await ask(BOB)).status, 401, 'the other is answered at once')
  t.equal(told, 0, 'the one still waits')
  t.ok(late.length)
})

const tokenOf = () => issue({ subject: 'nobody' }).token

for (const name of ['nginx', 'haproxy'] as const) {
  const skip = isInstalled(name) ? false : `${name} is not here`
  t.test(`behind ${name}`, { skip }, async (t) => {
    const { url, tokens, records, logged } = await serve(t, behind)
    const port = await startProxy(t, name, new URL(url).port)
    const ask = makeClients(t, port)
    const steps = [
      ['ada', '127.0.0.2', {}],
      ['bob', '127.0.0.3', {}],
      ['ada', '127.0.0.2', { 'x-forwarded-for': ADA }],
      ['bob', '127.0.0.3', { 'x-forwarded-for': `"${ADA}`, forwarded: 'for=' }],
      ['bob', '127.0.0.3', { forwarded: `for=${ADA}` }],
      ['ada', '127.0.0.2', {}],
    ] as const
    for (const [who, address, more] of steps) {
      t.equal(
        await ask('/mcp', address, writeHeaders(tokens[who].token, more)),
        200,
      )
    }
    const shown = () =>
      records()
        .filter(({ event }) => event === 'intent')
        .map(({ subject, ip }) => [subject, ip])
    t.same(
      shown(),
      steps.map(([who, address]) => [who, address]),
    )
    if (name === 'haproxy') return
    const forged = { forwarded: `for=${ADA}` }
    const headers = writeHeaders(tokens.ada.token, forged)
    t.equal(await ask('/careless/mcp', '127.0.0.2', headers), 200)
    t.same(shown().at(-1), ['ada', '127.0.0.1'], 'nobody is taken for another')
    t.match(logged, [{ proxy: '127.0.0.1' }])
  })
}

/** Clients of their own addresses, each with a kept connection. */
function makeClients(t: Test, port: number) {
  const agents = new Map<string, Agent>()
  t.teardown(() => {
    for (const agent of agents.values()) agent.destroy()
  })
  return (path: string, localAddress: string, headers: object) => {
    const agent =
      agents.get(localAddress) ?? new Agent({ keepAlive: true, maxSockets: 1 })
    agents.set(localAddress, agent)
    return new Promise<number>((resolve, reject) => {
      const host = '127.0.0.1'
      const own = { host, port, path, localAddress, agent, method: 'POST' }
      const outgoing = request({ ...own, headers: { ...headers } })
      outgoing.on('error', reject)
      outgoing.on('response', (answer) =>
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0)),
      )
      outgoing.end(BODY)
    })
  }
}

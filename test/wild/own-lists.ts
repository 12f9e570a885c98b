// A list that one session alone has, over Streamable HTTP (test/upstream/sse.ts has the
// other transport), and a program
// that keeps one subscription for its connection.
// In: nothing. Out: CASES.

import { openEvents, type WireStream } from '../harness/events.ts'
import { KINDS, tool } from '../harness/odd/listed.ts'
import { ENVELOPE, modernHeaders } from '../harness/wire.ts'
import type { OddReply, OddServer, WildCase, World } from './case.ts'

const CHANGED =
  'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'

/** Its tool `grow` adds a tool to the session that called it. */
function growInOne(): OddServer {
  const grown = new Set<string>()
  const said = (text: string) => ({ content: [{ type: 'text', text }] })
  const event = (result: object) =>
    `data: {"jsonrpc":"2.0","id":$id,"result":${JSON.stringify(result)}}\n\n`
  return {
    capabilities: { tools: { listChanged: true } },
    answers: {
      'tools/list': ({ headers }) => {
        const isGrown = grown.has(String(headers['mcp-session-id']))
        const more = isGrown ? [tool('grown')] : []
        return { result: { tools: [tool('grow'), ...more] } }
      },
      'tools/call': ({ headers, params }): OddReply => {
        const name = String(params?.name)
        if (name !== 'grow') return { result: said(name) }
        grown.add(String(headers['mcp-session-id']))
        return { events: [CHANGED, event(said('grow'))] }
      },
    },
  }
}

/** Whoever grew it is offered it, and nobody else. */
async function expectGrown(world: World): Promise<void> {
  for (const kind of KINDS.filter((one) => one !== 'sdk 2.x modern')) {
    const one = await world.connect(kind)
    const other = await world.connect(kind)
    world.want(!(await one.names()).includes('a__grown'), 'not at first')
    await one.call('a__grow')
    await world.until(
      async () => (await one.names()).includes('a__grown'),
      `${kind} is shown it`,
    )
    const said = await one.call('a__grown')
    world.want(/grown/.test(said), said)
    world.want(!(await other.names()).includes('a__grown'), 'it is of one')
  }
}

/** Of the newer era. The end of a subscription ends the one that the connection
 * has, whichever that is (Go SDK 1.8). `lost` tells how often that was another. */
const ONE_SUBSCRIPTION = `
  const send = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
  const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
  const inputSchema = { type: 'object' }
  const named = ['touch', 'lost'].map((name) => ({ name, inputSchema }))
  const resources = ['one', 'two'].map((name) => ({ uri: 'note://' + name, name }))
  const results = {
    'server/discover': { supportedVersions: ['2026-07-28'], capabilities: { tools: {}, resources: { subscribe: true } } },
    'tools/list': { tools: named },
    'resources/list': { resources },
    'resources/templates/list': { resourceTemplates: [] },
  }
  let current
  let lost = 0
  const meta = (id) => ({ 'io.modelcontextprotocol/subscriptionId': id })
  const told = (text) => ({ content: [{ type: 'text', text }] })
  const touch = () => {
    for (const uri of current?.uris ?? []) {
      send({ method: 'notifications/resources/updated', params: { uri, _meta: meta(current.id) } })
    }
  }
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    const say = (result) => send({ id, result: { ...complete, ...result } })
    if (results[method]) return say(results[method])
    if (method === 'subscriptions/listen') {
      const { notifications } = params
      current = { id, uris: notifications.resourceSubscriptions ?? [] }
      return send({ method: 'notifications/subscriptions/acknowledged', params: { notifications, _meta: meta(id) } })
    }
    if (method === 'notifications/cancelled') {
      if (!current) return
      if (current.id !== params.requestId) lost++
      send({ id: current.id, result: complete })
      current = undefined
      return
    }
    if (method === 'tools/call' && params.name === 'touch') touch()
    if (method === 'tools/call') return say(told(String(lost)))
    if (id !== undefined) send({ id, error: { code: -32601, message: 'no' } })
  })`

async function listenTo({ url, token }: World, uri: string) {
  const notifications = { resourceSubscriptions: [uri] }
  const params = { notifications, _meta: ENVELOPE }
  const method = 'subscriptions/listen'
  return openEvents(url, {
    method: 'POST',
    headers: {
      ...modernHeaders(token, method),
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: uri, method, params }),
  })
}

export const CASES: readonly WildCase[] = [
  {
    id: 'P3 a list of one session alone, over Streamable HTTP',
    servers: { a: growInOne() },
    expect: expectGrown,
  },
  {
    id: 'P1 a program of one subscription for its connection',
    servers: { a: { program: ONE_SUBSCRIPTION } },
    expect: async (world) => {
      const streams: WireStream[] = []
      for (const uri of ['note://one', 'note://two']) {
        const stream = await listenTo(world, uri)
        const isTold = () =>
          stream.text().includes(`updated","params":{"uri":"${uri}"`)
        await world.until(async () => {
          await world.call('a__touch')
          return isTold()
        }, `told of ${uri}`)
        streams.push(stream)
      }
      const before = streams.map((one) => one.text().length)
      await world.until(async () => {
        await world.call('a__touch')
        return streams.every(
          (one, at) => one.text().length > Number(before[at]),
        )
      }, 'both are told')
      for (const one of streams) one.cut()
      const { result } = await world.call('a__lost')
      const lost = result?.content?.[0]?.text
      world.want(lost === '0', `${lost} subscriptions are lost`)
    },
  },
]

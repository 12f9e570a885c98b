// What passes through the gateway is what was said, byte for byte: each answer,
// definition and notice of a server is compared with what the server says when
// it is asked directly, and each request with what reaches the server.

import t, { type Test } from 'tap'
import {
  type Case,
  type Era,
  makeCorpus,
  TOKEN,
} from '../harness/fidelity/corpus.ts'
import { startExactServer } from '../harness/fidelity/exact-server.ts'
import { ODD } from '../harness/fidelity/values.ts'
import {
  ask,
  cut,
  cutItems,
  dissect,
  swapMember,
} from '../harness/fidelity/wire.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { ENVELOPE } from '../harness/wire.ts'

type Ask = ReturnType<typeof openClient> extends Promise<infer A> ? A : never

/** A client may give any string or integer. */
const TOKENS = [
  '1',
  '"1"',
  '"\\u0031"',
  '0',
  '-7',
  '"é\\n"',
  '9007199254740991',
]

/** Members that a hop of another era adds, takes away or sets. */
const OF_THE_ERA = ['"resultType"', '"ttlMs"', '"cacheScope"']

/** Their results' schemas go to older clients in another form, or not at all
 * (W1 of test/serve/listing.ts). */
const UNREADABLE = /"both-schema-(remote|keys-last)"/

const METHODS = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
} as const

/** Sends requests of one era; `params` is text without its braces. */
async function openClient(url: string, era: Era, token?: string) {
  const own: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  const envelope = JSON.stringify(ENVELOPE).slice(1, -1)
  const level = '"io.modelcontextprotocol/logLevel":"debug"'
  const version = era === 'modern' ? '2026-07-28' : '2025-11-25'
  const send = async (
    method: string,
    params = '',
    more = '',
    name?: string,
  ) => {
    const envelopes = era === 'modern' ? [envelope, level] : []
    const meta = [more, ...envelopes].filter(Boolean).join(' , ')
    const all = [params, meta && `"_meta" : {${meta}}`].filter(Boolean)
    const body = `{"id":"\\u0069d","params":{${all.join(',')}},"method":"${method}","jsonrpc":"2.0"}`
    const headers = {
      ...own,
      'mcp-protocol-version': version,
      ...(era === 'modern' && { 'mcp-method': method }),
      ...(era === 'modern' && name !== undefined && { 'mcp-name': name }),
    }
    return ask(url, headers, body)
  }
  if (era === 'legacy') {
    const hello =
      '"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}'
    const { headers } = await send('initialize', hello)
    own['mcp-session-id'] = String(headers['mcp-session-id'])
  }
  return {
    list: (method: string) => send(method),
    call: ({ via, name }: Pick<Case, 'via' | 'name'>, args = '', more = '') => {
      const named = via === 'resource' ? `odd://${name}` : name
      const member = via === 'resource' ? 'uri' : 'name'
      const params = `${args}"${member}":"${named}"`
      return send(METHODS[via], params, more, named)
    },
  }
}

async function start(t: Test, server: Era, client: Era, more: object = {}) {
  const corpus = makeCorpus(server)
  const exact = await startExactServer(t, server, corpus)
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const allow = { it: ['*', { prompt: '*' }, { resource: '*' }] }
  const it = { type: 'http', url: exact.url, prefix: '', ...more }
  const config = { servers: { it }, roles: { all: { allow } } }
  const { gateway } = await serveConfig(t, config, [mine])
  const direct = await openClient(exact.url, server)
  const through = await openClient(gateway.url, client, mine.token)
  return { corpus, exact, direct, through }
}

/** Equal, or said in a line where they part. */
function same(t: Test, found: string, wanted: string, name: string): void {
  if (found === wanted) return void t.pass(name)
  let at = 0
  while (found[at] === wanted[at]) at++
  const near = (text: string) => text.slice(Math.max(0, at - 60), at + 60)
  t.equal(near(found), near(wanted), `${name}, at ${at}`)
}

for (const era of ['legacy', 'modern'] as const) {
  t.test(`${era} on both sides`, async (t) => {
    const { corpus, exact, direct, through } = await start(t, era, era)
    t.ok(corpus.cases.length > 200, `${corpus.cases.length} answers`)

    await t.test('answers and notifications keep their bytes', async (t) => {
      const compare = async (one: Case, index: number) => {
        const more = `"progressToken":${TOKENS[index % TOKENS.length]}`
        const [wanted, found] = await Promise.all([
          direct.call(one, '', more),
          through.call(one, '', more),
        ])
        const { messages } = found
        const count = 1 + (one.notices?.length ?? 0)
        t.equal(messages.length, count, `${one.name} says all`)
        messages.forEach((message, i) => {
          const said = `${wanted.messages[i]}`
          const { text, becomes = text } = one
          const owned = said.replace(text, () => becomes)
          same(t, `${message}`, owned, `${one.name} ${i}`)
        })
        t.ok(wanted.messages.at(-1)?.includes(one.text), 'the server says so')
      }
      await eachOf(corpus.cases, compare)
    })

    await t.test('definitions', async (t) => {
      for (const [list, items] of Object.entries(corpus.lists)) {
        const found = await readItems(through, list)
        const [here, there] = [found, items].map((all) =>
          era === 'legacy' ? all.filter((one) => !UNREADABLE.test(one)) : all,
        ) as [string[], string[]]
        t.same([...here].sort(), [...there].sort(), list)
        t.equal(found.length, new Set(items).size, `${items.length} ${list}`)
      }
    })

    await t.test('requests', async (t) => {
      const reach = async (client: Ask, args: string, more: string) => {
        exact.take()
        await client.call({ via: 'tool', name: 'every-block' }, args, more)
        const [body = '{}'] = exact.take()
        return body
      }
      for (const [key, odd] of Object.entries(ODD)) {
        const args = `"x":${odd}, "arguments" : {"a":${odd},"b":[${odd}]},`
        const more = `"a.example/b":${odd}`
        const wanted = await reach(direct, args, more)
        const found = await reach(through, args, more)
        t.ok(wanted.includes(args), key)
        const own = cut(found, 'id')
        same(t, swapMember(found, 'id', cut(wanted, 'id')), wanted, key)
        t.match(own, /^\d+$/, `${key}: an id of its own`)
      }
    })
  })
}

for (const [client, server] of [
  ['legacy', 'modern'],
  ['modern', 'legacy'],
] as const) {
  t.test(`a ${client} client, a ${server} server`, async (t) => {
    const { corpus, exact, through } = await start(t, server, client)
    await eachOf(corpus.cases, async (one) => {
      const { messages } = await through.call(one, '', '"progressToken":1')
      const last = `${messages.at(-1)}`
      const parts = (text: string) =>
        [...dissect(text)]
          .filter(([key]) => !OF_THE_ERA.includes(key))
          .map(([key, { start, end }]) => `${key}:${text.slice(start, end)}`)
          .join('\n')
      const { name, member, notices = [] } = one
      // What it is for this client is told in bridge.ts.
      if (client === 'modern' && name === 'error-url') return
      const wanted = client === 'legacy' ? wrap(one.text) : one.text
      same(t, parts(cut(last, member)), parts(wanted), name)
      const isComplete = dissect(cut(last, member)).has('"resultType"')
      const isTyped = client === 'modern' && member === 'result'
      t.equal(isComplete, isTyped, `${name}: a word of its era`)
      notices.forEach((notice, i) => {
        const wanted = notice.replaceAll(TOKEN, '1')
        same(t, `${messages[i]}`, wanted, `${name} ${i}`)
      })
    })
    for (const [key, odd] of Object.entries(ODD)) {
      exact.take()
      const args = `{"a":${odd},"b":[${odd}]}`
      const whole = `"x":${odd},"arguments":${args},`
      const more = `"a.example/b":${odd}`
      await through.call({ via: 'tool', name: 'every-block' }, whole, more)
      const params = cut(exact.take()[0] ?? '{}', 'params')
      same(t, cut(params, 'arguments'), args, key)
      same(t, cut(params, 'x'), odd, key)
      same(t, cut(params, '_meta', 'a.example/b'), odd, key)
    }
  })
}

/** Older clients take objects alone as structured content. */
function wrap(text: string): string {
  const key = '"structuredContent"'
  const at = dissect(text).get(key)
  if (!at || text[at.start] === '{') return text
  const value = text.slice(at.start, at.end)
  return `${text.slice(0, at.start)}{"result":${value}}${text.slice(at.end)}`
}

t.test('exposed names replace upstream names', async (t) => {
  const more = { prefix: undefined }
  const { corpus, through } = await start(t, 'legacy', 'modern', more)
  for (const list of ['tools', 'prompts'] as const) {
    const renamed = corpus.lists[list].map((item) => {
      const name = JSON.parse(cut(item, 'name')) as string
      return swapMember(item, 'name', `"it__${name}"`)
    })
    t.same([...(await readItems(through, list))].sort(), renamed.sort(), list)
  }
})

async function readItems(client: Ask, list: string) {
  const method = list === 'resourceTemplates' ? 'resources/templates' : list
  const { messages } = await client.list(`${method}/list`)
  return cutItems(cut(`${messages[0]}`, 'result', list))
}

async function eachOf<T>(
  all: readonly T[],
  work: (one: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = all.entries()
  const run = async () => {
    for (const [index, one] of queue) await work(one, index)
  }
  await Promise.all(Array.from({ length: 8 }, run))
}

// Attacks on what tokens share: sessions of a server, its places, its queue.
// In: one token that takes what it can, another that wants one thing.

import { issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, send } from '../harness/wire.ts'
import type { Attack } from './case.ts'

/** A program whose tool answers its process id, after so many milliseconds. */
const PROGRAM = `
  const say = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
  const serverInfo = { name: 'p', version: '1' }
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } })
    else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'pid', inputSchema: { type: 'object' } }] } })
    else if (method === 'tools/call') setTimeout(() => say({ id, result: { content: [{ type: 'text', text: String(process.pid) }] } }), params.arguments.ms ?? 0)
    else if (id !== undefined) say({ id, error: { code: -32601, message: 'no' } })
  })`

async function open(t: Parameters<Attack['run']>[0], bounds: object) {
  const hog = issue({ subject: 'hog', roles: ['all'] })
  const other = issue({ subject: 'other', roles: ['all'] })
  const stdio = { type: 'stdio', command: process.execPath }
  const it = { ...stdio, args: ['-e', PROGRAM], ...bounds }
  const roles = { all: { allow: { it: ['*'] } } }
  const config = { servers: { it }, roles }
  const { gateway } = await serveConfig(t, config, [hog, other])
  const call = async (token: string, able: object = {}, ms = 0) => {
    const capabilities = 'io.modelcontextprotocol/clientCapabilities'
    const _meta = { ...ENVELOPE, [capabilities]: able }
    const params = { name: 'it__pid', arguments: { ms }, _meta }
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const headers = modernHeaders(token, 'tools/call', 'it__pid')
    const { body } = await send(gateway.url, {
      headers,
      body: JSON.stringify(message),
    })
    const [, json = '{}'] = /(\{.*\})\s*$/s.exec(body) ?? []
    const { result } = JSON.parse(json)
    return String(result?.content?.[0]?.text)
  }
  const level = () => gateway.status().servers[0]
  return { hog: hog.token, other: other.token, call, level, gateway }
}

function want(condition: unknown, what: string): void {
  if (!condition) throw new Error(what)
}

/** Declared differently each time, and each may be asked something else. */
const ABLE = [
  {},
  { elicitation: {} },
  { elicitation: { form: {} } },
  { elicitation: { url: {} } },
  { elicitation: { form: {}, url: {} } },
  { sampling: {} },
  { sampling: {}, elicitation: {} },
  { sampling: { tools: {} } },
]

export const ATTACKS: readonly Attack[] = [
  {
    id: 'S12 capabilities that differ in every call',
    run: async (t) => {
      const { hog, call, level } = await open(t, {})
      for (let i = 0; i < 20; i++) {
        const odd = { [`x${i}`]: { i } }
        const able = {
          experimental: odd,
          extensions: odd,
          elicitation: { ...odd, form: odd },
          roots: { i },
          ...odd,
        }
        want(/^\d+$/.test(await call(hog, able)), `call ${i}`)
      }
      want(level()?.sessions === 1, `${level()?.sessions} sessions`)
    },
  },
  {
    id: 'S12 who opens more sessions loses its own',
    run: async (t) => {
      const { hog, other, call, level } = await open(t, { maxSessions: 4 })
      const pid = await call(other)
      for (const able of [...ABLE, ...ABLE]) {
        want(/^\d+$/.test(await call(hog, able)), JSON.stringify(able))
      }
      want((await call(other)) === pid, 'the other has its own process still')
      want((level()?.sessions ?? 9) <= 4, `${level()?.sessions} sessions`)
    },
  },
  {
    id: 'S12 one token holds no bulkhead, nor its queue',
    run: async (t) => {
      const bounds = { concurrency: 4, queue: 4 }
      const { hog, other, call, level, gateway } = await open(t, bounds)
      want(/^\d+$/.test(await call(other)), 'it may call')
      const all = Array.from({ length: 20 }, () => call(hog, {}, 60_000))
      await until(() => level()?.queued === 3, 'three wait')
      want(level()?.inFlight === 3, `${level()?.inFlight} in flight`)
      want(/^\d+$/.test(await call(other)), 'a place is left')
      await gateway.revoke({ kind: 'subject', value: 'hog' })
      await Promise.all(all)
    },
  },
]

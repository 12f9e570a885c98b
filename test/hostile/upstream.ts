// Servers that send more than anybody could want. While one floods, calls to
// another are answered, one after another; and the flood itself has an end.

import type { ServerResponse } from 'node:http'
import { cpuUsage } from 'node:process'
import { Readable } from 'node:stream'
import { type RawAnswer, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { post } from '../harness/wire.ts'
import type { Attack } from './case.ts'
import { repeats } from './floods.ts'

/** Calls to the good server that must be answered during a flood of many
 * messages. */
const BESIDE = 3

const MEBIBYTE = 1024 * 1024

const notice = (method: string, params: object = {}) =>
  `data: ${JSON.stringify({ jsonrpc: '2.0', method, params })}\n\n`

/** `count` times a text, as a stream of events, then the answer. */
function stream(
  text: string | ((id: number) => string),
  count: number,
): RawAnswer {
  return ({ id }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const piece = typeof text === 'string' ? text : text(id)
    const many = Math.max(1, Math.floor((64 * 1024) / piece.length))
    const pieces = function* () {
      for (let sent = 0; sent < count; sent += many) yield piece.repeat(many)
      yield `\n\ndata: ${answer(id)}\n\n`
    }
    pour(pieces(), response)
  }
}

function pour(pieces: Iterable<string>, response: ServerResponse): void {
  Readable.from(pieces).pipe(response)
}

const answer = (id: number) =>
  `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"done"}]}}`

const body =
  (write: (id: number) => string): RawAnswer =>
  ({ id }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(write(id))
  }

/** A body in chunks of one byte. */
const crumbs: RawAnswer = ({ id }, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.cork()
  for (const byte of `${' '.repeat(100_000)}${answer(id)}`) response.write(byte)
  response.uncork()
  response.end()
}

/** An answer behind so many headers. */
function heads(count: number): RawAnswer {
  return ({ id }, { socket }) => {
    const text = answer(id)
    socket?.on('error', () => {})
    socket?.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${'a:1\r\n'.repeat(count)}content-length: ${text.length}\r\n\r\n${text}`,
    )
  }
}

const empties = (bytes: number) => '[],'.repeat(bytes / 3)

const OVER_HTTP: Readonly<Record<string, readonly [RawAnswer, RegExp]>> = {
  'an answer of 15 MiB of empty arrays': [
    body(
      (id) =>
        `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"done"}],"x":{"y":[${empties(15 * MEBIBYTE)}[]]}}}`,
    ),
    /done/,
  ],
  'an array of 15 MiB of empty arrays': [
    body(() => `[${empties(15 * MEBIBYTE)}[]]`),
    /Server odd gave an answer that exceeds/,
  ],
  'notices in one stream': [
    stream(
      notice('notifications/message', { level: 'info', data: 'x' }),
      repeats(20_000),
    ),
    /done/,
  ],
  'progress of nobody': [
    stream(
      notice('notifications/progress', { progressToken: 'x', progress: 1 }),
      repeats(20_000),
    ),
    /done/,
  ],
  'progress of the call': [
    stream(
      (id) =>
        notice('notifications/progress', { progressToken: id, progress: 1 }),
      repeats(20_000),
    ),
    /done/,
  ],
  'changed lists': [
    stream(notice('notifications/tools/list_changed'), repeats(20_000)),
    /done/,
  ],
  questions: [
    stream(
      `data: ${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n\n`,
      repeats(20_000),
    ),
    /done/,
  ],
  'garbage that begins as messages do': [
    stream('data: {"noise\n\n', repeats(20_000)),
    /done/,
  ],
  comments: [stream(':\n', repeats(2_000_000)), /done/],
  'empty lines': [stream('\n', repeats(4_000_000)), /done/],
  'line ends without line feeds': [stream('\r', repeats(4_000_000)), /done/],
  ids: [stream('id:x\n', 500_000), /done/],
  waits: [stream('retry:1\n', 500_000), /done/],
  'a byte at a time': [crumbs, /done/],
  'headers by the thousand, in MiB': [heads(1_900), /done|Server odd/],
  'headers by the hundred thousand, in MiB': [heads(300_000), /Server odd/],
}

const PROGRAM = (flood: string) => `
  const say = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }))
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) return
    if (method === 'initialize') return say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } })
    if (method === 'tools/list') return say(id, { tools: [{ name: 'flood', inputSchema: { type: 'object' } }] })
    ${flood}
    say(id, { content: [{ type: 'text', text: 'done' }] })
  })`

const BY_PROGRAMS: Readonly<Record<string, string>> = {
  'noise on stdout': `process.stdout.write('noise\\n'.repeat(${repeats(2_000_000)}))`,
  'broken messages on stdout': `process.stdout.write('{"noise\\n'.repeat(${repeats(20_000)}))`,
  'noise on stderr': `process.stderr.write('noise\\n'.repeat(8_000_000))`,
  'notices on stdout': `process.stdout.write(${JSON.stringify(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })}\n`)}.repeat(${repeats(20_000)}))`,
}

function overHttp(name: string, flood: RawAnswer, said: RegExp): Attack {
  return {
    id: `S9 ${name}`,
    run: async (t) => {
      const odd = await startRawServer(t, { flood })
      const least = /MiB/.test(name) ? 0 : BESIDE
      return runFlood(t, { type: 'http', url: odd.url }, said, least)
    },
  }
}

function byProgram(name: string, flood: string): Attack {
  const args = ['-e', PROGRAM(flood)]
  return {
    id: `S9 ${name}`,
    run: (t) =>
      runFlood(t, { type: 'stdio', command: process.execPath, args }, /done/),
  }
}

/** Resolves with how many calls were answered beside it. */
async function runFlood(
  t: Parameters<Attack['run']>[0],
  odd: object,
  said: RegExp,
  least = BESIDE,
): Promise<string> {
  const fine: RawAnswer = body(answer)
  const good = await startRawServer(t, { fine })
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const servers = { odd, good: { type: 'http', url: good.url } }
  const roles = { all: { allow: { odd: ['*'], good: ['*'] } } }
  const { gateway } = await serveConfig(t, { servers, roles }, [mine])
  const call = (name: string) =>
    post(gateway.url, mine.token, 'tools/call', { name, arguments: {} })
  await call('good__fine')
  let over = false
  const flood = call('odd__flood').finally(() => {
    over = true
  })
  let beside = 0
  while (!over) {
    const { body } = await call('good__fine')
    if (!body.includes('done')) throw new Error(`beside it: ${body}`)
    if (!over) beside++
  }
  const { body: answered } = await flood
  if (!said.test(answered)) throw new Error(answered.slice(-300))
  if (beside < least) throw new Error(`only ${beside} calls beside it`)
  return `${beside} calls beside it`
}

/** Tools by the hundred thousand beside a good server's. */
async function listMany(t: Parameters<Attack['run']>[0]): Promise<string> {
  const fine: RawAnswer = body(answer)
  const good = await startRawServer(t, { fine })
  const names = Array.from({ length: 100_000 }, (_, at) => [`t${at}`, fine])
  const many = await startRawServer(t, Object.fromEntries(names))
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const servers = {
    odd: { type: 'http', url: many.url },
    good: { type: 'http', url: good.url },
  }
  const roles = { all: { allow: { odd: ['*'], good: ['*'] } } }
  const { gateway } = await serveConfig(t, { servers, roles }, [mine])
  const ask = async (method: string, params: Record<string, unknown>) =>
    (await post(gateway.url, mine.token, method, params)).body
  let longest = 0
  for (let n = 0; n < 20; n++) {
    const begun = readCpuMs()
    const said = await ask('tools/call', { name: 'good__fine', arguments: {} })
    longest = Math.max(longest, readCpuMs() - begun)
    if (!said.includes('done')) throw new Error(said.slice(0, 300))
  }
  const listed = await ask('tools/list', {})
  if (!listed.includes('"good__fine"')) throw new Error(listed.slice(0, 300))
  if (longest > 5_000) throw new Error(`a call beside it took ${longest} ms`)
  const { problems = [] } =
    gateway.status().servers.find(({ name }) => name === 'odd') ?? {}
  const said = problems.find((one) => one.startsWith('tools/list'))
  if (!/too many values/.test(said ?? '')) throw new Error(problems.join())
  return `${Math.round(longest)} ms`
}

/** What this process has used: a machine that is busy otherwise adds nothing. */
function readCpuMs(): number {
  const { user, system } = cpuUsage()
  return (user + system) / 1_000
}

export const ATTACKS: readonly Attack[] = [
  { id: 'S9 a list of tools by the hundred thousand', run: listMany },
  ...Object.entries(OVER_HTTP).map(([name, [flood, said]]) =>
    overHttp(name, flood, said),
  ),
  ...Object.entries(BY_PROGRAMS).map(([name, flood]) => byProgram(name, flood)),
]

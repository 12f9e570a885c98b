// Servers whose answers are odd by the letter: codings, media types, spellings,
// sizes. What official clients read is read, and what is not says why.

import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
} from 'node:zlib'
import { ANSWER, call, FINE, wantSaid } from '../harness/odd/said.ts'
import type { WildCase } from './case.ts'

const packed = (coding: string, pack: (text: string) => Buffer): WildCase =>
  call(`W18 ${coding} though none was asked for`, ({ id }) => ({
    headers: { 'content-encoding': coding, 'content-type': 'application/json' },
    body: pack(ANSWER.replace('$id', String(id))),
  }))

const raw = (
  id: string,
  body: string,
  said: string | RegExp = 'fine',
  type = 'application/json',
) => call(`W18 ${id}`, { body, headers: { 'content-type': type } }, said)

const LENIENT: readonly WildCase[] = [
  packed('gzip', gzipSync),
  packed('x-gzip', gzipSync),
  packed('deflate', deflateSync),
  packed('deflate, identity', deflateRawSync),
  packed('br', brotliCompressSync),
  packed('identity', Buffer.from),
  call(
    'W18 an unknown coding',
    {
      body: 'x',
      headers: {
        'content-encoding': 'lzma',
        'content-type': 'application/json',
      },
    },
    /^error: Server odd gave an answer that is not valid MCP/,
  ),
  call('W18 gzip on a stream of events', ({ id }) => ({
    headers: {
      'content-encoding': 'gzip',
      'content-type': 'text/event-stream',
    },
    body: gzipSync(`data: ${ANSWER.replace('$id', String(id))}\n\n`),
  })),
  call(
    'W18 a body that unpacks without end',
    {
      headers: {
        'content-encoding': 'gzip',
        'content-type': 'text/event-stream',
      },
      body: gzipSync(':\n'.repeat(4_000_000)),
    },
    /^error: Server odd (gave an answer|ended)/,
  ),
  raw('a byte order mark', `\ufeff${ANSWER}`),
  raw('an array with one answer', `[${ANSWER}]`),
  raw(
    'keys that stand twice',
    ANSWER.replace('"id"', '"jsonrpc":"2.0","id":7,"id"'),
  ),
  raw(
    'deep keys that stand twice',
    ANSWER.replace('"text":', '"text":"old","x":{"y":1,"y":2},"text":'),
  ),
  raw(
    'error null beside a result',
    ANSWER.replace('"result"', '"error":null,"result"'),
  ),
  raw(
    'result null beside an error',
    '{"jsonrpc":"2.0","id":$id,"result":null,"error":{"code":-1,"message":"own words"}}',
    '-1 own words',
  ),
  raw('no jsonrpc', ANSWER.replace('"jsonrpc":"2.0",', '')),
  raw('more members', ANSWER.replace('"id"', '"trace":"x","id"')),
  raw(
    'a media type in capitals with parameters',
    ANSWER,
    'fine',
    'Application/JSON; Charset=UTF-8',
  ),
  raw('no media type', ANSWER, 'fine', ''),
  raw('text/plain', ANSWER, 'fine', 'text/plain'),
  raw('a message that says it is events', ANSWER, 'fine', 'text/event-stream'),
  raw(
    'events that say they are a message',
    `event: message\ndata: ${ANSWER}\n\n`,
  ),
  call('W18 bytes that are not UTF-8', ({ id }) => ({
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(
      ANSWER.replace('$id', String(id)).replace('"id"', '"x":"\u00ff","id"'),
      'latin1',
    ),
  })),
  raw(
    'an error whose code is text',
    '{"jsonrpc":"2.0","id":$id,"error":{"code":"E_BUSY","message":"own words"}}',
    '-32603 own words (E_BUSY)',
  ),
  raw(
    'an error whose code is a number in quotes',
    '{"jsonrpc":"2.0","id":$id,"error":{"code":"-32050","message":"own words"}}',
    '-32050 own words',
  ),
  raw(
    'an error whose code is a float',
    '{"jsonrpc":"2.0","id":$id,"error":{"code":-32050.0,"message":"own words"}}',
    '-32050 own words',
  ),
  raw(
    'an error without a message',
    '{"jsonrpc":"2.0","id":$id,"error":{"code":-7}}',
    /^-7 The server gave an error/,
  ),
  raw(
    'an error that is a text',
    '{"jsonrpc":"2.0","id":$id,"error":"own words"}',
    '-32603 own words',
  ),
  raw(
    'an error of no request',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"own words"}}',
    '-32700 own words',
  ),
  call('W18 a stream whose lines end in CR', {
    events: [`event: message\rdata: ${ANSWER}\r\r`],
  }),
  call('W18 CRLF cut between its halves', {
    events: ['event: message\r', `\ndata: ${ANSWER}\r`, '\n\r', '\n'],
  }),
  raw('a text in place of an answer', '"done"', /not valid MCP/),
  {
    id: 'W18 codings are not asked for',
    servers: { odd: {} },
    expect: async ({ call, servers, want }) => {
      await call('odd__echo')
      const all = servers.odd?.requests ?? []
      want(
        all.every(({ headers }) => headers['accept-encoding'] === 'identity'),
        'identity alone',
      )
    },
  },
  call('W14 the id as a text', ({ id }) => ({
    message: { jsonrpc: '2.0', id: String(id), result: FINE },
  })),
  call('W14 the id as a float', {
    body: ANSWER.replace('$id', '$id.0'),
    headers: { 'content-type': 'application/json' },
  }),
  {
    id: 'W14 every id of a program is a text',
    servers: { odd: { program: program('String(id)') } },
    expect: (world) => wantSaid(world, 'fine'),
  },
]

/** A stdio program that writes its ids so. */
function program(id: string, before = ''): string {
  return `
    ${before}
    const say = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id: ${id}, result }))
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line)
      if (id === undefined) return
      if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } })
      else if (method === 'tools/list') say(id, { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] })
      else say(id, { content: [{ type: 'text', text: 'fine' }] })
    })`
}

const BIG = JSON.stringify({
  content: [{ type: 'text', text: 'fine' }],
  structuredContent: { all: Array.from({ length: 250_000 }, (_, i) => i) },
})
const DEEP = `{"content":[],"structuredContent":{"x":${'['.repeat(100)}${']'.repeat(100)}}}`

const CAPS: readonly WildCase[] = [
  call('W17 250,000 numbers', {
    body: `{"jsonrpc":"2.0","id":$id,"result":${BIG}}`,
    headers: { 'content-type': 'application/json' },
  }),
  call(
    'W17 100 levels',
    {
      body: `{"jsonrpc":"2.0","id":$id,"result":${DEEP}}`,
      headers: { 'content-type': 'application/json' },
    },
    /exceeds caps\.depth \(64\)/,
  ),
  {
    ...call(
      'W17 more bytes than caps.message',
      { result: { content: [{ type: 'text', text: 'x'.repeat(70_000) }] } },
      /exceeds caps\.message \(64 KiB\)/,
    ),
    config: { caps: { message: '64KiB' } },
  },
  {
    ...call(
      'W17 the same in a stream',
      { events: [`data: ${'x'.repeat(70_000)}\n\n`] },
      /exceeds caps\.message \(64 KiB\)/,
    ),
    config: { caps: { message: '64KiB' } },
  },
]

export const CASES: readonly WildCase[] = [...LENIENT, ...CAPS]

// That answers written into memory that is used again are their own in each byte,
// also where a client does not read.
// Covers runtime/http.

import assert from 'node:assert/strict'
import { type AddressInfo, connect, type Socket } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { AnswerMemory, LONGEST } from '../../src/runtime/http/answer-memory.ts'
import { createHttpServer } from '../../src/runtime/http/http-server.ts'
import type {
  HttpRequest,
  HttpResponse,
} from '../../src/runtime/http/request-response.ts'
import { holdFor } from '../harness/property.ts'
import { until } from '../harness/until.ts'

const LINES = ['a: b\r\n', 'another: line\r\n']
const ENDINGS = ['date: 1\r\n\r\n', 'date: 22\r\n\r\n']

t.test('each answer has its own bytes, and keeps them', async (t) => {
  const step = fc.record({
    lines: fc.nat({ max: 1 }),
    ending: fc.nat({ max: 1 }),
    id: fc.nat({ max: 1_200 }),
    size: fc.oneof(
      fc.nat({ max: 1_100 }),
      fc.constantFrom(0, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, LONGEST),
    ),
    isKept: fc.boolean(),
  })
  holdFor(t, [fc.array(step, { maxLength: 40 })], 200, (steps) => {
    const memory = new AnswerMemory()
    const kept: { readonly bytes: Buffer; readonly wanted: string }[] = []
    for (const [i, one] of steps.entries()) {
      const [lines = '', ending = ''] = [LINES[one.lines], ENDINGS[one.ending]]
      const message = Buffer.alloc(one.size, String(i % 10))
      const id = `id-${one.id}`
      const bytes = memory.write(lines, id, ending, message)
      const head = `HTTP/1.1 200 OK\r\n${lines}content-length: ${one.size}\r\n`
      const wanted = `${head}x-request-id: ${id}\r\n${ending}${message}`
      assert.equal(bytes.toString(), wanted)
      if (!one.isKept) continue
      memory.keep()
      kept.push({ bytes, wanted })
    }
    for (const { bytes, wanted } of kept) {
      assert.equal(bytes.toString(), wanted)
    }
  })
})

t.test('a client that reads late gets its own answers', async (t) => {
  const path = '/mcp'
  let answered = 0
  let waiting = 0
  const serve = (_: HttpRequest, response: HttpResponse) => {
    const id = answered++
    const message = Buffer.from(fill(id))
    assert.ok(response.endMessage?.('', `n${id}`, message))
    if (response.writableLength > 0) waiting++
  }
  const fast = { endpoints: [{ path, serve }], cap: 100 }
  const ignore = () => {}
  const times = { head: 60_000, request: 60_000, check: 50 }
  const server = createHttpServer(ignore, ignore, times, fast)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const open = () => connect({ port, host: '127.0.0.1' })
  const clients: readonly Socket[] = [open(), open()]
  t.teardown(() => {
    for (const one of clients) one.destroy()
    server.close()
    server.closeAllConnections()
  })
  const [slow, quick] = clients as [Socket, Socket]
  const ask = `POST ${path} HTTP/1.1\r\ncontent-length: 0${END}`
  slow.pause().write(ask.repeat(1_500))
  await until(() => waiting > 0, 'the kernel takes no more')
  const before = answered
  quick.resume().write(ask.repeat(23))
  await until(() => answered >= before + 23, 'others are answered')
  let text = ''
  slow.setEncoding('latin1').on('data', (part: string) => {
    text += part
  })
  slow.resume()
  const list = () => text.split('HTTP/1.1 ').slice(1)
  const readBody = (answer = '') => answer.slice(answer.indexOf(END) + 4)
  const isWhole = () =>
    list().length === 1_500 && readBody(list().at(-1)).length === SIZE
  await until(isWhole, 'all have come')
  for (const answer of list()) {
    const [, id = ''] = /x-request-id: n(\d+)\r\n/.exec(answer) ?? []
    assert.equal(readBody(answer), fill(Number(id)))
  }
})

const SIZE = 8_000
const END = '\r\n\r\n'

function fill(id: number): string {
  return `${id % 10}`.repeat(SIZE)
}

// Large messages: their memory is lent again, and each client and server gets its
// own bytes alone. Covers runtime/base/lender.ts.

import { strict as assert } from 'node:assert'
import { Agent, request, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { ChunkBuffer } from '../../src/runtime/base/chunk-buffer.ts'
import { holdLoans, Lender, loanOf } from '../../src/runtime/base/lender.ts'
import { FastResponse } from '../../src/runtime/http/fast-response.ts'
import { sample } from '../harness/property.ts'
import { json, type RawAnswer, startRawServer } from '../harness/raw-server.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { ENVELOPE, modernHeaders } from '../harness/wire.ts'

const { GUARANTEES_TIMES = '1' } = process.env
const CALLS = 120 * Number(GUARANTEES_TIMES)
const MIB = 1024 * 1024

t.test('memory is lent again once nobody uses it', (t) => {
  const lender = new Lender()
  const first = lender.take(100_000).fill('a')
  const id = first.subarray(10, 20)
  const loan = loanOf(first)
  loan?.hold()
  const written = holdLoans([id, Buffer.from('x')])
  loan?.spend(first)
  loan?.release()
  t.equal(lender.kept, 0, 'it is being written')
  t.equal(String(id), 'aaaaaaaaaa')
  written?.()
  t.ok(lender.kept >= 100_000)
  t.equal(id.length, 0, 'who had it sees nothing')
  t.equal(first.length, 0)
  const second = lender.take(90_000)
  t.equal(lender.kept, 0)
  t.equal(second.length, 90_000)
  t.notOk(loanOf(second) === loan)
  loan?.hold()
  loan?.release()
  t.equal(second.length, 90_000, 'the first loan is over')
  t.end()
})

t.test('memory that others may use is left to the collector', (t) => {
  const lender = new Lender()
  const unspent = lender.take(MIB)
  loanOf(unspent)?.hold()
  loanOf(unspent)?.release()
  t.equal(unspent.length, MIB, 'nobody said that it is over')
  const batch = lender.take(MIB)
  loanOf(batch)?.hold()
  loanOf(batch)?.spend(batch.subarray(1, MIB / 2))
  loanOf(batch)?.release()
  t.equal(batch.length, MIB, 'it holds other messages too')
  t.equal(loanOf(Buffer.from('short')), undefined)
  t.equal(loanOf(lender.take(10)), undefined)
  t.equal(lender.kept, 0)
  t.end()
})

t.test('what waits to be lent is bounded', (t) => {
  const lender = new Lender()
  const all = Array.from({ length: 50 }, () => lender.take(MIB))
  for (const one of all) loanOf(one)?.giveBack()
  t.ok(lender.kept <= 32 * MIB, String(lender.kept))
  t.notOk(lender.take(10 * MIB).equals(Buffer.alloc(0)))
  t.ok(lender.take(400_000).buffer.byteLength < MIB, 'none is much too large')
  t.end()
})

t.test('what nobody has asked for is given up', (t) => {
  const lender = new Lender()
  loanOf(lender.take(MIB))?.giveBack()
  lender.look()
  t.equal(lender.kept, MIB, 'it was lent just now')
  const other = lender.take(MIB)
  loanOf(other)?.giveBack()
  lender.look()
  t.equal(lender.kept, MIB)
  lender.look()
  t.equal(lender.kept, 0)
  t.equal(lender.take(MIB).length, MIB)
  t.end()
})

t.test('chunks are joined in order, whoever lends the memory', (t) => {
  const pieces = fc.array(fc.integer({ min: 1, max: 90_000 }), {
    maxLength: 20,
  })
  const lender = new Lender()
  for (const sizes of sample(pieces, 150)) {
    const chunks = new ChunkBuffer(lender)
    const all = sizes.map((size, at) => Buffer.alloc(size, at + 1))
    const expected = Buffer.concat(all)
    const isKnown = sizes.length % 2 === 0
    for (const one of all) {
      chunks.addLent(one, isKnown ? expected.length : 0)
      one.fill(0xff)
    }
    t.equal(chunks.length, expected.length)
    const whole = chunks.take()
    assert.ok(whole.equals(expected), String(sizes))
    loanOf(whole)?.giveBack()
  }
  t.ok(lender.kept > 0)
  t.end()
})

t.test('what is written waits for what leaves after it', async (t) => {
  const lender = new Lender()
  const message = lender.take(MIB).fill('m')
  const sent: Buffer[] = []
  const socket = {
    destroyed: false,
    writableLength: 0,
    cork() {},
    uncork() {},
    setTimeout() {},
    write(chunk: string | Buffer, ...more: unknown[]) {
      sent.push(Buffer.from(chunk as string))
      const done = more.find((one) => typeof one === 'function')
      if (done) process.nextTick(done as () => void)
      return true
    },
  }
  const carrier = {
    socket,
    shared: { dateLine: '', keepAliveLines: '' },
    sent() {},
    done() {},
  }
  const response = new FastResponse(carrier as never, {})
  response.writeLines(200, '', true)
  loanOf(message)?.spend(message)
  response.write(message.subarray(0, MIB - 10))
  response.write(message.subarray(MIB - 10))
  await setTimeout(20)
  t.equal(message.length, 0, 'its memory is back')
  t.ok(lender.kept >= MIB)
  const written = Buffer.concat(sent).toString()
  t.equal(written.replace(/[^m]/g, '').length, MIB, 'all of it was written')
})

/** Answers with what it got, as the name of the tool says. */
const answers: Readonly<Record<string, RawAnswer>> = {
  whole: (call, response) => json(response, answer(call)),
  later: (call, response) =>
    void setTimeout(30).then(() => json(response, answer(call))),
  event: (call, response) => stream(response, answer(call)),
  failed: (call, response) => {
    const { id, result } = answer(call)
    json(response, { id, result: { ...result, isError: true } })
  },
  cut: (call, response) => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...answer(call) })
    response.setHeader('content-length', text.length)
    response.write(text.slice(0, text.length / 2))
    void setTimeout(5).then(() => response.destroy())
  },
}

function answer({ id, params }: Parameters<RawAnswer>[0]) {
  const { fill } = params.arguments as { fill: string }
  const [letter = ''] = fill
  // The server sees no other call's bytes.
  assert.equal(fill, letter.repeat(fill.length))
  const text = fill.slice(0, 1 + (fill.length >> 1))
  return { id, result: { content: [{ type: 'text', text }] } }
}

function stream(response: ServerResponse, message: object): void {
  response.setHeader('content-type', 'text/event-stream')
  const text = JSON.stringify({ jsonrpc: '2.0', ...message })
  response.write(`event: message\ndata: ${text.slice(0, text.length >> 2)}`)
  const rest = `${text.slice(text.length >> 2)}\n\n`
  void setTimeout(2).then(() => response.end(rest))
}

interface Step {
  readonly tool: string
  readonly size: number
  readonly letter: string
  /** What its client does: waits, goes while it sends or while it reads. */
  readonly client: 'waits' | 'sends half' | 'reads half'
}

const steps: fc.Arbitrary<Step> = fc.record({
  tool: fc.constantFrom(...Object.keys(answers)),
  size: fc.integer({ min: 50_000, max: 400_000 }),
  letter: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
  client: fc.constantFrom(
    'waits',
    'waits',
    'waits',
    'sends half',
    'reads half',
  ),
})

/** Undefined where the client went away. */
function call(
  { url, token, agent }: { url: string; token: string; agent: Agent },
  { tool, size, letter, client }: Step,
): Promise<string | undefined> {
  const name = `raw__${tool}`
  const params = {
    name,
    arguments: { fill: letter.repeat(size) },
    _meta: ENVELOPE,
  }
  const message = { jsonrpc: '2.0', id: letter, method: 'tools/call', params }
  const body = JSON.stringify(message)
  const headers = {
    ...modernHeaders(token, 'tools/call', name),
    accept: 'application/json, text/event-stream',
    'content-length': String(body.length),
  }
  return new Promise((resolve) => {
    const options = { method: 'POST', agent, headers }
    const outgoing = request(url, options, (incoming) => {
      let text = ''
      incoming.setEncoding('latin1').on('data', (part: string) => {
        text += part
        if (client === 'reads half') incoming.destroy()
      })
      incoming.on('close', () => {
        resolve(incoming.complete ? text : undefined)
      })
    })
    outgoing.on('error', () => resolve(undefined))
    if (client !== 'sends half') return void outgoing.end(body)
    outgoing.write(body.slice(0, size / 2), () => {
      void setTimeout(5).then(() => outgoing.destroy())
    })
  })
}

function judge({ tool, size, letter, client }: Step, text: string | undefined) {
  if (client !== 'waits') return
  const shown = JSON.stringify({
    tool,
    size,
    letter,
    text: text?.slice(0, 300),
  })
  assert.ok(text, shown)
  const data = text.startsWith('{') ? text : text.replace(/^.*?data: /s, '')
  const { id, result } = JSON.parse(data)
  assert.equal(id, letter, shown)
  if (tool === 'cut') return assert.ok(result.isError, shown)
  assert.equal(result.isError ?? false, tool === 'failed', shown)
  const expected = letter.repeat(1 + (size >> 1))
  assert.ok(result.content[0].text === expected, shown)
}

async function serveLarge(t: Test) {
  const server = await startRawServer(t, answers)
  const granted = issue({ subject: 'one', roles: ['all'] })
  const { gateway } = await serveConfig(
    t,
    {
      servers: { raw: { type: 'http', url: server.url } },
      roles: { all: { allow: { raw: ['*'] } } },
    },
    [granted],
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 12 })
  t.teardown(() => agent.destroy())
  return { url: gateway.url, token: granted.token, agent }
}

t.test('no client and no server gets bytes of another call', async (t) => {
  const served = await serveLarge(t)
  const left = [...sample(steps, CALLS)]
  let waited = 0
  const work = async () => {
    for (let step = left.pop(); step; step = left.pop()) {
      judge(step, await call(served, step))
      if (step.client === 'waits') waited++
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  t.ok(waited > CALLS / 3, `${waited} of ${CALLS} were answered`)
})

// The parts of the runtime that judge bytes: scanner, messages, splicing,
// framing. No network.
// Covers src/runtime/message.

import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { KeyedDigest } from '../../src/runtime/audit/digest.ts'
import { ChunkBuffer } from '../../src/runtime/base/chunk-buffer.ts'
import { decodeHeader } from '../../src/runtime/message/header-values.ts'
import { readMessage, readString } from '../../src/runtime/message/message.ts'
import {
  decodeString,
  type Node,
  scanJson,
} from '../../src/runtime/message/scan.ts'
import { splice } from '../../src/runtime/message/splice.ts'
import { Redactor } from '../../src/runtime/secrets/redact.ts'
import {
  EventFramer,
  LineFramer,
  OUTGROWN,
} from '../../src/runtime/upstream/http1/frames.ts'

const scan = (text: string | Buffer, depth = 64, keep = 64) =>
  scanJson(Buffer.from(text), { depth, keep })

/** Rebuilds the value from the offsets alone. */
function rebuild(bytes: Buffer, node: Node): unknown {
  if (node.members) {
    const entries = node.members.map(
      ({ key, node: inner }) => [key, rebuild(bytes, inner)] as const,
    )
    return Object.fromEntries(entries)
  }
  if (node.items) return node.items.map((item) => rebuild(bytes, item))
  if (node.type === 'string') {
    return decodeString(bytes, node.start, node.end)
  }
  return JSON.parse(bytes.toString('utf8', node.start, node.end))
}

t.test('scan: agrees with JSON.parse on every value', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, space) => {
      const text = JSON.stringify(value, null, space)
      const bytes = Buffer.from(text)
      const root = scanJson(bytes, { depth: 64, keep: 64 })
      if ('fault' in root) return false
      const rebuilt = JSON.stringify(rebuild(bytes, root))
      return rebuilt === JSON.stringify(JSON.parse(text))
    }),
    { numRuns: 2_000, seed: 1 },
  )
  t.pass('2,000 values')
})

t.test('scan: what it accepts, JSON.parse accepts', async (t) => {
  const alphabet = fc.constantFrom(
    ...'{}[]",:\\ \n\tu0019eE+-.truefalsn/bd\u0000\u0001é',
  )
  const texts = fc.array(alphabet, { maxLength: 24 }).map((a) => a.join(''))
  let accepted = 0
  fc.assert(
    fc.property(texts, (text) => {
      if ('fault' in scan(text)) return true
      accepted++
      JSON.parse(text)
      return true
    }),
    { numRuns: 50_000, seed: 2 },
  )
  t.ok(accepted > 100, `${accepted} of 50,000 random texts were accepted`)
})

t.test('scan: refuses what parsers read differently', async (t) => {
  const cases: readonly [string, string | Buffer, string][] = [
    ['a key twice', '{"a":1,"a":2}', 'duplicate'],
    ['a key twice after unescaping', '{"a":1,"\\u0061":2}', 'duplicate'],
    ['a key twice, deep', '{"x":[{"a":1,"a":2}]}', 'duplicate'],
    ['nothing', '', 'syntax'],
    ['a second value', '{} {}', 'syntax'],
    ['a byte order mark', '\ufeff{}', 'syntax'],
    ['a trailing comma', '[1,]', 'syntax'],
    ['a leading zero', '[01]', 'syntax'],
    ['a bare minus', '[-]', 'syntax'],
    ['a line break in a string', '"a\nb"', 'syntax'],
    ['an unknown escape', '"\\x"', 'syntax'],
    ['a short unicode escape', '"\\u00g0"', 'syntax'],
    ['NaN', '[NaN]', 'syntax'],
    ['a lone 0xff', Buffer.from([0x22, 0xff, 0x22]), 'encoding'],
    ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'encoding'],
    ['a surrogate in UTF-8', Buffer.from('22eda08022', 'hex'), 'encoding'],
    ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, 'depth'],
    ['a million levels', '['.repeat(1_000_000), 'depth'],
  ]
  for (const [name, text, fault] of cases) {
    t.match(scan(text), { fault }, name)
  }
  t.notMatch(
    scan(`${'['.repeat(64)}${']'.repeat(64)}`),
    { fault: 'depth' },
    '64 levels are fine',
  )
  const many = Array.from({ length: 50 }, (_, i) => `"k${i}":1`).join(',')
  t.match(scan(`{${many},"k7":1}`), { fault: 'duplicate' }, 'among many keys')
})

t.test(
  'scan: finds duplicate keys in any notation, among any number',
  async (t) => {
    const sign = fc.constantFrom(
      'a',
      'é',
      '\u2028',
      '\u{1f600}',
      '\ud83d',
      '"',
      '\n',
    )
    const key = fc.array(sign, { maxLength: 5 }).map((signs) => signs.join(''))
    const formatOut = (text: string) =>
      [...Array(text.length).keys()]
        .map((at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
        .map((code) => `\\u${code}`)
        .join('')
    const spell = fc.constantFrom(
      (text: string) => JSON.stringify(text),
      (text: string) => `"${formatOut(text)}"`,
      (text: string) =>
        `"${formatOut(text).toUpperCase().replaceAll('U', 'u')}"`,
    )
    const members = fc.array(fc.tuple(key, spell), { maxLength: 60 })
    let [once, twice] = [0, 0]
    fc.assert(
      fc.property(members, (all) => {
        const text = all
          .map(([own, write]) => `${write(own)}:{"a":0}`)
          .join(',')
        const isTwice = new Set(all.map(([own]) => own)).size < all.length
        if (isTwice) twice++
        else once++
        const root = scan(`[{${text}},{"a":0}]`)
        return isTwice === ('fault' in root && root.fault === 'duplicate')
      }),
      { numRuns: 2_000, seed: 4 },
    )
    t.ok(once > 100 && twice > 100, `${once} without, ${twice} with one twice`)
    const many = Array.from({ length: 60_000 }, (_, at) => `"k${at}":0`)
    t.notMatch(scan(`{${many.join()}}`), { fault: 'duplicate' })
    t.match(scan(`{${many.join()},"k4${'\\u0032'}":0}`), { fault: 'duplicate' })
  },
)

t.test(
  'message: another notation of a member that the gateway reads',
  async (t) => {
    const call = (inside: string) =>
      readMessage(
        Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call",${inside}}`),
        64,
      )
    const params = (inside: string) => call(`"params":{"name":"a",${inside}}`)
    t.match(params('"Name":"b"'), { refusal: 'message' })
    t.match(params('"name\\u0000":"b"'), { refusal: 'message' })
    t.match(params('"_META":{},"_meta":{}'), { refusal: 'message' })
    t.match(call('"param\u017f":{},"params":{}'), { refusal: 'message' })
    t.match(call('"METHOD":"x"'), { refusal: 'message' })
    t.match(params('"Other":1,"other":2'), { kind: 'request' })
  },
)

t.test(
  'message: a guess at a text is taken only where it is right',
  async (t) => {
    for (const text of ['ab', 'é', 'a"b', '', '\\', 'a\nb']) {
      const written = [JSON.stringify(text), `"${'\\u0061'.repeat(2)}"`]
      for (const one of written) {
        const bytes = Buffer.from(one)
        const node = scanJson(bytes, { depth: 1, keep: 1 }) as Node
        const right = JSON.parse(one) as string
        const inside = one.slice(1, -1)
        const latin1 = bytes.toString('latin1', 1, bytes.length - 1)
        for (const guess of [right, text, inside, latin1, 'xy']) {
          t.equal(readString(bytes, node, guess), right, `${one} ${guess}`)
        }
      }
    }
  },
)

t.test('message: ids and shapes', async (t) => {
  const read = (text: string) => readMessage(Buffer.from(text), 64)
  const withId = (id: string) =>
    read(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)
  for (const id of ['1', '-7', '"x"', '9007199254740991']) {
    t.match(withId(id), { kind: 'request' }, id)
  }
  const bad = ['null', '1.5', '1e3', '{}', '[]', 'true', '9007199254740993']
  for (const id of [...bad, JSON.stringify('x'.repeat(300))]) {
    t.match(withId(id), { refusal: 'message' }, id.slice(0, 20))
  }
  t.match(read('[]'), { refusal: 'message' }, 'a batch')
  t.match(read('"x"'), { refusal: 'message' })
  t.match(read('{"jsonrpc":"1.0","method":"x"}'), { refusal: 'message' })
  t.match(read('{"jsonrpc":"2.0","method":1}'), { refusal: 'message' })
  t.match(read('{"jsonrpc":"2.0","method":"x","params":[]}'), {
    refusal: 'message',
  })
  t.match(read('{"jsonrpc":"2.0","id":1}'), { refusal: 'message' })
  t.match(read('{"jsonrpc":"2.0","method":"x"}'), { kind: 'notification' })
  t.match(read('{"jsonrpc":"2.0","id":1,"result":{}}'), { kind: 'response' })
})

t.test('splice: only what an edit names changes', async (t) => {
  const bytes = Buffer.from('{"a":1.0,"b":12345678901234567890}')
  const edits = [
    { start: 33, end: 33, text: ',"c":2' },
    { start: 5, end: 8, text: '"x"' },
  ]
  const expected = '{"a":"x","b":12345678901234567890,"c":2}'
  t.equal(splice(bytes, edits).toString(), expected)
  t.equal(splice(bytes, []), bytes, 'nothing to do copies nothing')
})

t.test('digest: equal to the HMAC of node:crypto', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.uint8Array({ maxLength: 300 }),
      (key, bytes) => {
        const own = new KeyedDigest(Buffer.from(key)).sign(Buffer.from(bytes))
        return own === createHmac('sha256', key).update(bytes).digest('hex')
      },
    ),
    { numRuns: 500, seed: 4 },
  )
  t.pass('500 keys and texts')
  const key = Buffer.from('k')
  for (const length of [16_383, 16_384, 100_000]) {
    const long = Buffer.alloc(length, 'x')
    const hmac = createHmac('sha256', key).update(long).digest('hex')
    t.equal(new KeyedDigest(key).sign(long), hmac, `${length} bytes`)
  }
})

t.test('chunks: joined as they came, whatever was announced', async (t) => {
  const sizes = fc.oneof(fc.nat(60), fc.nat(20_000), fc.constant(16 * 1024))
  fc.assert(
    fc.property(fc.array(sizes), fc.nat(100_000), (lengths, announced) => {
      const chunks = new ChunkBuffer()
      const pieces = lengths.map((length, at) => Buffer.alloc(length, at + 1))
      for (const piece of pieces) chunks.add(piece, announced)
      const whole = Buffer.concat(pieces)
      const isRight = chunks.length === whole.length
      return isRight && chunks.take().equals(whole) && chunks.length === 0
    }),
    { numRuns: 1_000, seed: 6 },
  )
  t.pass('1,000 lists of chunks')
  const kept = Buffer.from('first')
  const chunks = new ChunkBuffer()
  chunks.add(kept)
  chunks.add(Buffer.from('second'), 1_000)
  t.equal(chunks.take().toString(), 'firstsecond')
  t.equal(kept.toString(), 'first', 'a chunk is not written into')
})

t.test('redact: secrets inside strings, and nothing else', async (t) => {
  const redactor = new Redactor()
  for (const one of ['abc/def', 'p\u00e4ss', '420017']) redactor.add(one)
  const redact = (text: string) => redactor.redact(Buffer.from(text)).toString()
  t.equal(
    redact(
      '{"id":420017,"error":{"message":"bad abc\\/def","a":["p\\u00e4ss"]}}',
    ),
    '{"id":420017,"error":{"message":"bad [redacted]","a":["[redacted]"]}}',
  )
  const clean = '{"a": 1.0, "b":"nothing"}'
  t.equal(redact(clean), clean)
})

t.test('header: the base64 sentinel', async (t) => {
  t.equal(decodeHeader('plain'), 'plain')
  t.equal(decodeHeader('=?base64?w6k=?='), 'é')
  t.equal(decodeHeader('=?base64?w6k?='), undefined)
  t.equal(decodeHeader('=?base64?%%?='), undefined)
})

t.test('frames: chunks cut anywhere give the same events', async (t) => {
  const stream =
    '\ufeff: comment\r\nevent: message\r\nid: 7\r\ndata: {"a":\r\ndata: "é"}\r\n\r\n' +
    'data: two\n\nevent: other\ndata:three\n\ndata\n\n: only a comment\n\nid: 9\n\n'
  const read = (cuts: readonly number[]) => {
    const events: string[] = []
    const framer = new EventFramer(1_000, ({ type, id, data }) =>
      events.push(`${type}|${id}|${data}`),
    )
    const bytes = Buffer.from(stream)
    const edges = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length]
    const sorted = [...edges].sort((a, b) => a - b)
    sorted.slice(1).forEach((end, i) => {
      framer.feed(Buffer.from(bytes.subarray(sorted[i], end)))
    })
    return events
  }
  const expected = [
    'message|7|{"a":\n"é"}',
    'message|7|two',
    'other|7|three',
    'message|7|',
  ]
  t.same(read([]), expected)
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 12 }), (cuts) => {
      return JSON.stringify(read(cuts)) === JSON.stringify(expected)
    }),
    { numRuns: 500, seed: 3 },
  )
  const lines: string[] = []
  const framer = new LineFramer(8, (line) => lines.push(String(line)))
  const chunk = Buffer.from('a\r\n12345678\n1234')
  t.equal(framer.feed(chunk, 0), chunk.length)
  t.equal(framer.feed(Buffer.from('56789'), 0), OUTGROWN, 'over the cap')
  t.same(lines, ['a', '12345678'])
})

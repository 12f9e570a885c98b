// Attacks on redaction: secrets within secrets, in odd escapes, in other letters,
// short ones. In: rows of data. Out: attacks that fail.

import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { Redactor } from '../../src/runtime/secrets/redact.ts'
import type { Attack } from './case.ts'

function makeRedactor(...values: readonly string[]): Redactor {
  const redactor = new Redactor()
  for (const value of values) redactor.add(value)
  return redactor
}

/** What comes out of a text, in a message and by itself. */
function deliver(redactor: Redactor, text: string): readonly string[] {
  const bytes = Buffer.from(JSON.stringify({ error: { message: text } }))
  const { error } = JSON.parse(redactor.redact(bytes).toString())
  return [error.message, redactor.redactText(text)]
}

/** Values; a text that holds them; what is left of it. */
type Row = readonly [readonly string[], string, string]

const WITHIN: readonly Row[] = [
  [['abc1', 'SECRETabc1SECRET9'], '<SECRETabc1SECRET9>', '<[redacted]>'],
  [
    ['tok12345', 'user:tok12345&more99'],
    'a user:tok12345&more99 b',
    'a [redacted] b',
  ],
  [
    ['tok12345', 'user:tok12345&more99'],
    'a user%3Atok12345%26more99 b',
    'a [redacted] b',
  ],
  [
    ['tok12345', 'user:tok12345&more99'],
    'a user:tok12345&#38;more99 b',
    'a [redacted] b',
  ],
  [['secret12', '12345678'], '<secret12345678>', '<[redacted]>'],
  [['abababab'], '<ababababab>', '<[redacted]>'],
  [['abababab'], '<abababababa>', '<[redacted]a>'],
  [['aXXXXXXa'], '<aXXXXXXaXXXXXXa>', '<[redacted]>'],
  [['aaaaaaaa'], `<${'a'.repeat(99)}>`, '<[redacted]>'],
]

const BROKEN_BYTES: readonly Row[] = [
  [['100%e4bcdefgh'], '<100%e4bc%64efgh>', '<[redacted]>'],
  [['sk-%fa-xyz123'], '<sk-%fa-xy\\u007a123>', '<[redacted]>'],
  [['corp\\udead99x'], '<corp\\udead\\u00399x>', '<[redacted]>'],
  [['corp\\udead99x'], writeUnits('corp\\udead99x'), '[redacted]'],
  // Half of a sign would be no text any more.
  [['%a9bcdefgh'], '<\u00e9bcdefgh>', '<[redacted]>'],
  [['abcdefgh%c3'], '<abcdefgh\u00e9>', '<[redacted]>'],
  [['abcd%ffefgh'], '<abcd>, <efgh>', '<abcd>, <efgh>'],
]

const ODD_ESCAPES: readonly Row[] = [
  [['abc\\user%31234'], writeUnits('abc\\user%31234'), '[redacted]'],
  [['CORP\\user:pw99'], 'CORP%5C%75ser:pw99', '[redacted]'],
  [['CORP%5C%75ser:pw99'], writeUnits('CORP%5C%75ser:pw99'), '[redacted]'],
  [['CORP\\user:pw99'], 'CORP&#92;user&#58;pw99', '[redacted]'],
  [['CORP\\new:pw 99'], 'CORP%5Cnew%3Apw%2099', '[redacted]'],
  [['CORP\\new:pw 99'], writeUnits('CORP\\new:pw 99'), '[redacted]'],
]

const BASE64 = Buffer.from('S3cr3t-value-01234567890').toString('base64')
const INVISIBLE = [
  '\\n',
  '\\r\\n',
  '\\\\n',
  '\\t',
  '&nbsp;',
  '&#160;',
  '&#xA0;',
  '&ZeroWidthSpace;',
  '\u2800',
  '\u3164',
  '\u115f',
  '\uffa0',
]

const UNSEEN: readonly Row[] = INVISIBLE.map((sign) => [
  ['S3cr3t-value-01234567890'],
  `<${BASE64.slice(0, 9)}${sign}${BASE64.slice(9)}>`,
  '<[redacted]>',
])

const OTHER_LETTERS: readonly Row[] = [
  [['p\u00e4sswort-\u00fcber'], '<P\u00c4SSWORT-\u00dcBER>', '<[redacted]>'],
  [['P\u00c4SSWORT-\u00dcBER'], '<p\u00e4sswort-\u00fcber>', '<[redacted]>'],
  [
    ['\u043f\u0430\u0440\u043e\u043b\u044c99'],
    '<\u041f\u0410\u0420\u041e\u041b\u042c99>',
    '<[redacted]>',
  ],
  [
    ['\u03bb\u03cc\u03b3\u03bf\u03c2-\u03c3\u03c3'],
    '<\u039b\u038c\u0393\u039f\u03a3-\u03a3\u03c2>',
    '<[redacted]>',
  ],
  [
    ['\u023a\u2c65\u2c65\u023a-abcd'],
    '<\u2c65\u023a\u2c65\u2c65-ABCD>',
    '<[redacted]>',
  ],
  [['p\u00e4sswort-\u00fcber'], '<P%C3%84SSWORT-%C3%9CBER>', '<[redacted]>'],
]

/** Every UTF-16 unit as an escape. */
function writeUnits(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, '0'),
  )
  return units.map((unit) => `\\u${unit}`).join('')
}

const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
}

/** The forms that SECURITY.md promises. */
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  raw: (value) => value,
  JSON: (value) => JSON.stringify(value),
  'JSON in JSON': (value) => JSON.stringify(JSON.stringify(value)),
  percent: encodeURIComponent,
  'percent twice': (value) => encodeURIComponent(encodeURIComponent(value)),
  'percent, each byte': (value) =>
    Buffer.from(value).toString('hex').replace(/../g, '%$&'),
  form: (value) => new URLSearchParams({ a: value }).toString().slice(2),
  markup: (value) => value.replace(/[&<"]/g, (sign) => MARKUP[sign] ?? sign),
  'markup, each sign': (value) =>
    [...value].map((sign) => `&#${sign.codePointAt(0)};`).join(''),
  'markup, each sign in hex': (value) =>
    [...value]
      .map((sign) => `&#x${sign.codePointAt(0)?.toString(16)};`)
      .join(''),
  hex: (value) => Buffer.from(value).toString('hex'),
  'hex with colons': (value) =>
    Buffer.from(value).toString('hex').toUpperCase().replace(/..\B/g, '$&:'),
  base64: (value) => encodeAt(value, 0, 'base64'),
  'base64 behind one': (value) => encodeAt(value, 1, 'base64'),
  'base64 behind two': (value) => encodeAt(value, 2, 'base64'),
  base64url: (value) => encodeAt(value, 0, 'base64url'),
  'base64 over lines': (value) =>
    encodeAt(value, 0, 'base64').replace(/.{7}/g, '$&\r\n'),
  'over lines': (value) => value.replace(/.{5}/gu, '$&\n'),
  'base64 over lines in JSON': (value) =>
    JSON.stringify(encodeAt(value, 0, 'base64').replace(/.{7}/g, '$&\n')),
  'escaped units': writeUnits,
  'escaped units, twice': (value) => JSON.stringify(writeUnits(value)),
  'large letters': (value) => value.toUpperCase(),
}

function encodeAt(value: string, shift: number, form: BufferEncoding): string {
  const bytes = Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.from(value)])
  return bytes.toString(form)
}

/** Rich in what begins, ends and fills escapes. */
const SIGNS = [...'\\\\\\uuxx%%&;#0123456789abcdef+-: \u00e9nA']

/** What an escape at its ends says nothing with would stay; of the rest enough is
 * needed. */
const VALUES = fc
  .array(fc.constantFrom(...SIGNS), { minLength: 10, maxLength: 24 })
  .map((signs) => `g${signs.join('')}g`)
  .filter((value) => /(\w.*){8}/.test(value))

/** Quotes, backslashes and blanks at its ends say nothing; base64 shares a sign
 * with what stands beside it. */
function isMasked(said: string): boolean {
  const [, inside = ''] = /^key <(.*)> in line 7$/s.exec(said) ?? []
  const left = inside.replaceAll('[redacted]', '').replaceAll(/[\\"=\s]/g, '')
  return inside.includes('[redacted]') && left.length <= 4
}

function checkAll(rows: readonly Row[]): void {
  for (const [values, text, left] of rows) {
    const said = deliver(makeRedactor(...values), text)
    assert.deepEqual(said, [left, left], text)
  }
}

/** What breaks for a client when a short value is taken out of it. */
const ENVELOPE = {
  jsonrpc: '2.0',
  id: 'message-1',
  result: {
    content: [{ type: 'text', text: 'a b' }],
    structuredContent: {},
    isError: true,
  },
}

const SHORT = [
  '2',
  'true',
  '.0',
  'a',
  'text',
  'message',
  'sage-1',
  'Content',
  'content',
  'type',
]

export const ATTACKS: readonly Attack[] = [
  {
    id: 'S13 a secret inside another, over another, over itself',
    run: async () => checkAll(WITHIN),
  },
  {
    id: 'S13 a secret whose folded bytes are no text',
    run: async () => checkAll(BROKEN_BYTES),
  },
  {
    id: 'S13 a secret with backslashes before u, x and n',
    run: async () => checkAll(ODD_ESCAPES),
  },
  {
    id: 'S13 a secret with signs that show nothing, written in any way',
    run: async () => checkAll(UNSEEN),
  },
  {
    id: 'S13 letters of another size beyond ASCII',
    run: async () => checkAll(OTHER_LETTERS),
  },
  {
    id: 'S13 any secret in each form that is promised',
    run: async () => {
      const property = fc.property(VALUES, (value) => {
        const redactor = makeRedactor(value)
        for (const [name, encode] of Object.entries(ENCODINGS)) {
          const encoded = encode(value)
          for (const said of deliver(redactor, `key <${encoded}> in line 7`)) {
            assert.ok(isMasked(said), `${name}: ${encoded}: ${said}`)
          }
        }
      })
      fc.assert(property, { seed: 13, numRuns: 300 })
    },
  },
  {
    id: 'S13 a short secret breaks no message',
    run: async () => {
      const redactor = makeRedactor(...SHORT)
      const bytes = Buffer.from(JSON.stringify(ENVELOPE))
      assert.equal(redactor.redact(bytes).toString(), bytes.toString())
      const nested = { id: 'message-1', error: { id: 'a message' } }
      const said = redactor.redact(Buffer.from(JSON.stringify(nested)))
      assert.deepEqual(JSON.parse(said.toString()), {
        id: 'message-1',
        error: { id: 'a [redacted]' },
      })
    },
  },
  {
    id: 'S13 short secrets blow no answer up',
    run: async () => {
      const redactor = makeRedactor('a', 'bc', 'def', 'ghij')
      const text = 'a-bc-def-ghij-'.repeat(100_000)
      const bytes = Buffer.from(JSON.stringify({ text }))
      const said = redactor.redact(bytes)
      assert.ok(!said.includes('ghij'))
      assert.ok(said.length <= bytes.length + 4_096, `${said.length}`)
      return `${bytes.length} become ${said.length}`
    },
  },
  {
    id: 'S13 thirty secrets cost one pass',
    run: async () => {
      const redactor = makeRedactor(
        ...Array.from({ length: 30 }, (_, at) => `${at}-`.repeat(99)),
      )
      const bytes = Buffer.from(JSON.stringify({ text: '9-9'.repeat(4e6) }))
      const started = process.cpuUsage()
      redactor.redact(bytes)
      const { user } = process.cpuUsage(started)
      assert.ok(user < 6e6, `${user / 1e3} ms`)
      return `${Math.round(user / 1e3)} ms`
    },
  },
]

// Attacks on redaction by what is masked: who guesses a secret and sees that it
// goes; signs written with two digits; backslashes; a secret that changes often.
// In: rows of data. Out: attacks that fail.

import { strict as assert } from 'node:assert'
import { Redactor } from '../../src/runtime/secrets/redact.ts'
import type { Attack } from './case.ts'

const PIN = '4711'

/** Every PIN. */
const GUESSES = Array.from({ length: 10_000 }, (_, pin) =>
  String(pin).padStart(4, '0'),
).join('-')

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

/** Where the gateway puts a text of the client into what a server says. */
const OWN_TEXTS: Readonly<Record<string, object>> = {
  'id of a call': { id: GUESSES, error: { code: 1, message: 'no' } },
  'token of its progress': {
    method: 'notifications/progress',
    params: { progressToken: GUESSES, progress: 1 },
  },
  'id of its subscription': {
    method: 'notifications/resources/updated',
    params: { uri: 'a:b', _meta: { [SUBSCRIPTION]: GUESSES } },
  },
}

/** The same keys elsewhere hold texts of the server. */
const OTHER_TEXTS: readonly object[] = [
  { error: { data: { progressToken: PIN } } },
  { progressToken: PIN },
  { params: { [SUBSCRIPTION]: PIN } },
]

/** Values, how a program writes them, what is left. */
const ESCAPED: readonly (readonly [string, string, string])[] = [
  ['p\u00e9ssw\u00f6rd-123', '<p\\xe9ssw\\xf6rd-123>', '<[redacted]>'],
  ['p\u00e9ssw\u00f6rd-123', '<p\\xE9ssw\\xF6rd-123>', '<[redacted]>'],
  ['p\u00e9ssw\u00f6rd-123', '<p%E9ssw%F6rd-123>', '<[redacted]>'],
  [
    '\u00ff\u4e2d-abcd\u00a3\u00e9',
    '<\\xff\\u4e2d-abcd\\xa3\\xe9>',
    '<[redacted]>',
  ],
  ['ab+Name&12-xyz', '<ab\\+Name&amp;12\\-xyz>', '<[redacted]>'],
  ['ab-Test&12:nxyz', '<ab\\-Test&amp;12\\:nxyz>', '<[redacted]>'],
  ['ab Test&12 nxyz', '<ab\\ Test\\x2612\\ nxyz>', '<[redacted]>'],
  ['CORP\\+nice&99', '<CORP\\+nice&amp;99>', '<[redacted]>'],
]

/** Begins as all its successors do. */
const HEAD = 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.'

const writeToken = (at: number) => `${HEAD}${`${at}.`.repeat(60)}`

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(OWN_TEXTS).map(([name, message]) => ({
    id: `S13 guesses of a secret as the ${name}`,
    run: async () => {
      const redactor = new Redactor()
      redactor.add(PIN)
      const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))
      assert.equal(redactor.redact(bytes).toString(), bytes.toString())
    },
  })),
  {
    id: 'S13 a secret under a key of the client, elsewhere',
    run: async () => {
      const redactor = new Redactor()
      redactor.add(PIN)
      for (const message of OTHER_TEXTS) {
        const said = redactor.redact(Buffer.from(JSON.stringify(message)))
        assert.ok(!said.includes(PIN), said.toString())
      }
    },
  },
  {
    id: 'S13 signs of two digits, and a backslash before what is left out',
    run: async () => {
      for (const [value, text, left] of ESCAPED) {
        const redactor = new Redactor()
        redactor.add(value)
        assert.equal(redactor.redactText(text), left, text)
      }
    },
  },
  {
    id: 'S13 a secret that changes a thousand times',
    run: async () => {
      const redactor = new Redactor()
      const started = process.cpuUsage()
      for (let at = 0; at < 1_000; at++) redactor.add(writeToken(at), 'header')
      for (let at = 985; at < 1_000; at++) {
        assert.equal(redactor.redactText(`<${writeToken(at)}>`), '<[redacted]>')
      }
      const old = `<${writeToken(900)}>`
      assert.equal(redactor.redactText(old), old, 'long gone')
      redactor.redactText('eyJh'.repeat(250_000))
      const { user } = process.cpuUsage(started)
      assert.ok(user < 6e6, `${user / 1e3} ms`)
      return `${Math.round(user / 1e3)} ms`
    },
  },
  {
    id: 'S13 secrets that begin alike, and with one another',
    run: async () => {
      const redactor = new Redactor()
      const values = ['abcdefgh', 'abcdefghij', 'abcdefgh-9', 'abcdzzzz']
      for (const value of values) redactor.add(value)
      assert.equal(
        redactor.redactText('<abcdefghi> <abcdefghij> <abcdefgh-9> <abcdzzz>'),
        '<[redacted]i> <[redacted]> <[redacted]> <abcdzzz>',
      )
    },
  },
]

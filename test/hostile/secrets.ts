// Attacks on secrets: what a server says of the ones that it was given.
// In: errors that hold a secret, in every form and depth. Out: attacks that fail.

import { Redactor } from '../../src/runtime/secrets/redact.ts'
import { runCase } from '../wild/world.ts'
import type { Attack } from './case.ts'

const SECRET = 'S3cr3t/+"\u00e9 value&<x>=='
const BYTES = Buffer.from(SECRET)
const JSON_TEXT = JSON.stringify(SECRET)

/** How programs print a value in their errors. */
const FORMS: Readonly<Record<string, string>> = {
  plain: SECRET,
  'inside JSON': JSON_TEXT,
  'inside JSON inside JSON': JSON.stringify(JSON_TEXT),
  base64: BYTES.toString('base64'),
  'base64 of a pair': Buffer.from(`me:${SECRET}`).toString('base64'),
  'base64 of a header': Buffer.from(`x=${SECRET}; y`).toString('base64'),
  base64url: BYTES.toString('base64url'),
  hex: BYTES.toString('hex'),
  'large hex': BYTES.toString('hex').toUpperCase(),
  'a URL': `https://a.example/?key=${encodeURIComponent(SECRET)}`,
  'a URL in small letters': encodeURIComponent(SECRET).toLowerCase(),
  'a URL twice': encodeURIComponent(encodeURIComponent(SECRET)),
  'a form': new URLSearchParams({ key: SECRET }).toString(),
  markup: '<b>S3cr3t/+&quot;\u00e9 value&amp;&lt;x&gt;==</b>',
  'two lines': `S3cr3t/+"\u00e9 val\n   ue&<x>==`,
  'a soft hyphen': `S3cr3t/+"\u00e9 value\u00ad&<x>==`,
  'a stack': `Error: bad ${SECRET}\n    at x (y.js:1:1)`,
}

/** Parts that a reader could put together again. */
const PARTS = ['S3cr3t', 'ue&<x>', Buffer.from('S3cr3t').toString('hex')]

/** Text: the server's JSON.stringify has a stack too. */
function writeError(depth: number) {
  const data = `${'['.repeat(depth)}"longsecret"${']'.repeat(depth)}`
  const error = `{"code":1,"message":"x","data":${data}}`
  return {
    headers: { 'content-type': 'application/json' },
    body: `{"jsonrpc":"2.0","id":$id,"error":${error}}`,
  }
}

const NAME = 'PORTCULLIS_TEST_SECRET'

export const ATTACKS: readonly Attack[] = [
  {
    id: 'S16 a secret in each form that a program prints',
    run: async () => {
      const redactor = new Redactor()
      redactor.add(SECRET)
      const delivered = Object.entries(FORMS).filter(([, text]) => {
        const bytes = Buffer.from(JSON.stringify({ [text]: [text] }))
        const said = redactor.redact(bytes).toString()
        const left = Object.values(JSON.parse(said)).flat().join()
        return (
          !said.includes('[redacted]') || PARTS.some((p) => left.includes(p))
        )
      })
      if (delivered.length > 0) throw new Error(delivered.map(String).join())
    },
  },
  {
    id: 'S16 a secret deeper than any stack',
    run: async () => {
      const redactor = new Redactor()
      redactor.add('longsecret')
      const deep = `${'['.repeat(200_000)}"longsecret"${']'.repeat(200_000)}`
      const said = redactor.redact(Buffer.from(deep)).toString()
      if (said.includes('longsecret')) throw new Error('delivered')
    },
  },
  {
    id: 'S16 an error as deep as the cap, and deeper',
    run: async (t) => {
      process.env[NAME] = 'longsecret'
      t.teardown(() => delete process.env[NAME])
      return runCase({
        id: 'S16',
        servers: {
          odd: {
            config: { headers: { authorization: { bearer: `env:${NAME}` } } },
            answers: {
              'tools/call': [100, 500, 6_000, 3].map(writeError),
            },
          },
        },
        config: { caps: { depth: 512 } },
        expect: async ({ post, status, want }) => {
          for (const depth of [100, 500, 6_000, 3]) {
            const params = { name: 'odd__echo', arguments: {} }
            const { body } = await post('tools/call', params)
            want(!body.includes('longsecret'), `delivered at ${depth}`)
            const told = depth < 600 ? '[redacted]' : 'valid'
            want(body.includes(told), `${depth}: ${body.slice(0, 300)}`)
          }
          want((await status()).servers.length === 1, 'it lives')
        },
      })
    },
  },
]

// Attacks on secrets: what a server says of the ones that it was given, and what
// its program can read. In: rows of data. Out: attacks that fail.

import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { Redactor } from '../../src/runtime/secrets/redact.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { post } from '../harness/wire.ts'
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
  'a URL of which parts are escaped': 'S3cr3t%2f%2B"%c3%A9%20value&%3cx>=%3D',
  'a URL whose letters are escaped': [...BYTES]
    .map((byte) => `%${byte.toString(16)}`)
    .join(''),
  'references to signs': [...SECRET]
    .map((sign, at) => (at % 2 ? sign : `&#${sign.codePointAt(0)};`))
    .join(''),
  'references in hex': [...SECRET]
    .map((sign) => `&#x${sign.codePointAt(0)?.toString(16)};`)
    .join(''),
  'JSON inside JSON with needless escapes': writeUnits(SECRET, '\\u'),
  'JSON with escaped slashes': JSON_TEXT.replace('/', '\\/'),
  'a literal of bytes': [...BYTES]
    .map((byte) => `\\x${byte.toString(16)}`)
    .join(''),
  'hex with blanks': BYTES.toString('hex').replace(/../g, '$& '),
  'hex with colons': BYTES.toString('hex').toUpperCase().replace(/../g, '$&:'),
  'hex with dashes': BYTES.toString('hex').replace(/../g, '$&-'),
  'base64 over lines': BYTES.toString('base64').replace(/.{8}/g, '$&\r\n'),
  'base64 in a URL': encodeURIComponent(BYTES.toString('base64')),
  'behind an escape that it would end': `%4${SECRET}`,
  'two lines': `S3cr3t/+"\u00e9 val\n   ue&<x>==`,
  'a soft hyphen': `S3cr3t/+"\u00e9 value\u00ad&<x>==`,
  'a stack': `Error: bad ${SECRET}\n    at x (y.js:1:1)`,
}

/** Every UTF-16 unit as an escape, in letters of both sizes. */
function writeUnits(text: string, prefix: string): string {
  const units = Array.from({ length: text.length }, (_, at) => {
    const hex = text.charCodeAt(at).toString(16).padStart(4, '0')
    return `${prefix}${at % 2 ? hex : hex.toUpperCase()}`
  })
  return units.join('')
}

/** How a message may write it in one string. */
const WRITTEN: Readonly<Record<string, string>> = {
  'escaped units': writeUnits(SECRET, '\\u'),
  'an escaped slash': JSON_TEXT.slice(1, -1).replace('/', '\\/'),
  'some escaped units': writeUnits(SECRET.slice(0, 5), '\\u').concat(
    JSON_TEXT.slice(6, -1),
  ),
  'escaped units inside JSON': writeUnits(SECRET, '\\\\u'),
}

/** Credentials that begin as an escape ends, and others that are odd. */
const ODD: readonly string[] = [
  '41bcdef0123456789',
  'u0041bcdefghij',
  'x41bcdefghijk',
  'nabcdefghijk',
  '#65;bcdefghij',
  'amp;bcdefghij',
  '25%25%41%zz%25',
  '\\back\\slash\\n\\',
  'DOMAIN\\user:pass',
  '-----BEGIN KEY-----\nMIIEvQ+/=\n-----END KEY-----',
  '        a',
  '----------',
  '::::::::::',
  'a-b-c-d-',
  'geheim\u{1f511}\u{1f511}wort',
  'caf\u00e9 \u200bna\u00efve',
]

/** What stands before and behind one. */
const BESIDE = [
  '',
  '%',
  '%4',
  '%%4',
  '\\',
  '\\u00',
  '&',
  '&#',
  '&#x',
  'n',
  ';',
  '4',
]

/** As programs write it, whose own escapes are in force. */
const listPromised = (value: string): readonly string[] => {
  const bytes = Buffer.from(value)
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ '': value }).toString().slice(1),
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ]
}

/** Those that come out with a form of the credential in them. */
function listDelivered(value: string): readonly string[] {
  const redactor = new Redactor()
  redactor.add(value)
  return listPromised(value).flatMap((form) => {
    const texts = BESIDE.flatMap((one) => [one + form, one + form + one])
    return texts.filter((text) => {
      const bytes = Buffer.from(JSON.stringify([text, text]))
      const said: unknown[] = JSON.parse(`${redactor.redact(bytes)}`)
      const all = [...said, redactor.redactText(text)]
      return all.some((one) => String(one).includes(form))
    })
  })
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

/** A program that tells who it is and what it can read of its parent. */
const SPY = `
  const say = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
  const { readFileSync } = require('fs')
  const read = (path) => { try { return readFileSync(path).length } catch (e) { return e.code } }
  const look = ({ key }) => ({
    uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(),
    home: process.env.HOME, key: read(key),
    environ: read('/proc/' + process.ppid + '/environ'),
  })
  const serverInfo = { name: 'p', version: '1' }
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } })
    else if (method === 'tools/list') say({ id, result: { tools: [{ name: 'look', inputSchema: { type: 'object' } }] } })
    else if (method === 'tools/call') say({ id, result: { content: [{ type: 'text', text: JSON.stringify(look(params.arguments)) }] } })
    else if (id !== undefined) say({ id, error: { code: -32601, message: 'no' } })
  })`

/** Nobody, on every system that has numbers. */
const NOBODY = 65_534

async function spy(t: Parameters<Attack['run']>[0]): Promise<string> {
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const command = { type: 'stdio', command: process.execPath }
  const it = { ...command, args: ['-e', SPY], user: NOBODY, group: NOBODY }
  const roles = { all: { allow: { it: ['*'] } } }
  const config = { servers: { it }, roles }
  const { gateway, folder } = await serveConfig(t, config, [mine])
  const given = { key: join(folder, 'gateway.key') }
  const params = { name: 'it__look', arguments: given }
  const { body } = await post(gateway.url, mine.token, 'tools/call', params)
  const { reason } = gateway.status().servers[0] ?? {}
  const [, json = '{}'] = /(\{.*\})\s*$/s.exec(body) ?? []
  return JSON.parse(json).result?.isError
    ? String(reason)
    : JSON.parse(json).result.content[0].text
}

const NAME = 'PORTCULLIS_TEST_SECRET'

export const ATTACKS: readonly Attack[] = [
  {
    id: 'S13 a program of another user reads nothing of the gateway',
    run: async (t) => {
      const told = await spy(t)
      if (process.getuid?.() !== 0) {
        // Not as the gateway's own user either: it does not start.
        if (!told.includes('only root')) throw new Error(told)
        return 'not root: refused to start'
      }
      const { uid, gid, groups, home, key, environ } = JSON.parse(told)
      const ids = [uid, gid, ...groups].every((id) => id === NOBODY)
      const isShut = [key, environ].every((read) => read === 'EACCES')
      const isOther = home !== process.env.HOME
      if (!ids || !isShut || !isOther) throw new Error(told)
      return told
    },
  },
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
    id: 'S16 a secret as a message may write it',
    run: async () => {
      const redactor = new Redactor()
      redactor.add(SECRET)
      for (const [name, text] of Object.entries(WRITTEN)) {
        const said = redactor.redact(Buffer.from(`{"a b c d e":"x ${text} y"}`))
        assert.equal(`${said}`, '{"a b c d e":"x [redacted] y"}', name)
      }
    },
  },
  {
    id: 'S16 an odd secret beside what begins or ends an escape',
    run: async () => {
      for (const value of ODD) assert.deepEqual(listDelivered(value), [], value)
    },
  },
  {
    id: 'S16 what holds no secret is as it was',
    run: async () => {
      const redactor = new Redactor()
      for (const value of [SECRET, ...ODD.slice(0, 9)]) redactor.add(value)
      const texts = [
        ...BESIDE,
        'S3cr3t/+',
        'C:\\new\\u0041',
        '100 %',
        '%41%zz&amp;',
      ]
      const bytes = Buffer.from(JSON.stringify({ texts, 'caf\u00e9': 1 }))
      assert.equal(redactor.redact(bytes), bytes)
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
            const told = depth < 600 ? '[redacted]' : 'caps.depth'
            want(body.includes(told), `${depth}: ${body.slice(0, 300)}`)
          }
          want((await status()).servers.length === 1, 'it lives')
        },
      })
    },
  },
  {
    id: 'S13 a lone surrogate behind a secret',
    run: async () => {
      for (const value of ['passwordmab', 'tok=en-']) {
        const redactor = new Redactor()
        redactor.add(value)
        for (const tail of [
          '\\udc00',
          '\\ud800',
          '\\udfff',
          '\\ud83d\\udc00',
        ]) {
          const error = `{"code":1,"message":"x ${value}${tail}"}`
          const said = `{"jsonrpc":"2.0","id":1,"error":${error}}`
          const safe = redactor.redact(Buffer.from(said)).toString()
          assert.ok(!safe.includes(value.slice(0, 6)), safe)
        }
      }
    },
  },
]

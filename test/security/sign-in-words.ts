// What servers say and do not say during a sign-in: secrets that they repeat,
// challenges that are no challenges, silence.

import { type AddressInfo, createServer } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import type { HttpServer } from '../../src/contract/table.ts'
import { systemClock } from '../../src/runtime/base/clock.ts'
import { readChallenge } from '../../src/runtime/oauth/challenge.ts'
import {
  fetchGuarded,
  type Net,
  showUrl,
} from '../../src/runtime/oauth/fetch.ts'
import { cleanWord } from '../../src/runtime/oauth/problem.ts'
import { Refusals } from '../../src/runtime/oauth/refusals.ts'
import { SignIn } from '../../src/runtime/oauth/sign-in.ts'
import { Redactor } from '../../src/runtime/secrets/redact.ts'
import { DIRECT } from '../harness/direct.ts'
import { NO_PROGRAMS } from '../harness/no-programs.ts'
import { AUTH, tell } from '../harness/oauth/unsigned.ts'
import { until } from '../harness/until.ts'

const LEDGER = 'https://ledger.example/mcp'

t.test('the end waits for no resolver and no handshake', async (t) => {
  const auth = { ...AUTH, issuer: 'https://id.example' }
  const url = new URL(LEDGER)
  const signIn = new SignIn({
    name: 'ledger',
    server: { url: LEDGER } as unknown as HttpServer,
    auth,
    clock: systemClock,
    secrets: {
      env: { X: 'a-client-secret' },
      root: '/',
      programs: NO_PROGRAMS,
    },
    resolve: () => new Promise(() => {}),
    url: () => url,
    headers: () => ({}),
    outward: DIRECT,
    hide() {},
    unhide() {},
    tell,
  })
  const waiting = signIn.obtain().catch(({ detail }) => detail)
  setTimeout(() => signIn.close(), 100)
  t.equal(await waiting, 'the gateway is closing')

  const ended = new AbortController()
  let isOpen = false
  const silent = createServer((socket) => {
    isOpen = true
    socket.on('error', () => {}).on('close', () => (isOpen = false))
    ended.abort()
  })
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  t.teardown(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const net: Net = {
    resolve: async () => [],
    tell,
    signal: ended.signal,
    own: '',
    outward: DIRECT,
  }
  const get = { method: 'GET', headers: {} } as const
  const at = new URL(`https://127.0.0.1:${port}`)
  await t.rejects(fetchGuarded(at, get, 'loopback', net))
  await until(() => !isOpen, 'its connection is gone', 3_000)
})

t.test('what a server repeats of a secret, where it is cut', async (t) => {
  const secret = 'a-s\u00e9cret/of-thirty-signs-and-more'
  const token = 'Token-of-a-hundred-signs-'.repeat(4)
  const redactor = new Redactor()
  for (const one of [secret, token]) redactor.add(one)
  const tell = (text: string) => redactor.redactText(text, 400)
  for (let at = 0; at < 20; at++) {
    const said = cleanWord(`${'x'.repeat(at)}${secret}`, 20, tell)
    t.notMatch(said, 'a-s')
  }
  const shown = showUrl(
    new URL(`https://a.example/${'x'.repeat(150)}/${token}`),
    tell,
  )
  t.notMatch(shown, 'Token-of')
  const auth = { ...AUTH, scopes: ['read'] }
  const options = { name: 'ledger', auth, clock: systemClock, tell }
  const challenge = readChallenge(
    `Bearer error="insufficient_scope", scope="${token}"`,
  )
  const verdict = JSON.stringify(new Refusals(options).judge(403, challenge))
  t.match(verdict, /the token lacks the scope \[redacted\]/)
  t.notMatch(verdict, 'Token-of')
})

t.test('a tool that wants ever other scopes', (t) => {
  const options = { name: 'ledger', auth: AUTH, clock: systemClock, tell }
  const refusals = new Refusals(options)
  const judge = (status: number, scope: string) => {
    const header = `Bearer error="insufficient_scope", scope="${scope}"`
    const verdict = refusals.judge(status, readChallenge(header))
    refusals.scopesOf([])
    refusals.granted()
    return verdict
  }
  const widened = Array.from({ length: 100 }, (_, at) => judge(403, `s${at}`))
  t.equal(widened.filter((one) => one === 'widen').length, 5)
  const ended = readChallenge('Bearer error="invalid_token"')
  t.equal(refusals.judge(401, ended), 'renew', 'others get a new token')
  t.end()
})

t.test('hostile challenges', (t) => {
  const scopes: readonly string[] = []
  const nothing = { error: undefined, scopes, resourceMetadata: undefined }
  const rows: readonly (readonly [string, object])[] = [
    ['', nothing],
    ['Bearer', nothing],
    ['Basic realm="Bearer error=invalid_token"', nothing],
    ['Basic x, error="invalid_token"', nothing],
    ['Bearer error="invalid_token', nothing],
    ['Bearer error=', nothing],
    ['"""""', nothing],
    [`Bearer ${'x'.repeat(9_000)}`, nothing],
    ['bearer ERROR=invalid_token', { ...nothing, error: 'invalid_token' }],
    [
      'Basic realm="a, b", Bearer error="a\\"b", scope="x  y x \u0001 \\"", error="c"',
      { ...nothing, error: 'a"b', scopes: ['x', 'y'] },
    ],
    [
      'Bearer resource_metadata="https://a/b", Bearer resource_metadata="https://c"',
      { ...nothing, resourceMetadata: 'https://a/b' },
    ],
    [
      `Bearer scope="${Array.from({ length: 100 }, (_, at) => at).join(' ')}"`,
      nothing,
    ],
  ]
  for (const [header, expected] of rows) {
    t.same(readChallenge(header), expected, header.slice(0, 80))
  }
  for (const piece of ['a="', '\\"', ' , ', 'a=b ', '"', '= = ']) {
    // More than linear time would not end.
    const long = `Bearer ${piece.repeat(8_000 / piece.length)}`
    t.same(readChallenge(long).resourceMetadata, undefined, piece)
  }
  t.end()
})

t.test('values that come and go are as if the others had always been', (t) => {
  const part = fc.constantFrom('abcd', 'abce', 'ab%20', 'token', '12345678')
  const value = fc.array(part, { minLength: 1, maxLength: 4 })
  const values = value.map((parts) => parts.join(''))
  const place = fc.constantFrom('one', 'two', 'three')
  const step = fc.record({ place, value: values, forgets: fc.boolean() })
  const steps = fc.array(step, { maxLength: 12 })
  const texts = fc.array(values, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(steps, texts, (all, text) => {
      const redactor = new Redactor()
      const kept = new Map<string, string[]>()
      for (const { place, value, forgets } of all) {
        if (forgets) {
          redactor.forget(place)
          kept.delete(place)
          continue
        }
        redactor.add(value, place, 2)
        const others = (kept.get(place) ?? []).filter((one) => one !== value)
        kept.set(place, [...others, value].slice(-2))
      }
      const fresh = new Redactor()
      for (const one of [...kept.values()].flat()) fresh.add(one)
      const said = text.join(' and ')
      return redactor.redactText(said) === fresh.redactText(said)
    }),
    { numRuns: 500 },
  )
  t.end()
})

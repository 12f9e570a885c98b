// The table as a thing: its digest, its names, whether it is whole, and the
// expectations that it must meet.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import type { RoutingTable } from '../../src/contract/table.ts'
import { buildArtefact } from '../../src/table/build.ts'
import { consistent } from '../../src/table/consistent.ts'
import { canonicalize, digestOf } from '../../src/table/digest.ts'
import { runExpectations } from '../../src/table/expect.ts'
import { BREAK_GLASS_MS, judgeLife } from '../../src/table/life.ts'
import { exposeName, isExposable } from '../../src/table/names.ts'
import {
  type RevocationKind,
  Revocations,
  readRevocations,
  writeRevocation,
} from '../../src/table/revoked.ts'
import { formatToken, readTokenId } from '../../src/table/token.ts'
import { makeGrants, makeTable, type Names } from '../harness/table.ts'

// The same cases on every run; a new seed is for those who look for faults.
fc.configureGlobal({ seed: 20261124 })

t.test('canonical JSON is RFC 8785', async (t) => {
  const rows: readonly [unknown, string][] = [
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [
      [1e21, 1e-7, -0, 0.1, 333333333.3333333],
      '[1e+21,1e-7,0,0.1,333333333.3333333]',
    ],
    ['\u20ac$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
    [
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5 },
      '{"\\r":2,"1":4,"€":1,"😀":5,"\ufb33":3}',
    ],
    [JSON.parse('{"__proto__":1,"a":2}'), '{"__proto__":1,"a":2}'],
  ]
  for (const [value, text] of rows) t.equal(canonicalize(value), text)
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, 1n]) {
    t.throws(() => canonicalize({ a: [value] }), TypeError, String(value))
  }
  const sha256 = createHash('sha256').update('{"a":1}').digest('hex')
  t.equal(digestOf({ a: 1 }), sha256)
})

t.test('a digest depends on values, never on the order of keys', async () => {
  const property = fc.property(
    fc.dictionary(fc.string(), fc.jsonValue()),
    (o) => {
      const turned = Object.fromEntries(Object.entries(o).reverse())
      return digestOf(o) === digestOf(turned)
    },
  )
  fc.assert(property)
})

t.test('exposed names', async (t) => {
  t.equal(exposeName({ prefix: 'a__' }, 'get.it now'), 'a__get_it_now')
  t.equal(exposeName({ prefix: '' }, 'x-y_Z9'), 'x-y_Z9')
  for (const name of ['a', '_a', 'a-b', 'x'.repeat(64)]) t.ok(isExposable(name))
  for (const name of ['', '9a', '-a', 'a b', 'é', 'x'.repeat(65)]) {
    t.notOk(isExposable(name), name)
  }
})

t.test('the written form of a token', async (t) => {
  const id = 'abcdefghij01'
  const token = formatToken(id, new Uint8Array(32).fill(255))
  t.match(token, /^gwt_abcdefghij01_[0-9A-Za-z]{49}$/)
  t.equal(readTokenId(token), id)
  t.match(formatToken(id, new Uint8Array(32)), /_0{43}/, 'padded')
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const property = fc.property(bytes, fc.nat(65), (secret, at) => {
    const whole = formatToken(id, secret)
    const other = whole[at] === 'x' ? 'y' : 'x'
    const broken = whole.slice(0, at) + other + whole.slice(at + 1)
    return readTokenId(whole) === id && readTokenId(broken) === undefined
  })
  fc.assert(property)
})

t.test('an artefact read back is judged before it is used', async (t) => {
  const table = makeTable({ r: { allow: { a: ['x'] } } })
  const good = buildArtefact(table)
  t.same(consistent(good), [])
  t.same(consistent(JSON.parse(JSON.stringify(good))), [])
  const judge = (change: (table: Record<string, never>) => void) => {
    const copy = structuredClone(good) as unknown as {
      table: Record<string, never>
      digest: string
    }
    change(copy.table)
    copy.digest = digestOf(copy.table)
    return consistent(copy)
  }
  const rows: readonly [RegExp, string[]][] = [
    [/not an object/, consistent(null)],
    [/not an object/, consistent([])],
    [/formatVersion is 2/, consistent({ ...good, formatVersion: 2 })],
    [/digest/, consistent({ ...good, digest: '0'.repeat(64) })],
    [/`places` is not/, consistent({ ...good, places: null })],
    [/`b`?.*servers|`a`.*servers/, judge((t) => Reflect.set(t, 'servers', {}))],
    [
      /`state` is missing: compile the table again/,
      judge((t) => Reflect.deleteProperty(t, 'state')),
    ],
    [/`roles` is missing/, judge((t) => Reflect.deleteProperty(t, 'roles'))],
    [/malformed/, judge((t) => Reflect.set(t, 'roles', { r: null }))],
    [
      /team `t` names `q`/,
      judge((t) => Reflect.set(t, 'teams', { t: { roles: ['q'], rule: '' } })),
    ],
    [
      /never expires/,
      judge((t) => {
        const token = { id: 'x', roles: [], team: null, tools: null }
        Reflect.set(t, 'tokens', { x: { ...token, sha256: '0'.repeat(64) } })
      }),
    ],
  ]
  for (const [said, faults] of rows) {
    t.ok(
      faults.some((fault) => said.test(fault)),
      `${said}: ${faults}`,
    )
  }
  fc.assert(fc.property(fc.anything(), (any) => consistent(any).length > 0))
})

t.test('expectations ask the same decision', async (t) => {
  const table = makeTable({ r: { allow: { a: ['x'] }, deny: { a: ['y'] } } })
  const expectation = (who: object, allow: Names, deny: Names) => ({
    who,
    allow: makeGrants('/tests/e/allow', { a: allow }),
    deny: makeGrants('/tests/e/deny', { a: deny }),
    args: null,
    rule: '/tests/e',
  })
  const run = (who: object, allow: Names, deny: Names) => {
    const tests = { e: expectation(who, allow, deny) }
    return runExpectations({ ...table, tests } as unknown as RoutingTable)
  }
  t.same(run({ role: 'r' }, ['x'], ['y', 'z']), [])
  t.match(run({ role: 'r' }, ['y'], ['x']), [
    { code: 'GW6001', pointer: '/tests/e/allow/a/0' },
    { code: 'GW6001', pointer: '/tests/e/deny/a/0' },
  ])
  t.match(run({ role: 'r' }, ['y'], []), [
    { notes: [{ pointer: '/roles/r/deny/a/0' }] },
  ])
  t.equal(run({ role: 'gone' }, ['x'], []).length, 1, 'nobody may nothing')
  t.equal(run({ token: 'gone' }, ['x'], []).length, 1)
})

t.test('until when a token is good', async (t) => {
  const base = { created: 0, notBefore: null, revoked: null, reason: null }
  const judge = (more: object, now: number) =>
    judgeLife({ ...base, kind: 'person', expires: 9e9, ...more }, 8e9, now)
  t.equal(judge({}, 8e9 - 1), undefined)
  t.equal(judge({}, 8e9), 'expired token', 'whatever its record says')
  t.equal(judge({ notBefore: 5 }, 4), 'token not valid yet')
  t.equal(judge({ revoked: 5 }, 4), undefined)
  t.equal(judge({ revoked: 5 }, 5), 'revoked token')
  const glass = { kind: 'break-glass', reason: 'why' }
  t.equal(judge(glass, BREAK_GLASS_MS - 1), undefined)
  t.equal(judge(glass, BREAK_GLASS_MS), 'expired token', 'an hour at most')
  t.match(judge({ ...glass, reason: null }, 1), /without a reason/)
})

t.test('gateway.revoked: what is written is read again', async (t) => {
  const before = fc.integer({ min: 0, max: 4e12 })
  const named = fc.record({
    kind: fc.constantFrom('subject' as const, 'team' as const),
    value: fc.string({ unit: 'binary', minLength: 1 }),
    before,
  })
  const id = fc.stringMatching(/^[a-z0-9]{12}$/)
  const one = fc.oneof(
    named,
    fc.record({ kind: fc.constant('token' as const), value: id, before }),
  )
  const property = fc.property(fc.array(one), (all) => {
    const text = all.map(writeRevocation).join('# a word\n\n')
    const { revocations, malformed } = readRevocations(text)
    const same = (list: typeof revocations) =>
      JSON.stringify(
        list.map(({ kind, value, before }) => [kind, value, before]),
      )
    return malformed.length === 0 && same(revocations) === same(all)
  })
  fc.assert(property, { numRuns: 100 })

  const whole = formatToken('abcdefghij01', new Uint8Array(32))
  const read = readRevocations(
    `\ufeffteam a b  2026-11-20\r\ntoken ${whole} 2026-11-20\r\n` +
      'team a\nall x 2026-11-20\nall * soon\neveryone 2026-11-20\n' +
      'token ABC 2026-11-20\nsubject "a 2026-11-20\n',
  )
  t.same(read.malformed, [3, 4, 5, 6, 7, 8])
  t.match(read.revocations, [{ value: 'a b' }, { value: 'abcdefghij01' }])

  const token = { id: 'x', subject: 's', team: null, created: 10 }
  const covers = (kind: RevocationKind, value: string, before: number) => {
    const known = new Revocations()
    known.add({ kind, value, before: 3 })
    known.add({ kind, value, before })
    known.add({ kind, value, before: 1 })
    return known.covers(token)
  }
  t.ok(covers('token', 'x', 11) && covers('subject', 's', 11))
  t.ok(covers('all', '*', 11))
  t.notOk(covers('all', '*', 10), 'created at that instant: it is newer')
  t.notOk(covers('team', 'null', 11), 'no team is no name')
  t.notOk(covers('subject', 'x', 11))
})

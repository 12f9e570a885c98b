// Attacks by work: one message that would hold the event loop, and with it every
// other client. The rows count work and outcomes, never time.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import type { Constraint } from '../../src/contract/table.ts'
import { readMessage } from '../../src/runtime/message/message.ts'
import { describeRefusal } from '../../src/runtime/message/refusal.ts'
import { Redactor } from '../../src/runtime/secrets/redact.ts'
import { mendMessages } from '../../src/runtime/upstream/mend.ts'
import { parseArguments } from '../../src/table/arguments.ts'
import { decide } from '../../src/table/decide.ts'
import { parseExact } from '../../src/table/number.ts'
import { open } from '../harness/bounds/edge.ts'
import { holder, makeTable } from '../harness/table.ts'
import { post } from '../harness/wire.ts'
import type { Attack } from './case.ts'

/** Runs of marks of different classes: their normalization is quadratic. */
const MARKS = '\u0301\u0316'.repeat(20_000)

/** UTF-16 units that may be normalized in one judgement. */
const MAX_NORMALIZED = 200_000

const GLOB: Constraint = { glob: 'drafts/*' }
const PROD: Constraint = { equals: 'prod' }

const listKeys = (count: number, key: string) =>
  Array.from({ length: count }, (_, at) => `"${key}${at}":1`).join()

const text = (value: unknown) => JSON.stringify({ p: value })

/** Arguments that nobody can judge within bounds: no allow, and every deny. */
const DOUBTFUL: Readonly<Record<string, readonly [Constraint, string]>> = {
  'S15 a path of marks': [GLOB, text(`drafts/a${MARKS}`)],
  'S15 a path of marks, as references': [
    GLOB,
    text(`drafts/a${'&#769;&#790;'.repeat(5_000)}`),
  ],
  'S15 a path of marks, percent-encoded': [
    GLOB,
    text(`drafts/a${'%CC%81%CC%96'.repeat(5_000)}`),
  ],
  'S15 a text of marks': [PROD, text(`prod${MARKS}`)],
  'S15 a key of marks beside it': [PROD, `{"p":"x","a${MARKS}":1}`],
  'S15 signs that become eighteen': [
    GLOB,
    text(`drafts/${'\ufdfa'.repeat(1_000_000)}`),
  ],
  'S15 few signs that become eighteen': [
    GLOB,
    text(`drafts/${'\ufdfa'.repeat(4_000)}`),
  ],
  'S15 a list of them': [GLOB, text(Array(190_000).fill('drafts/\ufdfa%2541'))],
  'S15 a list of long texts': [
    GLOB,
    text(Array(9_000).fill(`drafts/${'a'.repeat(400)}`)),
  ],
  'S15 references by the hundred thousand': [GLOB, text('&#38;'.repeat(8e5))],
  'S15 dots by the million': [GLOB, text(`drafts/${'a.'.repeat(1_900_000)}`)],
  'S15 a long text that is no other': [PROD, text('x '.repeat(1_900_000))],
  'S18 keys by the hundred thousand beside it': [
    PROD,
    `{"p":"x",${listKeys(190_000, '\u00c9')}}`,
  ],
  'S18 digits that are no double': [{ max: 5 }, `{"p":0.1${'0'.repeat(390)}1}`],
  'S18 numbers by the hundred thousand': [
    { max: 50 },
    `{"p":[${Array(180_000).fill('1.000000000000000e1').join()}]}`,
  ],
  'S15 named references to a dot': [GLOB, text('drafts/&period;&period;/x')],
  'S15 named references to a slash': [GLOB, text('drafts/..&sol;x')],
  'S15 dots in quoted-printable': [GLOB, text('drafts/=2E=2e/x')],
  'S15 a slash in quoted-printable': [GLOB, text('drafts/..=2Fx')],
}

/** As long as an honest one is. */
const JUDGED: Readonly<Record<string, readonly [Constraint, string]>> = {
  'a text of many lines': [GLOB, text(`drafts/${'a b'.repeat(20_000)}`)],
  'a list of a thousand': [GLOB, text(Array(1_000).fill('drafts/a\u0301.md'))],
  'a thousand keys beside it': [PROD, `{"p":"prod",${listKeys(1_000, 'É')}}`],
  'a query with a hash': [
    { glob: 'https://a.example/*' },
    text('https://a.example/x?id=2ea0ff&b=2f'),
  ],
}

function judge(rule: Constraint, args: string) {
  const when = { p: rule }
  const table = makeTable({
    allows: { allow: { a: [{ tool: 'x', when }] } },
    denies: { allow: { a: ['*'] }, deny: { a: [{ tool: 'x', when }] } },
  })
  const given = parseArguments(args)
  const may = (role: string) =>
    decide(table, holder(role), 'a', 'tool', 'x', given).verdict === 'allow'
  return { allowed: may('allows'), denied: !may('denies') }
}

/** UTF-16 units that are normalized meanwhile. */
function countNormalized(work: () => void): number {
  const own = String.prototype.normalize
  let units = 0
  String.prototype.normalize = function (form?: string) {
    units += this.length
    return own.call(this, form)
  }
  try {
    work()
  } finally {
    String.prototype.normalize = own
  }
  return units
}

function runDoubtful(rule: Constraint, args: string) {
  return async () => {
    const units = countNormalized(() => {
      const judged = judge(rule, args)
      assert.deepEqual(judged, { allowed: false, denied: true })
    })
    assert.ok(units <= MAX_NORMALIZED, `${units} units are normalized`)
  }
}

const write = (members: string) =>
  Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/list"${members}}`)

/** Messages whose keys cannot be told from those that are read. */
const UNREADABLE: Readonly<Record<string, string>> = {
  'S18 a key of marks beside the method': `,"method${MARKS}":"x"`,
  'S18 a key of marks in params': `,"params":{"name${MARKS}":1}`,
  'S18 a key of hidden signs': `,"params":{"name${'\u200b'.repeat(5_000)}":1}`,
  'S18 odd keys by the thousand': `,"params":{${listKeys(15_000, 'É')}}`,
}

function runUnreadable(members: string) {
  return async () => {
    const units = countNormalized(() => {
      assert.ok('refusal' in readMessage(write(members), 64))
    })
    assert.ok(units <= 10_000, `${units} units are normalized`)
  }
}

/** A server's answer as it is mended: the problem, or the bytes. */
function mend(members: string): string {
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":1,${members}}`)
  const mended = mendMessages(bytes, 64)
  return 'refusal' in mended
    ? describeRefusal(mended)
    : String(mended[0]?.bytes)
}

const TWICE = 'a key stands twice in one object'

/** Arrays of answers: the bound is that of all of them together. */
async function mendArrays(): Promise<void> {
  const answers = (result: string) =>
    Buffer.from(
      `[${Array(64).fill(`{"jsonrpc":"2.0","id":1,"result":${result}}`).join()}]`,
    )
  const count = (bytes: Buffer) => {
    const messages = mendMessages(bytes, 64)
    return 'refusal' in messages ? describeRefusal(messages) : messages.length
  }
  const many = `{"a":[${Array(4_000).fill(1).join()}]}`
  assert.equal(count(answers(many)), 'too many values')
  assert.equal(count(answers(`{${listKeys(2_000, 'k')}}`)), 'too many values')
  assert.equal(count(answers(`{"a":"${'x'.repeat(100_000)}"}`)), 64)
}

/** Answers whose doubles are too many, or among too many keys. */
const DOUBLED: Readonly<Record<string, string>> = {
  'S9 a key that stands twice two million times': `{${Array(2e6).fill('"k":1').join()}}`,
  'S9 objects whose keys stand twice': `[${Array(5e5).fill('{"k":1,"k":2}').join()}]`,
  'S9 one double among many keys': `{${listKeys(210_000, 'k')},"k0":2}`,
}

async function mendFew(): Promise<void> {
  const answer = (result: string) =>
    `{"jsonrpc":"2.0","id":1,"result":${result}}`
  const equal = Array(1_001).fill('"k":1').join()
  assert.equal(mend(`"result":{"a":{${equal}}}`), answer('{"a":{"k":1}}'))
  const many = listKeys(190_000, 'k')
  assert.equal(
    mend(`"result":{"x":1,${many},"x":2}`),
    answer(`{${many},"x":2}`),
  )
  const distinct = `{"a":{"b":{${listKeys(400_000, 'k')}}}}`
  assert.equal(mend(`"result":${distinct}`), answer(distinct))
}

/** Regular expressions and decoded texts that a redaction takes. */
function countLooks(work: () => void): number {
  const { parse } = JSON
  const { replace } = String.prototype
  let looks = 0
  JSON.parse = (...given) => {
    looks++
    return parse(...given)
  }
  String.prototype.replace = function (this: string, ...given: [never, never]) {
    looks++
    return replace.apply(this, given)
  } as typeof replace
  try {
    work()
  } finally {
    JSON.parse = parse
    String.prototype.replace = replace
  }
  return looks
}

async function redactMany(): Promise<void> {
  const redactor = new Redactor()
  for (let at = 0; at < 50; at++) redactor.add(`kZ3/vault+secret${at}`)
  const looks = countLooks(() => {
    for (const text of ['" "', '"\\n"', '"%4"', '"&#38;"', '"\\u0061\\\\"']) {
      const bytes = Buffer.from(`[${Array(50_000).fill(text).join()}]`)
      assert.equal(redactor.redact(bytes), bytes)
    }
    const said = Buffer.from(
      `[${Array(5_000).fill('"kZ3/va\\nult+secret7"').join()}]`,
    )
    const safe = `[${Array(5_000).fill('"[redacted]"').join()}]`
    assert.equal(String(redactor.redact(said)), safe)
  })
  assert.ok(looks < 10, `${looks} texts are looked at`)
}

/** Steps that an escape may end, each by the one before it. */
async function redactNested(): Promise<void> {
  const redactor = new Redactor()
  redactor.add('longsecret')
  for (const text of [
    '%3'.repeat(2e6),
    '%25'.repeat(1e6),
    '&amp;'.repeat(1e6),
  ]) {
    const bytes = Buffer.from(`["${text}1","longsecret"]`)
    assert.equal(`${redactor.redact(bytes)}`, `["${text}1","[redacted]"]`)
  }
}

/** Arguments that no condition asks for stay bytes. */
async function callWithMany(t: Parameters<Attack['run']>[0]): Promise<void> {
  const { url, good, calls } = await open(t, { caps: { request: 4_000_000 } })
  const { parse } = JSON
  let parsed = 0
  JSON.parse = (...given) => {
    if (given[0].startsWith('{"k0"')) parsed++
    return parse(...given)
  }
  try {
    const args = parse(`{${listKeys(90_000, 'k')}}`)
    const params = { name: 'raw__work', arguments: args }
    await post(url, good.token, 'tools/call', params)
  } finally {
    JSON.parse = parse
  }
  assert.deepEqual([calls(), parsed], [1, 0])
}

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(DOUBTFUL).map(([id, [rule, args]]) => ({
    id,
    run: runDoubtful(rule, args),
  })),
  ...Object.entries(UNREADABLE).map(([id, members]) => ({
    id,
    run: runUnreadable(members),
  })),
  {
    id: 'S15 what is judged still',
    run: async () => {
      for (const [name, [rule, args]] of Object.entries(JUDGED)) {
        assert.deepEqual(
          judge(rule, args),
          { allowed: true, denied: true },
          name,
        )
        const other = judge({ equals: 'other' }, args)
        assert.deepEqual(other, { allowed: false, denied: false }, name)
      }
      assert.ok('kind' in readMessage(write(',"params":{"Ünï":1}'), 64))
    },
  },
  {
    id: 'S18 numbers that are compared have an end',
    run: async () => {
      let replaced = 0
      const odd = Array(20_000).fill('1.000000000000000e1').join()
      parseExact(`[${odd}]`, () => {
        replaced++
        return '{}'
      })
      assert.equal(replaced, 10_000)
    },
  },
  ...Object.entries(DOUBLED).map(([id, value]) => ({
    id,
    run: async () => assert.equal(mend(`"result":{"a":${value}}`), TWICE),
  })),
  { id: 'S18 arguments by the hundred thousand, unasked', run: callWithMany },
  { id: 'S9 doubles that are mended still', run: mendFew },
  { id: 'S9 arrays of many answers', run: mendArrays },
  { id: 'S9 an error of many short texts', run: redactMany },
  { id: 'S9 an error of escapes inside escapes', run: redactNested },
]

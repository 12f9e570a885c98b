// That the scanner of messages reads what a slow and obvious reader reads, and
// that what is edited by its offsets changes nowhere else.
// Covers runtime/message.

import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { join } from '../../src/runtime/base/pieces.ts'
import {
  findNode,
  type Message,
  MessageReader,
} from '../../src/runtime/message/message.ts'
import type { Refusal } from '../../src/runtime/message/refusal.ts'
import {
  type Fault,
  type Node,
  Scanner,
  type Stretch,
  scanJson,
} from '../../src/runtime/message/scan.ts'
import {
  dropMembers,
  type Edit,
  replace,
  setMembers,
  splice,
  splicePieces,
} from '../../src/runtime/message/splice.ts'
import { messages, replacements } from '../harness/json-messages.ts'
import {
  longString,
  type Placed,
  slip,
  spoil,
  texts,
  toBytes,
} from '../harness/json-texts.ts'
import { Discard, holdFor } from '../harness/property.ts'
import { readSlowly, type Slow, type SlowNode } from '../harness/slow-json.ts'
import { readMessageSlowly } from '../harness/slow-message.ts'

const options = fc.record(
  {
    depth: fc.constantFrom(1, 2, 3, 5, 8, 64, 64),
    keep: fc.constantFrom(0, 1, 2, 3, 9),
    values: fc.constantFrom(1, 3, 10, 60),
    most: fc.constantFrom(1, 3, 10, 60),
    opaque: fc.constant('arguments'),
  },
  { requiredKeys: ['depth', 'keep'] },
)

function show({ text }: Placed): string {
  return JSON.stringify(text.slice(0, 2_000))
}

function compare(ours: Node | Fault, slow: Slow, placed: Placed): void {
  const fault = 'fault' in ours ? ours.fault : undefined
  assert.equal(fault, slow.fault, show(placed))
  if (slow.root) assert.deepEqual(ours, slow.root, show(placed))
}

t.test('the same texts are refused, and the same values kept', (t) => {
  let accepted = 0
  // As a listener does: what one text leaves behind must not change the next.
  const used = new Scanner()
  const runs = holdFor(t, [texts, options], 8_000, (placed, options) => {
    const bytes = toBytes(placed)
    const slow = readSlowly(bytes, options)
    compare(scanJson(bytes, options), slow, placed)
    compare(used.scan(bytes, options), slow, placed)
    if (slow.root) accepted++
  })
  t.ok(accepted > runs / 4, `${accepted} were accepted`)
  t.end()
})

t.test('a long string ends where the slow reader says', (t) => {
  let accepted = 0
  const options = { depth: 64, keep: 3 }
  const offset = fc.integer({ min: 0, max: 8 })
  const runs = holdFor(t, [longString, offset], 1_500, (text, offset) => {
    const placed = { text: `[${text}]`, offset, around: '"' }
    const bytes = toBytes(placed)
    const slow = readSlowly(bytes, options)
    compare(scanJson(bytes, options), slow, placed)
    if (slow.root) accepted++
  })
  t.ok(accepted > runs / 3, `${accepted} were accepted`)
  t.end()
})

t.test('where keys may stand twice, the same ranges are found', (t) => {
  let found = 0
  const used = new Scanner()
  const runs = holdFor(t, [texts], 3_000, (placed) => {
    const bytes = toBytes(placed)
    const doubles: Stretch[] = []
    const options = { depth: 64, keep: 3 }
    const slow = readSlowly(bytes, options, true)
    compare(used.scan(bytes, { ...options, doubles }), slow, placed)
    if (!slow.root) return
    found += doubles.length
    assert.deepEqual(byStart(doubles), byStart(slow.doubles), show(placed))
  })
  t.ok(found > runs / 6, `${found} ranges`)
  t.end()
})

function byStart(all: Slow['doubles']): Slow['doubles'] {
  return [...all].sort((a, b) => a.start - b.start)
}

t.test('a message has the same members', (t) => {
  let taken = 0
  const used = new MessageReader()
  const runs = holdFor(t, [messages], 5_000, (placed) => {
    const bytes = toBytes(placed)
    const ours = used.read(bytes, 6)
    const slow = readMessageSlowly(bytes, 6)
    if ('refusal' in ours) {
      assert.equal(ours.refusal, slow.refusal, show(placed))
      return
    }
    taken++
    const { bytes: own, ...rest } = ours
    assert.equal(own, bytes)
    assert.deepEqual(rest, slow.message, show(placed))
  })
  t.ok(taken > runs / 5, `${taken} were taken`)
  t.end()
})

t.test('a message like the one before is read as any other', (t) => {
  let taken = 0
  const slips = fc.array(slip, { minLength: 1, maxLength: 4 })
  const runs = holdFor(t, [messages, slips], 6_000, (placed, slips) => {
    const reader = new MessageReader()
    if ('refusal' in reader.read(toBytes(placed), 6)) throw new Discard()
    for (const one of slips) {
      const text = spoil(placed.text, one)
      const changed = { ...placed, text }
      const bytes = toBytes(changed)
      const ours = reader.read(bytes, 6)
      const slow = readMessageSlowly(bytes, 6)
      if ('refusal' in ours) {
        assert.equal(ours.refusal, slow.refusal, show(changed))
        continue
      }
      taken++
      const { bytes: own, ...rest } = ours
      assert.equal(own, bytes)
      assert.deepEqual(rest, slow.message, show(changed))
    }
  })
  t.ok(taken > runs / 6, `${taken} were taken`)
  t.end()
})

t.test('messages of many forms, short and long, in turn', (t) => {
  const reader = new MessageReader()
  const sizes = [2_000, 10, 800, 1_100, 70_000]
  for (let i = 0; i < 400; i++) {
    const size = sizes[i % sizes.length] ?? 0
    const more = { [`k${i % 7}`]: { in: i }, text: 'x'.repeat(size) }
    const params = {
      name: `n${i}`,
      arguments: more,
      _meta: { [`m${i % 9}`]: i },
    }
    const message = { jsonrpc: '2.0', id: i, method: 'tools/call', params }
    const bytes = Buffer.from(JSON.stringify(message))
    const { bytes: own, ...rest } = reader.read(bytes, 64) as Message
    assert.equal(own, bytes)
    assert.deepEqual(rest, readMessageSlowly(bytes, 64).message)
  }
  t.end()
})

t.test('keys within values that keep none are compared too', (t) => {
  const say = (said: string, id: number) =>
    Buffer.from(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[${said}],"n":1}}`,
    )
  const [text, other] = ['{"type":"text","text":"a"}', '{"type":"image"}']
  const twice = '{"type":"text","type":"a"}'
  const broken = '{"type":"text","text":"\\a"}'
  const said = [text, `${text},${text}`, text, other, twice, broken, '1', '']
  for (const levels of [2, 3]) {
    const reader = new MessageReader()
    for (let id = 0; id < 200; id++) {
      const bytes = say(said[id % said.length] ?? '', id)
      const ours = reader.read(bytes, 8, levels)
      assert.deepEqual(ours, new MessageReader().read(bytes, 8, levels))
    }
  }
  const { refusal } = new MessageReader().read(say(twice, 1), 8, 2) as Refusal
  t.equal(refusal, 'duplicate')
  t.end()
})

/** Members by their decoded names, with their values as they are written. */
type Written = readonly (readonly [string, string])[]

function list(bytes: Buffer, node: SlowNode | undefined): Written {
  return (node?.members ?? []).map(({ key, node: { start, end } }) => [
    key,
    bytes.toString('latin1', start, end),
  ])
}

function spliceSlowly(bytes: Buffer, edits: readonly Edit[]): string {
  let text = bytes.toString('latin1')
  for (const one of [...edits].sort((a, b) => b.start - a.start)) {
    const put = Buffer.from(one.text as string).toString('latin1')
    text = text.slice(0, one.start) + put + text.slice(one.end)
  }
  return text
}

/** As spliced; read again by the slow reader. */
function edit(bytes: Buffer, edits: readonly Edit[]) {
  const expected = spliceSlowly(bytes, edits)
  const whole = splice(bytes, edits)
  assert.ok(whole.toString('latin1') === expected, 'splice')
  const joined = join(splicePieces(bytes, edits))
  assert.ok(joined.equals(whole), 'splicePieces')
  const { root } = readSlowly(whole, { depth: 99, keep: 3 }, true)
  assert.ok(root, `not JSON: ${expected.slice(0, 500)}`)
  return { whole, root: root as SlowNode }
}

const OPTIONS = { depth: 64, keep: 3 }

/** A member of the root that is an object with members. */
function findInner(root: Node): Node | undefined {
  return root.members?.find(({ node }) => (node.members?.length ?? 0) > 0)?.node
}

t.test('an edit changes the members that it names, and no others', (t) => {
  let edited = 0
  const runs = holdFor(t, [messages, replacements], 2_000, (placed, given) => {
    const bytes = toBytes(placed)
    const root = scanJson(bytes, OPTIONS)
    if ('fault' in root || !root.members) throw new Discard()
    edited++
    for (const node of [root, findInner(root)]) {
      if (!node?.members) continue
      const before = list(bytes, node)
      const where =
        node === root
          ? undefined
          : root.members.find((member) => member.node === node)?.key
      const after = (edits: readonly Edit[]): Written => {
        const { whole, root } = edit(bytes, edits)
        const member = root.members?.find(({ key }) => key === where)
        return list(whole, where === undefined ? root : member?.node)
      }
      const drops = before.map(([key]) => key).filter((_, i) => given.drops[i])
      const left = before.filter(([key]) => !drops.includes(key))
      assert.deepEqual(after(dropMembers(node, drops)), left, show(placed))
      const values: Record<string, string> = { ...given.values }
      for (const [key] of before.slice(0, given.replaced))
        values[key] = given.value
      const set = setInList(before, values)
      assert.deepEqual(after(setMembers(node, values)), set, show(placed))
    }
  })
  t.ok(edited > (runs * 3) / 20, `${edited} were edited`)
  t.end()
})

function inLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function setInList(
  before: Written,
  values: Readonly<Record<string, string>>,
): Written {
  const kept = before.map(
    ([key, text]) =>
      [
        key,
        Object.hasOwn(values, key) ? inLatin1(values[key] ?? '') : text,
      ] as const,
  )
  const known = new Set(before.map(([key]) => key))
  const fresh = Object.entries(values)
    .filter(([key]) => !known.has(key))
    .map(([key, value]) => [key, inLatin1(value)] as const)
  return [...fresh, ...kept]
}

t.test('the edits of a call leave the rest, however long it is', (t) => {
  const long = fc.constantFrom(0, 10, 65_400, 65_536, 70_001)
  holdFor(t, [messages, replacements, long], 1_000, (placed, given, size) => {
    const text = placed.text.replace('{', `{"long":"${'x'.repeat(size)}",`)
    const bytes = toBytes({ ...placed, text })
    const root = scanJson(bytes, OPTIONS)
    if ('fault' in root) throw new Discard()
    const params = findNode(root, 'params')
    const nodes = [
      findNode(root, 'id'),
      findNode(params, 'name'),
      findNode(findNode(params, '_meta'), 'progressToken'),
    ].filter((node) => node !== undefined)
    const edits = nodes.map((node) => replace(node, given.value))
    edit(bytes, given.drops[0] ? edits : edits.reverse())
  })
  t.end()
})

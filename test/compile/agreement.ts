// One language, two judges: what the types refuse, the compiler refuses, and
// what the compiler refuses for its shape, the types refuse.
// In: configs as data, judged as literals by tsc, and by check and link.

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { check } from '../../src/check/check.ts'
import { checkShape } from '../../src/check/shape.ts'
import type { Diagnostic } from '../../src/contract/diagnostic.ts'
import { joinPointer, splitPointer } from '../../src/diagnostics/pointer.ts'
import { link } from '../../src/link/link.ts'
import { EVERY_KEY, OTHER_KEYS } from '../harness/every-key.ts'
import { ROWS } from '../harness/rows.ts'
import { listUnwritten } from '../harness/schema.ts'
import { typeCheck } from '../harness/type-check.ts'

/** Keys missing, unknown, of a wrong type, or not for each other. */
const SHAPE = ['GW2001', 'GW2002', 'GW2003', 'GW2004', 'GW2018']

/** Codes of its errors: those of the shape, else of check and link. */
function judge(authored: unknown): readonly string[] {
  const shape = codesOf(checkShape(authored).diagnostics)
  if (shape.length > 0) return shape
  const tokensFile = 'gateway.tokens.toml'
  const checked = check({ authored, tokens: {}, tokensFile })
  const linked = checked.value ? link(checked.value, () => '') : undefined
  return codesOf([...checked.diagnostics, ...(linked?.diagnostics ?? [])])
}

function codesOf(diagnostics: readonly Diagnostic[]): readonly string[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return [...new Set(errors.map(({ code }) => code))].sort()
}

/** What tsc says of each; undefined where it is content. */
function judgeTypes(
  t: Test,
  configs: readonly unknown[],
): readonly (string | undefined)[] {
  // A literal a line, so that the line is the index.
  const calls = configs.map((one) => `defineGateway(${JSON.stringify(one)})`)
  const head = `import { defineGateway } from 'portcullis'`
  const text = [head, ...calls].join('\n')
  const folder = t.testdir({ 'gateway.config.ts': text })
  const faults = typeCheck([join(folder, 'gateway.config.ts')])
  const byLine = new Map(faults.map((fault) => [fault.line, fault.text]))
  return configs.map((_, index) => byLine.get(index + 2))
}

t.test('row by row, both say what the row says', async (t) => {
  const types = judgeTypes(
    t,
    ROWS.map(({ config }) => config),
  )
  for (const [index, { config, code, judges }] of ROWS.entries()) {
    const what = JSON.stringify(config)
    t.same(judge(config), code === null ? [] : [code], what)
    const refused = types[index] !== undefined
    t.equal(refused, judges === 'both' && code !== null, what)
  }
  t.ok(ROWS.length > 100, `${ROWS.length} rows`)
})

/** Every value of the config, the outermost first. */
function listValues(value: unknown, pointer = ''): readonly Place[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, member]) =>
          listValues(member, joinPointer(pointer, key)),
        )
      : []
  return [{ pointer, value }, ...inner]
}

interface Place {
  readonly pointer: string
  readonly value: unknown
}

/** What the sections refer to. */
const NAMED = {
  servers: {
    github: { type: 'http', url: 'https://example.com/mcp' },
    files: { type: 'stdio', command: 'files-mcp' },
  },
  roles: { reader: {}, engineer: {} },
  teams: { platform: { roles: [] }, interns: { roles: [] } },
  tokens: { grants: EVERY_KEY.tokens.grants },
}

/** One section, with another value there; undefined takes it out. The other
 * sections are short, as tsc reads them each time. */
function change(pointer: string, value: unknown): unknown {
  const path = splitPointer(pointer)
  const last = path.at(-1)
  if (last === undefined) return value
  const [section = '', name] = path
  const full = Reflect.get(EVERY_KEY, section) as object
  const short = Reflect.get(NAMED, section) as object | undefined
  const own =
    short && name !== undefined
      ? { ...short, [name]: Reflect.get(full, name) }
      : full
  const copy = structuredClone({ ...NAMED, [section]: own }) as object
  const parent = path
    .slice(0, -1)
    .reduce((here, key) => Reflect.get(here, key) as object, copy)
  if (value === undefined) Reflect.deleteProperty(parent, last)
  else Reflect.set(parent, last, value)
  return copy
}

/** Each value gone, of every other kind, and with a key too many. */
function listChanges(): readonly Place[] {
  const kinds = ['text', 7, true, null, [], {}]
  return listValues(EVERY_KEY).flatMap(({ pointer, value }) => {
    const others: unknown[] = kinds.filter(
      (kind) => kindOf(kind) !== kindOf(value),
    )
    if (kindOf(value) === 'object') others.push({ ...(value as object), zz: 1 })
    const inList = /\/\d+$/.test(pointer)
    if (!inList && pointer !== '') others.push(undefined)
    return others.map((other) => ({ pointer, value: other }))
  })
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

t.test('whatever is changed in a config, both judge alike', async (t) => {
  const changes = listChanges()
  const configs = changes.map(({ pointer, value }) => change(pointer, value))
  const types = judgeTypes(t, configs)
  const disagreed = changes.flatMap(({ pointer, value }, index) => {
    const said = types[index]
    const codes = said
      ? judge(configs[index])
      : codesOf(checkShape(configs[index]).diagnostics)
    const shaped = codes.some((code) => SHAPE.includes(code))
    if (said ? codes.length > 0 : !shaped) return []
    // Types cannot count the members of a record.
    const isMember = /\/when\/[^/]+$|^\/login\/teams\/map\/[^/]+$/
    if (value === undefined && isMember.test(pointer)) return []
    const what = value === undefined ? 'is taken out' : JSON.stringify(value)
    return [`${pointer} ${what}: ${codes} / ${said}`]
  })
  t.same(disagreed, [])
  t.ok(changes.length > 500, `${changes.length} changes`)
})

t.test('that config writes every key of the schema', async (t) => {
  t.same(listUnwritten([EVERY_KEY, OTHER_KEYS]), [])
  t.same(judge(EVERY_KEY), [])
  t.same(judge(OTHER_KEYS), [])
})

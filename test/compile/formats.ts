// Configs that are data: JSON, YAML and TOML mean the same, are never run, and
// every part of them has its place. What they report stands in test/compile/golden.ts.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import toml from '@iarna/toml'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { type Compiled, compile } from '../../src/compile.ts'
import { renderHuman } from '../../src/diagnostics/render/human.ts'
import { makeReport } from '../../src/diagnostics/report.ts'
import type { Written } from '../../src/diagnostics/written.ts'
import { parseJson } from '../../src/load/json.ts'
import type { Parsed } from '../../src/load/parsed.ts'
import { parseToml } from '../../src/load/toml.ts'
import { parseYaml } from '../../src/load/yaml.ts'
import { makeFolder, root } from '../harness/gateway.ts'

fc.configureGlobal({ seed: 20261124 })

const now = Date.UTC(2026, 10, 22)

const example = (form: string) => join(root, 'examples', form)

const JSON_TEXT = readFileSync(
  join(example('json'), 'gateway.config.json'),
  'utf8',
)

const compileFile = (t: Test, name: string, content: string | Uint8Array) => {
  const cwd = makeFolder(t)
  writeFileSync(join(cwd, name), content)
  return compile({ cwd, now })
}

const show = ({ diagnostics, sources, ...rest }: Compiled) =>
  renderHuman(makeReport('check', diagnostics, rest), { texts: sources.texts })

t.test('one gateway, in every form, is one digest', async (t) => {
  const { $schema: _, ...plain } = JSON.parse(JSON_TEXT)
  const yaml = join(example('yaml'), 'gateway.config.yaml')
  const compiled = {
    json: await compile({ cwd: example('json'), now }),
    yaml: await compile({ cwd: example('yaml'), now }),
    toml: await compile({ cwd: example('toml'), now }),
    yml: await compileFile(t, 'gateway.config.yml', readFileSync(yaml)),
    bom: await compileFile(t, 'gateway.config.json', `\ufeff${JSON_TEXT}`),
    crlf: await compileFile(
      t,
      'gateway.config.yaml',
      readFileSync(yaml, 'utf8').replaceAll('\n', '\r\n'),
    ),
    package: await compileFile(
      t,
      'package.json',
      JSON.stringify({ name: 'x', gateway: plain }),
    ),
    code: await compileFile(
      t,
      'gateway.config.mjs',
      `export default ${JSON_TEXT}`,
    ),
  }
  const { digest } = compiled.json.artefact ?? {}
  t.match(digest, /^[0-9a-f]{64}$/)
  for (const [form, { artefact, diagnostics }] of Object.entries(compiled)) {
    t.same(diagnostics, [], form)
    t.equal(artefact?.digest, digest, form)
  }
})

/** Every part of a tree with its value, from the outermost in. */
function listParts(
  value: unknown,
  written: Written,
): readonly (readonly [unknown, Written])[] {
  const members = [...written.members].flatMap(([key, member]) =>
    listParts(Reflect.get(value as object, key) as unknown, member),
  )
  return [[value, written], ...members]
}

/** Whether a part read alone is that part, and its key its key. */
function isPlaced(
  { value, tree }: Parsed,
  text: string,
  read: (source: string) => unknown,
): boolean {
  if (!tree) return false
  return listParts(value, tree).every(
    ([part, { start, end }]) =>
      fc.stringify(part) === fc.stringify(read(text.slice(start, end))),
  )
}

t.test('JSON is what JSON.parse takes, and stands where it says', async (t) => {
  const document = fc
    .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2, '\t'))
    .map(([value, indent]) => JSON.stringify(value, null, indent))
  fc.assert(
    fc.property(document, (text) =>
      isPlaced(parseJson(text), text, (source) => JSON.parse(source)),
    ),
  )
  const signs = '{}[]",:0-1.eE+\\u00e9tnfr/ \n\t\r\0\u2028aA\u00a0'
  const broken = fc
    .tuple(document, fc.nat(), fc.nat(2), fc.constantFrom('', ...signs))
    .map(([text, at, cut, sign]) => {
      const from = at % (text.length + 1)
      return text.slice(0, from) + sign + text.slice(from + cut)
    })
  const odd = NEARLY.filter((text) => !agrees(text))
  t.same(odd, [])
  fc.assert(fc.property(broken, agrees), { numRuns: 2000 })
})

/** Texts at the border of JSON, on both sides of it. */
const NEARLY: readonly string[] = [
  ...['0', '-0', '01', '-', '+1', '1.', '.5', '1.5e', '1E+09', '0x1f', '1_0'],
  ...['NaN', 'Infinity', 'True', 'nul', 'nulls', 'undefined', '', ' ', '\0'],
  ...['[1,]', '[,1]', '[1 2]', '[1}', '{"a":1,}', '{"a" 1}', '{a:1}', '{"a"}'],
  ...[
    '"a',
    "'a'",
    '"\\x"',
    '"\\u12g4"',
    '"\t"',
    '"\\/\\b"',
    '"\u2028"',
    '"\\"',
  ],
  ...['\u00a01', '\v1', '1//', '/**/1', '1 2', '{} {}', '{"__proto__":1}'],
]

/** With JSON.parse; a key that comes twice is for us alone to judge. */
function agrees(text: string): boolean {
  const { value, faults } = parseJson(text)
  const syntax = faults.filter(({ code }) => code !== 'GW1018')
  const wanted = tryParse(text)
  if (!wanted) return syntax.length === 1
  return (
    syntax.length === 0 && fc.stringify(value) === fc.stringify(wanted.value)
  )
}

function tryParse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

t.test('YAML takes all JSON, and stands where it says', async () => {
  const property = fc.property(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom(0, 2),
    (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const parsed = parseYaml(text)
      const read = (source: string) => JSON.parse(source) as unknown
      return parsed.faults.length === 0 && isPlaced(parsed, text, read)
    },
  )
  fc.assert(property)
})

t.test('TOML stands where it says', async (t) => {
  const leaves = fc.oneof(fc.string(), fc.integer(), fc.boolean())
  const { table } = fc.letrec<{ table: Record<string, unknown> }>((tie) => ({
    table: fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => !(key in {})),
      fc.oneof(
        { weight: 3, arbitrary: leaves },
        fc.array(fc.string()),
        fc.array(tie('table'), { minLength: 1, maxLength: 2 }),
        tie('table'),
      ),
      { maxKeys: 4 },
    ) as fc.Arbitrary<Record<string, unknown>>,
  }))
  const property = fc.asyncProperty(table, async (value) => {
    const text = toml.stringify(value as toml.JsonMap)
    const parsed = await parseToml(text, 'GW1004')
    if (fc.stringify(parsed.value) !== fc.stringify(toml.parse(text)))
      return false
    const { tree } = parsed
    if (!tree) return false
    return listParts(parsed.value, tree).every(([part, written]) => {
      const { start, end, members } = written
      if (members.size > 0 || typeof part === 'object') return true
      const source = text.slice(start, end)
      if (source !== source.trim()) return false
      const alone = toml.parse(`x = ${source}`)
      return fc.stringify(alone.x) === fc.stringify(part)
    })
  })
  await fc.assert(property)
  t.pass('every key and value of a generated text')
})

t.test('every rule has its place in every form', async (t) => {
  const config = JSON.parse(JSON_TEXT) as object
  for (const form of ['json', 'yaml', 'toml']) {
    const cwd = example(form)
    const { artefact, sources } = await compile({ cwd, now, places: 'always' })
    const lines = sources.texts[sources.config]?.split('\n') ?? []
    const places = Object.entries(artefact?.places ?? {})
    t.ok(places.length > 15, `${form}: ${places.length} rules`)
    for (const [rule, place] of places) {
      const [, line, column] = place.split(':').map(Number)
      const rest = lines
        .slice((line ?? 0) - 1)
        .join('\n')
        .slice((column ?? 0) - 1)
      const path = rule.slice(1).split('/')
      const value = path.reduce<unknown>(
        (here, key) => Reflect.get(here as object, key),
        config,
      )
      const key = path.at(-1) ?? ''
      const wanted = /^\d+$/.test(key) ? firstWord(value) : key
      t.ok(rest.replace(/^["'{\s]+/, '').startsWith(wanted), `${place} ${rule}`)
    }
  }
})

/** How an element begins: a pattern, or the first key of an object. */
function firstWord(value: unknown): string {
  if (typeof value === 'string') return value
  return Object.keys(value as object)[0] ?? ''
}

t.test('columns count UTF-16 units, behind a BOM and in CRLF', async (t) => {
  const texts = {
    json: `\ufeff{\r\n"servers": {}, "teams": { "😀": 1, "x": 2 } }\r\n`,
    yaml: '\ufeffservers: {}\r\nteams: { "😀": 1, x: 2 }\r\n',
    toml: '\ufeff"servers" = {}\r\nteams = { "😀" = 1, x = 2 }\r\n',
  }
  for (const [form, text] of Object.entries(texts)) {
    const compiled = await compileFile(t, `gateway.config.${form}`, text)
    const last = compiled.diagnostics.at(-1)
    const [line = ''] = text.split('\r\n').slice(1)
    const column = line.search(/"?x"? *[:=]/) + 1
    t.match(last?.at?.start, { line: 2, column }, form)
    const length = form === 'json' ? 3 : 1
    t.match(last?.at?.end, { line: 2, column: column + length }, form)
    t.notMatch(show(compiled), '\ufffd', 'a frame has no line ends in it')
  }
})

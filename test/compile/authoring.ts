// What authors see of the language: types in the editor, defaults in the schema.
// In test/types, a line that is wrong has what tsc must say of it above it, after
// `//!`; of every other line tsc must say nothing.
// Covers src/index.ts.

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { checkHeaders } from '../../src/check/headers.ts'
import { DEFAULTS } from '../../src/contract/defaults.ts'
import { FRAMING_HEADERS } from '../../src/contract/headers.ts'
import { findUnsendable } from '../../src/runtime/upstream/http1/request.ts'
import { typeCheck } from '../harness/type-check.ts'

/** From dist/test, where this file runs. */
const root = join(import.meta.dirname, '../../..')

const listFiles = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(root, folder, String(name)))
    .filter((file) => file.endsWith('.ts'))

/** Gives the number of errors that were planted. */
function checkScene(t: Test, folder: string): number {
  const files = listFiles(`test/types/${folder}`)
  const faults = new Set(typeCheck(files))
  let planted = 0
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n')
    for (const [index, line] of lines.entries()) {
      const [, wanted] = line.split('//! ')
      if (wanted === undefined) continue
      planted++
      const at = { file, line: index + 2 }
      const found = [...faults].find(
        (one) => one.file === at.file && one.line === at.line,
      )
      const [code, ...words] = wanted.split(' ')
      const said = found?.text ?? 'nothing'
      const place = `${relative(root, file)}:${at.line}`
      t.equal(found?.code, code, place)
      t.ok(said.includes(words.join(' ')), `${place} ${said}`)
      if (found) faults.delete(found)
    }
  }
  t.same([...faults], [], `${folder}: no error but the planted ones`)
  return planted
}

t.test('a mistake is an error where it stands', async (t) => {
  let planted = 0
  // What a lock adds holds for a whole program, so that is one of its own.
  for (const scene of ['single', 'fragments', 'locked']) {
    planted += checkScene(t, scene)
  }
  t.ok(planted > 100, `${planted} errors are planted`)
})

t.test('the defaults are those of the schema', async (t) => {
  const file = join(root, 'schema/gateway.schema.json')
  const schema = JSON.parse(readFileSync(file, 'utf8'))
  const found = new Map<string, unknown>()
  const visit = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, member] of Object.entries(node)) {
      if (key === 'default') found.set(path, member)
      else visit(member, key === 'properties' ? path : `${path}.${key}`)
    }
  }
  visit(schema.properties, '')
  for (const part of ['serverBase', 'httpServer', 'stdioServer']) {
    visit(schema.$defs[part], `.${part}`)
  }
  visit(schema.$defs.limit, '.limit')
  visit(schema.$defs.token, '.token')
  visit(schema.$defs.secretRef, '.program')
  const {
    listen,
    admin,
    key,
    revoked,
    program,
    caps,
    drain,
    audit,
    tokens,
    limit,
  } = DEFAULTS
  const { server, http, stdio } = DEFAULTS
  const written = {
    listen,
    admin,
    key,
    revoked,
    program,
    caps,
    drain,
    audit,
    tokens,
    limit,
  }
  const known: object = {
    ...written,
    token: DEFAULTS.token,
    serverBase: server,
    httpServer: http,
    stdioServer: stdio,
  }
  const read = (path: string) =>
    path
      .slice(1)
      .split('.')
      .reduce<unknown>((here, part) => Reflect.get(here as object, part), known)
  // Written as an absence in the config, so not among the constants.
  const absent = ['.listen.behindProxy']
  for (const [path, value] of found) {
    if (!absent.includes(path)) t.same(read(path), value, path)
  }
  const leaves = (node: unknown): number =>
    typeof node !== 'object' || node === null || Array.isArray(node)
      ? 1
      : Object.values(node).reduce((sum, one) => sum + leaves(one), 0) || 1
  // `headers` and `env` share the default of one definition, `{}`.
  t.equal(found.size - absent.length + 2, leaves(known), 'none is missing')
})

t.test('a header that check admits can be sent', (t) => {
  const names = ['x-a', 'x a', 'x:', '', 'é', 'a_b', 'TE', ...FRAMING_HEADERS]
  const values = ['plain', '', 'a\tb', 'a\nb', 'a\0b', 'é', '\x7f', '~ !']
  for (const name of names) {
    for (const value of values) {
      const headers = { [name]: value }
      const server = { type: 'http', url: 'https://x', headers } as const
      const found = checkHeaders({ servers: { a: server } })
      const unsendable = findUnsendable(headers)
      t.equal(found.length, unsendable.length, JSON.stringify(headers))
    }
  }
  t.end()
})

// The digest is of what a config means: not of the order of its keys, nor of
// what is written beside it; and two meanings have two.

import fc from 'fast-check'
import t from 'tap'
import { compile } from '../../src/compile.ts'
import { renderLock } from '../../src/table/lock.ts'
import { addEntry, places, turnKeys } from '../harness/edits.ts'
import { NOW } from '../harness/judge.ts'
import { makeArtefact } from '../harness/judged-config.ts'
import { holdFor, sample } from '../harness/property.ts'
import { type Authored, authored, entry } from '../harness/random-config.ts'

const digestOf = (authored: Authored) => makeArtefact(authored).digest

t.test('no order of keys changes the digest', async (t) => {
  holdFor(t, [authored, fc.nat(9)], 50, (authored, by) => {
    if (digestOf(turnKeys(authored, by)) === digestOf(authored)) return
    throw new Error('another digest')
  })
})

t.test('one entry more or less changes the digest', async (t) => {
  const sides = fc.constantFrom('allow' as const, 'deny' as const)
  holdFor(
    t,
    [authored, sides, places, entry],
    50,
    (authored, side, at, entry) => {
      if (
        digestOf(addEntry(authored, side, at, entry)) !== digestOf(authored)
      ) {
        return
      }
      throw new Error('the same digest')
    },
  )
})

t.test('no comment changes the digest', async (t) => {
  const configs = sample(authored, 40).filter(
    ({ lock }) => Object.keys(lock).length === 0,
  )
  for (const [index, { config }] of configs.slice(0, 3).entries()) {
    const text = JSON.stringify(config, null, 2)
    const commented = text.replaceAll('\n', ' // { "allow": ["*"] }\n/* */')
    const read = async (text: string) => {
      const files = { 'gateway.config.ts': `export default ${text}\n` }
      const cwd = t.testdir(files)
      const { artefact, diagnostics } = await compile({ cwd, now: NOW })
      return artefact?.digest ?? diagnostics.map(({ code }) => code)
    }
    t.same(await read(commented), await read(text), `config ${index}`)
  }
})

t.test('a lock shows what cannot be seen', (t) => {
  const description = 'a\u200b\u202e\u{e0041}\u0007é'
  const tools = [{ name: 'x', description }]
  const lock = { formatVersion: 1, servers: { s: { tools } } } as never
  const text = renderLock(lock)
  t.match(text, 'a\\u200b\\u202e\\udb40\\udc41\\u0007é')
  t.strictSame(JSON.parse(text), lock)
  t.end()
})

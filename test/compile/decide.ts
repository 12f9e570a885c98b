// The one decision: patterns, conditions, deny before allow.
// The rules 2, 3, 5 and 6 of test/compile/language.ts, row by row.
// Covers src/table.

import fc from 'fast-check'
import t from 'tap'
import type { Constraint } from '../../src/contract/table.ts'
import { decide } from '../../src/table/decide.ts'
import { isEvasive, matchPath } from '../../src/table/evasion.ts'
import { matchPattern } from '../../src/table/match.ts'
import { holder, makeGrants, makeTable } from '../harness/table.ts'

// The same cases on every run; a new seed is for those who look for faults.
fc.configureGlobal({ seed: 20261124 })

/** By definition: a star is any run, everything else itself. */
function matchSlowly(pattern: string, value: string): boolean {
  if (pattern === '') return value === ''
  const [head, rest] = [pattern[0], pattern.slice(1)]
  if (head !== '*') {
    return value[0] === head && matchSlowly(rest, value.slice(1))
  }
  const ends = Array.from({ length: value.length + 1 }, (_, from) => from)
  return ends.some((from) => matchSlowly(rest, value.slice(from)))
}

t.test('the matcher is what its definition says', async (t) => {
  const signs = (...chars: string[]) =>
    fc.string({ unit: fc.constantFrom(...chars), maxLength: 8 })
  const property = fc.property(
    signs('a', 'b', 'A', '*', '.'),
    signs('a', 'b', 'A', '.'),
    (pattern, value) =>
      matchPattern(pattern, value) === matchSlowly(pattern, value),
  )
  fc.assert(property, { numRuns: 5000 })
  t.ok(matchPattern('get_*', 'get_issue'))
  t.notOk(matchPattern('get_*', 'GET_issue'), 'case counts')
  t.notOk(matchPattern('a?c', 'abc'), 'no other sign is special')
  t.notOk(matchPattern('aba*aba', 'aba'), 'ends do not overlap')
})

t.test('a hostile pattern costs no more than its length', async (t) => {
  const value = 'a'.repeat(200_000)
  const began = process.cpuUsage()
  t.notOk(matchPattern(`${'*a'.repeat(1000)}*b`, value))
  t.notOk(matchPattern(`${'a*'.repeat(1000)}b*c`, value))
  const { user } = process.cpuUsage(began)
  t.ok(user < 500_000, `${user} µs`)
})

t.test('values that could mean another place match no path', async (t) => {
  const evasive = [
    '/srv/../etc/passwd',
    '/srv/./x',
    '..',
    '/srv/%2e%2E/x',
    '/srv/..%2fetc',
    'file:///srv/docs/..',
    '/srv\\etc',
    '/srv%5cetc',
    '/srv/\0',
    '/srv/%00',
    '/srv/..?x',
  ]
  for (const value of evasive) {
    t.ok(isEvasive(value), JSON.stringify(value))
    t.notOk(matchPath('*', value), JSON.stringify(value))
  }
  for (const value of ['/srv/..a', '/srv/a..b', '/srv/.hidden', 'a.b']) {
    t.ok(matchPath('*', value), value)
  }
})

t.test('deny is the empty case', async (t) => {
  const table = makeTable({ none: {}, empty: { allow: { a: [] } } })
  const judge = (...roles: string[]) =>
    decide(table, holder(...roles), 'a', 'tool', 'x')
  t.match(judge(), { verdict: 'deny', rule: '/tokens/grants/t' })
  t.match(judge('none'), { verdict: 'deny', rule: '/roles/none' })
  t.match(judge('empty'), { verdict: 'deny', rule: '/roles/empty/allow/a' })
  t.match(judge('empty', 'none', 'unheard-of'), { verdict: 'deny' })
  const inherited = decide(table, holder('none'), 'toString', 'tool', 'x')
  t.equal(inherited.verdict, 'deny')
})

t.test('deny beats allow, across all roles of a holder', async (t) => {
  const table = makeTable({
    all: { allow: { a: ['*'] } },
    some: { deny: { a: ['delete_*'] } },
  })
  const judge = (name: string, ...roles: string[]) =>
    decide(table, holder(...roles), 'a', 'tool', name)
  t.match(judge('delete_x', 'all'), { verdict: 'allow' })
  t.match(judge('delete_x', 'all', 'some'), {
    verdict: 'deny',
    rule: '/roles/some/deny/a/0',
  })
  t.match(judge('delete_x', 'some', 'all'), { verdict: 'deny' })
  t.match(judge('get_x', 'some', 'all'), {
    verdict: 'allow',
    rule: '/roles/all/allow/a/0',
  })
})

t.test('kinds and servers are apart', async (t) => {
  const table = makeTable({
    r: { allow: { a: ['x', { resource: 'file:///srv/*' }, { prompt: 'p' }] } },
  })
  const judge = (
    server: string,
    kind: 'tool' | 'resource' | 'prompt',
    name: string,
  ) => decide(table, holder('r'), server, kind, name).verdict
  t.equal(judge('a', 'tool', 'x'), 'allow')
  t.equal(judge('b', 'tool', 'x'), 'deny')
  t.equal(judge('a', 'prompt', 'x'), 'deny')
  t.equal(judge('a', 'prompt', 'p'), 'allow')
  t.equal(judge('a', 'tool', 'p'), 'deny')
  t.equal(judge('a', 'resource', 'file:///srv/doc'), 'allow')
  t.equal(judge('a', 'resource', 'file:///srv/../etc'), 'deny')
})

t.test('a token narrows, and never widens', async (t) => {
  const table = makeTable({ r: { allow: { a: ['get_*'] } } })
  const tools = makeGrants('/tokens/grants/t/tools', { a: ['get_x', 'put_x'] })
  const judge = (server: string, name: string) =>
    decide(table, { ...holder('r'), tools }, server, 'tool', name)
  t.match(judge('a', 'get_x'), { verdict: 'allow' })
  t.match(judge('a', 'get_y'), {
    verdict: 'deny',
    rule: '/tokens/grants/t/tools/a',
  })
  t.match(judge('a', 'put_x'), { verdict: 'deny' })
  t.match(judge('b', 'get_x'), { verdict: 'deny' })
})

t.test('where no arguments would help, none are asked for', async (t) => {
  const when = { p: { equals: 1 } }
  const table = makeTable({
    allow: { allow: { a: [{ tool: 'x', when }] } },
    deny: { deny: { a: [{ tool: 'x', when }] } },
  })
  const tools = makeGrants('/tokens/grants/t/tools', { a: ['y'] })
  const judge = (role: string, more = {}) =>
    decide(table, { ...holder(role), ...more }, 'a', 'tool', 'x', {
      value: { p: role === 'deny' ? 1 : 2 },
    }).verdict
  t.equal(judge('allow'), 'constrained')
  t.equal(judge('allow', { tools }), 'deny', 'outside of the token')
  t.equal(judge('deny'), 'deny', 'allowed by nothing')
})

/** Rule 6: constraint, arguments, on an allow, on a deny. */
const CONDITIONS: readonly [Constraint, unknown, boolean, boolean][] = [
  [{ equals: 'x' }, { p: 'x' }, true, true],
  [{ equals: 'x' }, { p: 'y' }, false, false],
  [{ equals: 'x' }, {}, false, true],
  [{ equals: 'x' }, undefined, false, true],
  [{ equals: 'x' }, { p: [] }, false, true],
  [{ equals: 'x' }, { p: ['x', 'x'] }, true, true],
  [{ equals: 'x' }, { p: ['x', 'y'] }, false, true],
  [{ equals: 'x' }, { p: ['y', 'z'] }, false, false],
  [{ equals: 'x' }, { p: 7 }, false, true],
  [{ equals: 'x' }, { p: { q: 'x' } }, false, true],
  [{ equals: 'x' }, { p: [['x']] }, false, true],
  [{ equals: null }, { p: null }, true, true],
  [{ equals: null }, { p: 'x' }, false, false],
  [{ equals: true }, { p: true }, true, true],
  [{ in: ['x', 'y'] }, { p: 'y' }, true, true],
  [{ in: ['x', 'y'] }, { p: 'z' }, false, false],
  [{ in: ['x', 1] }, { p: 1 }, true, true],
  [{ in: ['x', 'y'] }, { p: 1 }, false, true],
  [{ glob: '/srv/*' }, { p: '/srv/a' }, true, true],
  [{ glob: '/srv/*' }, { p: '/etc/a' }, false, false],
  [{ glob: '/etc/*' }, { p: '/srv/../etc/a' }, false, true],
  [{ glob: '/srv/*' }, { p: 5 }, false, true],
  [{ min: 1, max: 3 }, { p: 3 }, true, true],
  [{ min: 1, max: 3 }, { p: 4 }, false, false],
  [{ min: 1 }, { p: '2' }, false, true],
  [{ max: 3 }, { p: [1, 2] }, true, true],
  [{ max: 3 }, { p: [1, 9] }, false, true],
]

t.test('conditions, row by row', async (t) => {
  for (const [constraint, value, allowed, denied] of CONDITIONS) {
    const entry = { tool: 'x', when: { p: constraint } }
    const table = makeTable({
      allow: { allow: { a: [entry] } },
      deny: { allow: { a: ['*'] }, deny: { a: [entry] } },
    })
    const judge = (role: string, args?: { value: unknown }) =>
      decide(table, holder(role), 'a', 'tool', 'x', args).verdict
    const row = JSON.stringify([constraint, value])
    const verdict = (yes: boolean) => (yes ? 'allow' : 'constrained')
    t.equal(judge('allow', { value }), verdict(allowed), `allow ${row}`)
    t.equal(judge('deny', { value }), verdict(!denied), `deny ${row}`)
    t.equal(judge('allow'), 'allow', 'a list shows what some arguments allow')
    t.equal(judge('deny'), 'allow', 'and hides what no arguments allow')
  }
})

t.test('conditions reach inside, and all must hold', async (t) => {
  const when = { '/repo/owner': { equals: 'acme' }, force: { equals: false } }
  const table = makeTable({ r: { allow: { a: [{ tool: 'x', when }] } } })
  const judge = (value: unknown) =>
    decide(table, holder('r'), 'a', 'tool', 'x', { value })
  t.match(judge({ repo: { owner: 'acme' }, force: false }), {
    verdict: 'allow',
  })
  t.match(judge({ repo: { owner: 'acme' }, force: true }), {
    verdict: 'constrained',
    rule: '/roles/r/allow/a/0',
    constraint: '`force` must be false',
  })
  const bounds = { value: { min: 1, max: 1_000 } }
  const few = makeTable({ r: { allow: { a: [{ tool: 'x', when: bounds }] } } })
  t.match(decide(few, holder('r'), 'a', 'tool', 'x', { value: 1_001 }), {
    constraint: '`value` must be at least 1 and at most 1000',
  })
  t.match(judge({ '/repo/owner': 'acme', force: false }), {
    verdict: 'constrained',
  })
  t.match(judge({ __proto__: { force: false } }), { verdict: 'constrained' })
})

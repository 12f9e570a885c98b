// The rules of the config language, one subtest each, from a file
// on the disk to the decision. What a rule leaves to a lock, to the runtime or to
// another test is said above it.

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { compile } from '../../src/compile.ts'
import type { RoutingTable } from '../../src/contract/table.ts'
import { exposeName } from '../../src/table/names.ts'
import { type Answer, answer, HTTP, isAllowed, NOW } from '../harness/judge.ts'

const codesOf = async (t: Test, part: object) => (await answer(t, part)).codes

// In the editor: test/compile/authoring.ts. Misspelt references: test/golden.
t.test('1: names', async (t) => {
  for (const name of ['a', 'a-1', `a${'b'.repeat(31)}`]) {
    const roles = { [name]: {} }
    const limits = { [name]: { on: {}, concurrent: 1 } }
    const servers = { [name]: HTTP }
    const teams = { [name]: { roles: [name] } }
    t.same(await codesOf(t, { servers, roles, teams, limits }), [], name)
  }
  for (const name of ['A', '1a', 'a_b', '', `a${'b'.repeat(32)}`]) {
    t.same(await codesOf(t, { roles: { [name]: {} } }), ['GW2006'], name)
  }
})

// The matcher itself: test/compile/decide.ts. Each foreign sign: test/golden.
t.test('2: patterns are literal characters and stars', async (t) => {
  const allow = { a: ['get_*', '*_all', { resource: 'file:///srv/*' }] }
  const { may, table } = await answer(t, { roles: { r: { allow } } })
  for (const name of ['get_', 'get_issue', 'list_all']) {
    t.ok(may('r', `a/${name}`), name)
  }
  t.notOk(may('r', 'a/GET_issue'), 'case counts')
  t.notOk(may('r', 'a/forget_issue'), 'the whole name')
  const read = (uri: string) => isAllowed(table, 'r', 'resource', `a/${uri}`)
  t.ok(read('file:///srv/docs/a.md'))
  t.notOk(read('file:///srv/../etc/passwd'))
  t.notOk(read('file:///srv/%2E%2e/etc/passwd'))
  for (const pattern of ['get_?', '{a,b}', '[ab]', '!a', '^a$']) {
    const roles = { r: { allow: { a: [pattern] } } }
    t.same(await codesOf(t, { roles }), ['GW2009'], pattern)
  }
})

// Across the roles of one token: test/compile/decide.ts.
t.test('3: deny is the empty case, and beats allow', async (t) => {
  const { may } = await answer(t, {
    roles: {
      none: {},
      empty: { allow: {} },
      list: { allow: { a: [] } },
      wide: { allow: { a: ['*'] } },
      strict: { deny: { a: ['delete_*'] } },
      both: { extends: ['wide', 'strict'] },
      again: { extends: ['both'], allow: { a: ['delete_x'] } },
    },
  })
  for (const role of ['none', 'empty', 'list', 'strict']) {
    t.notOk(may(role, 'a/get_x'), role)
  }
  t.ok(may('wide', 'a/delete_x'))
  t.notOk(may('wide', 'b/get_x'), 'another server')
  t.ok(may('both', 'a/get_x'))
  t.notOk(may('both', 'a/delete_x'), 'across extends')
  t.notOk(may('again', 'a/delete_x'), 'an allow further down lifts no deny')
})

t.test('4: grants bind to the server and its own name', async (t) => {
  const roles = { r: { allow: { a: ['get_issue'] } } }
  const plain = await answer(t, { roles })
  const a = { ...HTTP, prefix: 'x_', rename: { get_issue: 'issue' } }
  const renamed = await answer(t, { roles, servers: { a, b: HTTP } })
  for (const { may } of [plain, renamed]) {
    t.ok(may('r', 'a/get_issue'))
    for (const use of ['a/issue', 'a/x_issue', 'b/get_issue']) {
      t.notOk(may('r', use), use)
    }
  }
  t.same(plain.table.roles, renamed.table.roles)
})

t.test('5: a tool, a resource or a prompt, each for itself', async (t) => {
  const { table, codes } = await answer(t, {
    roles: {
      tools: { allow: { a: ['*'] } },
      resources: { allow: { a: [{ resource: '*' }] } },
      prompts: { allow: { a: [{ prompt: '*' }] }, deny: { a: ['*'] } },
    },
  })
  t.same(codes, [])
  for (const kind of ['tool', 'resource', 'prompt'] as const) {
    for (const role of ['tools', 'resources', 'prompts']) {
      t.equal(isAllowed(table, role, kind, 'a/x'), role === `${kind}s`, role)
    }
  }
})

// Every row of the table of conditions: test/compile/decide.ts. Each operator, on both
// sides, with its own expectations: examples/arguments.
t.test('6: conditions on arguments', async (t) => {
  const entry = { tool: 'merge', when: { owner: { in: ['acme'] } } }
  const { may } = await answer(t, {
    roles: {
      some: { allow: { a: [entry] } },
      most: { allow: { a: ['*'] }, deny: { a: [entry] } },
      either: {
        allow: { a: [entry, { tool: 'm*', when: { n: { max: 1 } } }] },
      },
    },
  })
  const cases: readonly [object, boolean, boolean][] = [
    [{ owner: 'acme' }, true, false],
    [{ owner: 'else' }, false, true],
    [{}, false, false],
    [{ owner: [] }, false, false],
    [{ owner: ['acme', 'else'] }, false, false],
    [{ owner: 7 }, false, false],
  ]
  for (const [args, some, most] of cases) {
    t.equal(may('some', 'a/merge', args), some, JSON.stringify(args))
    t.equal(may('most', 'a/merge', args), most, JSON.stringify(args))
  }
  t.ok(may('either', 'a/merge', { n: 1 }), 'each entry grants on its own')
  const allowing = async (...entries: unknown[]) =>
    (await answer(t, { roles: { r: { allow: { a: entries } } } })).codes
  t.same(await allowing({ tool: 'x', when: { p: { in: [] } } }), ['GW2012'])
  const never = { min: 2, max: 1 }
  t.same(await allowing({ tool: 'x', when: { p: never } }), ['GW2012'])
  t.same(await allowing(entry, 'm*'), ['GW3009'], 'idle beside `m*`')
})

// As clients see them: test/serve/serve.ts.
t.test('7: exposed names', async (t) => {
  const expose = ({ table }: Answer, server: string, tool: string) => {
    const own = table.servers[server] as RoutingTable['servers'][string]
    return exposeName(own, own.rename[tool] ?? tool)
  }
  const roles = { r: { allow: { a: ['x'], b: ['x'] } } }
  const usual = await answer(t, { roles })
  t.equal(expose(usual, 'a', 'get.it'), 'a__get_it')
  const more = { a: HTTP, b: HTTP, c: { ...HTTP, prefix: '' } }
  const another = await answer(t, { roles, servers: more })
  t.equal(expose(another, 'a', 'x'), 'a__x', 'another server renames nothing')
  t.equal(expose(another, 'c', 'x'), 'x')
  const naming = async (a: object, b: object) =>
    answer(t, {
      roles,
      servers: { a: { ...HTTP, ...a }, b: { ...HTTP, ...b } },
    })
  const bare = { prefix: '' }
  t.same((await naming(bare, bare)).codes, ['GW3006'])
  const mended = await naming(bare, { prefix: '', rename: { x: 'y' } })
  t.same(mended.codes, [])
  t.equal(expose(mended, 'b', 'x'), 'y')
  const long = (length: number) => ({ rename: { x: 'y'.repeat(length) } })
  t.same((await naming(long(62), {})).codes, ['GW3007'], 'over 64')
  t.same((await naming(long(44), {})).codes, ['GW4016'], 'over 46')
  t.same((await naming(long(43), {})).codes, [])
  t.same((await naming({ prefix: '9' }, {})).codes, ['GW3007'])
})

// The empty environment: test/compile/compile.ts. Literals: test/golden. Values, read at
// run time: test/cli/process.ts, test/upstream/upstream.ts.
t.test('8: secrets are references', async (t) => {
  process.env.GATEWAY_TEST_VALUE = 'swordfish'
  t.teardown(() => delete process.env.GATEWAY_TEST_VALUE)
  const authorization = { bearer: 'env:GATEWAY_TEST_VALUE' }
  const a = { ...HTTP, headers: { authorization } }
  const { table } = await answer(t, { servers: { a } })
  t.same(table.servers.a, { ...table.servers.a, headers: { authorization } })
  t.notMatch(JSON.stringify(table), /swordfish/)
  const written = { ...HTTP, headers: { authorization: 'Bearer swordfish' } }
  t.same((await answer(t, { servers: { a: written } })).codes, ['GW2015'])
})

// How they count: test/serve/limits.ts.
t.test('9: limits', async (t) => {
  const on = { a: ['get_*', { resource: '*' }] }
  const { table } = await answer(t, {
    teams: { t: { roles: [] } },
    limits: {
      rate: { on, calls: 60, per: 'minute' },
      bound: { on, concurrent: 2, for: { teams: ['t'] }, mode: 'warn' },
      both: { on, calls: 1, per: 'day', burst: 5, each: ['tool', 'token'] },
    },
  })
  const { rate, bound, both } = table.limits
  const perMinute = { calls: 60, per: 'minute', burst: 60 }
  t.match(rate, { rate: perMinute, each: [], for: null, mode: 'enforce' })
  t.match(bound, { rate: null, concurrent: 2, for: { teams: ['t'] } })
  t.match(both, { rate: { burst: 5 }, each: ['token', 'tool'] })
  t.match(rate?.on.a?.entries, [{ tool: 'get_*' }, { resource: '*' }])
})

// Issuing and revoking: test/cli/tokens-store.ts, test/cli/process.ts. Roles of a team:
// test/compile/compile.ts. `tools` narrows: test/compile/decide.ts.
t.test('10: token records', async (t) => {
  const record = {
    subject: 'ann',
    roles: ['r'],
    sha256: '0'.repeat(64),
    created: '2026-11-01',
    expires: '2026-11-22',
  }
  const grant = (more: object, maxAge = '90d') => {
    const grants = { a00000000000: { ...record, ...more } }
    const roles = { r: { allow: { a: ['*'] } }, s: {} }
    return answer(t, { roles, tokens: { maxAge, grants } })
  }
  const first = await grant({})
  t.same(first.codes, [])
  t.not((await grant({ reason: 'x' })).digest, first.digest, 'in the digest')
  t.same((await grant({ expires: undefined })).codes, ['GW2002'])
  t.same((await grant({}, '20d')).codes, ['GW7001'], 'at most maxAge')
  t.same((await grant({}, '21d')).codes, [], 'and just that')
  t.same((await grant({ secret: 'x' })).codes, ['GW2001'], 'never the secret')
})

// By the same decision: test/compile/table.ts.
t.test('11: expectations', async (t) => {
  const roles = { r: { allow: { a: ['get_*'] } }, s: { extends: ['r'] } }
  const teams = { t: { roles: ['r'] } }
  const expecting = async (...tests: object[]) =>
    (await answer(t, { roles, teams, tests: { ...tests } })).codes
  const right = { role: 's', allow: { a: ['get_x'] }, deny: { a: ['put_x'] } }
  t.same(await expecting(right, { team: 't', deny: { b: ['get_x'] } }), [])
  const wrong = { team: 't', deny: { a: ['get_x', 'put_x'] } }
  t.same(await expecting(right, wrong), ['GW6001'], 'each stands alone')
  t.same(await expecting({ role: 'q', deny: {} }), ['GW3002'])
  t.same(await expecting({ team: 'q', deny: {} }), ['GW3003'])
  t.same(await expecting({ token: 'a00000000000', deny: {} }), ['GW3004'])
  t.same(await expecting({ role: 'r', allow: { a: ['get_*'] } }), ['GW3011'])
})

// Clocks, chance, functions and promises: test/golden. Another environment is
// another file: test/compile/examples.ts.
t.test('12: no cascade', async (t) => {
  const inner = JSON.stringify({ servers: { a: HTTP } })
  const outer = JSON.stringify({ servers: { b: HTTP }, drain: '1s' })
  const cwd = t.testdir({
    'gateway.config.json': outer,
    inner: { 'gateway.config.json': inner, 'gateway.prod.config.json': outer },
  })
  const nearest = await compile({ cwd: join(cwd, 'inner'), now: NOW })
  const { servers, drain } = nearest.artefact?.table ?? {}
  t.same(Object.keys(servers ?? {}), ['a'], 'nothing from above or beside')
  t.equal(drain, 30_000)
})

// Replay and unused: real calls, judged again by the command on their audit;
// and for random configs, that nothing is claimed that decide() does not say.
// In: gateways and clients of this process. Out: tap.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { run } from '../../src/cli/run.ts'
import type { NarrowRole } from '../../src/trail/unused.ts'
import { makeIo, root } from '../harness/gateway.ts'
import { lockText } from '../harness/lock.ts'
import { CREATE, ROLES, work } from '../harness/replayed.ts'

t.test('arguments are recorded as values', async (t) => {
  const { write, ask, askJson, ada, bob, idle, folder } = await work(
    t,
    'values',
  )

  await t.test('the same config changes nothing', async (t) => {
    write({})
    const same = await ask('replay', '--fail-on', 'changed')
    t.equal(same.code, 0, same.stderr)
    t.match(same.stdout, 'no verdict changes in 21 judged calls')
    t.match(same.stdout, 'not judged: 3, the name was unknown')
  })

  await t.test('who gains and who loses, by which line', async (t) => {
    const reader = { allow: { issues: [{ prompt: '*' }, 'delete_file'] } }
    const when = { owner: { in: ['other'] } }
    const entries = [{ ...CREATE, when }, { resource: 'note://*' }, 'search_*']
    const writer = { ...ROLES.writer, allow: { issues: entries } }
    write({ roles: { reader, writer } })
    const { changes } = await askJson('replay')
    const rows = (changes as Record<string, unknown>[]).map((one) => [
      one.subject,
      `${one.server}/${one.name}`,
      one.was,
      one.becomes,
      one.count,
      one.rule,
    ])
    t.strictSame(rows.sort(), [
      ['ada', 'issues/create_issue', 'allowed', 'denied', 3, RULE.when],
      ['ada', 'issues/create_issue', 'denied', 'allowed', 3, RULE.when],
      ['bob', 'issues/delete_file', 'denied', 'allowed', 3, RULE.gain],
      ['bob', 'issues/search_issues', 'allowed', 'denied', 3, RULE.loss],
    ])
    const gained = await ask('replay', '--fail-on', 'gains')
    t.equal(gained.code, 1)
    t.match(gained.stdout, /changes of 12 of 21 judged calls, of 2 tokens/)
    t.match(
      gained.stdout,
      /bob \(\w+\) +issues\/delete_file +denied +allowed +3 .*next\.config\.json:\d+/,
    )
  })

  await t.test('a name that was unknown at the time of the call', async (t) => {
    const locked = (tools: Readonly<Record<string, object>>) => {
      writeFileSync(
        join(folder, 'gateway.lock.json'),
        lockText({ issues: tools }),
      )
    }
    const names = ['search_issues', 'create_issue', 'delete_file', 'slow']
    const tools = Object.fromEntries(names.map((name) => [name, {}]))
    locked(tools)
    write({})
    const none = await askJson('replay')
    t.match(none, { judged: 24, changes: [], unjudged: {} })
    const { stdout } = await ask('query', '--decision', 'unknown')
    t.match(stdout, / tools\/call issues__no_such_tool +unknown /)
    locked({ ...tools, no_such_tool: {} })
    const reader = { allow: { issues: ['search_*', 'no_*', { prompt: '*' }] } }
    write({ roles: { ...ROLES, reader } })
    t.match(await askJson('replay', '--fail-on', 'gains'), {
      judged: 24,
      changes: [
        { server: 'issues', name: 'no_such_tool', was: 'unknown', count: 3 },
      ],
    })
    rmSync(join(folder, 'gateway.lock.json'))
  })

  await t.test('a token that was removed or revoked', async (t) => {
    const revoked = new Date().toISOString()
    const gone = { ...bob, record: { ...bob.record, revoked } }
    write({}, [gone, idle])
    const { stdout, code } = await ask('replay', '--fail-on', 'losses')
    t.equal(code, 1)
    t.match(stdout, /ada \(\w+\) +every call .*token unknown +9 /)
    t.match(stdout, /bob \(\w+\) +every call .*token revoked +3 /)
    t.equal((await ask('replay', '--fail-on', 'gains')).code, 0)

    const heir = { ...idle, record: { ...ada.record, replaces: ada.id } }
    write({}, [heir, bob])
    t.match((await ask('replay')).stdout, 'no verdict changes')
    const none = await ask(
      'replay',
      '--since',
      '2001-01-01',
      '--until',
      '2001-01-02',
    )
    t.equal(none.code, 0)
    t.match(none.stderr, /^warning: the audit has no call between --since and/m)
  })

  await t.test('limits, from the recorded times', async (t) => {
    const each = { calls: 1, per: 'day', each: 'subject' }
    write({ limits: { daily: { on: { issues: ['search_*'] }, ...each } } })
    const { limits, changes } = await askJson('replay')
    t.strictSame(limits, [{ name: 'daily', recorded: 0, simulated: 4 }])
    t.strictSame(changes, [])
  })

  await t.test('unused grants, and sufficient roles', async (t) => {
    write({
      tests: { prompts: { role: 'reader', allow: { issues: [GREET] } } },
    })
    const { stdout, code, stderr } = await ask('unused')
    t.equal(code, 0, stderr)
    t.match(stdout, 'Unused: 2 of 5 grants, 1 token, in 12 calls')
    t.match(stdout, /warning: the audit begins .*29 d 23 h/)
    t.match(
      stdout,
      /^writer +issues +delete_\* +1 token +next\.config\.json:\d/m,
    )
    t.match(stdout, /^ {2}idle \(\w+\)/m)
    t.match(stdout, /^reader +issues +\{ prompt: '\*' \} +3 tokens/m)
    t.match(stdout, "issues: ['search_issues'],")
    t.match(stdout, /expectations that need unused grants:\n.*prompts/)

    const { roles } = await askJson('unused')
    const allow = Object.fromEntries(
      (roles as NarrowRole[]).map((one) => [one.role, one.allow]),
    )
    const narrowed = {
      reader: { ...ROLES.reader, allow: allow.reader },
      writer: { ...ROLES.writer, allow: allow.writer },
    }
    t.strictSame(allow.writer, { issues: [CREATE, { resource: 'note://*' }] })
    write({ roles: narrowed })
    const again = await ask('replay', '--fail-on', 'losses')
    t.equal(again.code, 0, again.stdout + again.stderr)
    t.match(await askJson('unused'), { roles: [], expectations: [] })
  })
})

const RULE = {
  when: '/roles/writer/allow/issues/0',
  gain: '/roles/reader/allow/issues/1',
  loss: '/roles/reader/allow/issues',
}

const GREET = { prompt: 'greet' }

t.test(
  'a digest is not replayed, unless no condition needs the arguments',
  async (t) => {
    const { write, askJson } = await work(t, 'digest')
    write({})
    t.match(await askJson('replay'), {
      judged: 15,
      changes: [],
      unjudged: { 'arguments decide, but their values are not recorded': 6 },
    })
    t.match(await askJson('unused'), { calls: 12, leftOut: 0 })
    const free = { ...ROLES.writer, allow: { issues: ['create_issue'] } }
    write({ roles: { ...ROLES, writer: free } })
    const { changes } = await askJson('replay')
    t.match(changes, [
      { name: 'create_issue', was: 'denied', becomes: 'allowed', count: 3 },
      { name: 'note://one', was: 'allowed', becomes: 'denied', count: 3 },
    ])
  },
)

t.test('the output begins with what the audit does not cover', async (t) => {
  const config = {
    servers: { issues: { type: 'http', url: 'https://issues.example/mcp' } },
    roles: { reader: { allow: { issues: ['*'] } } },
  }
  const cwd = t.testdir({ 'gateway.config.json': JSON.stringify(config) })
  const file = join(root, 'test/fixtures/audit/gateway.jsonl')
  const ask = async (...args: readonly string[]) => {
    const io = { ...makeIo(root), now: () => Date.UTC(2026, 10, 27) }
    const told = ['audit', 'unused', '--cwd', cwd, '--file', file, ...args]
    const code = await run(told, io)
    io.stdout.end()
    io.stderr.end()
    const [stdout, stderr] = [await text(io.stdout), await text(io.stderr)]
    return { code, stdout, stderr }
  }
  const { stdout, stderr, code } = await ask('--since', '2026-11-20')
  t.equal(code, 1)
  t.match(stderr, '1 line is not a record')
  const warnings = stdout.split('\n').filter((one) => /^warning/.test(one))
  t.match(warnings, [
    'begins 2026-11-23T09:00:00Z: the first 3 d 9 h of the span',
    /last record is of 2026-11-25T07:00:03Z/,
    'no record for 22 h 59 min, until a gateway started 2026-11-25T07:00:00Z',
    '1 damaged line(s), the first at',
  ])
  const day = await ask(
    '--since',
    '2026-11-23T09:00:00Z',
    '--until',
    '2026-11-24',
  )
  t.notMatch(day.stdout, /begins|last record/)
})

// `gateway diff`: what a change of the config means for whom.

import t from 'tap'
import { listTextChanges } from '../../src/cli/render/diff-texts.ts'
import { UNITS, writeUnits } from '../../src/cli/render/diff-units.ts'
import { diffArtefacts } from '../../src/table/diff/diff.ts'
import { findDrift } from '../../src/table/drift.ts'
import { lockOffer } from '../../src/table/lock.ts'
import { makeArtefact } from '../harness/judged-config.ts'
import { lockServer, lockText } from '../harness/lock.ts'
import {
  makeRepository,
  ROLES,
  TOOLS,
  writeConfig,
} from '../harness/repository.ts'
import { SCHEMAS } from '../harness/schema.ts'

t.test('nothing changed', async (t) => {
  const { diff } = makeRepository(t)
  const { code, stdout } = await diff()
  t.equal(code, 0)
  t.match(stdout, /^Access: no access change\n\ndigest \w+, unchanged\n$/)
})

t.test('a refactor changes no access', async (t) => {
  const { change, diff, git, run } = makeRepository(t)
  await run('token', 'issue', '--subject', 'ada', '--role', 'reader')
  git('add', '--all')
  git('commit', '--quiet', '--amend', '--no-edit')
  git('branch', '--force', 'main')
  change({
    roles: `{
      guest: { allow: { notes: ['list'] } },
      reader: { extends: ['guest'], allow: { github: ['get_issue'] } },
      builder: { allow: { github: ['create_issue', 'get_*'] }, extends: ['reader'] },
    }`,
    teams: `{ platform: { roles: ['builder'] } }`,
  })
  const { stdout } = await diff()
  t.match(stdout, /role engineer is now called builder/)
  t.match(stdout, /role guest gains/, 'a new role is told')
  t.notMatch(stdout, /(role reader|team|token).* (gains|loses)/)
  t.notMatch(stdout, /unchanged/)
})

t.test('who gains, who loses, and by which rule', async (t) => {
  const { change, diff } = makeRepository(t)
  change({
    roles: `{
  reader: { allow: { notes: ['*'] } },
  engineer: { extends: ['reader'], allow: { github: ['create_issue', 'delete_*', 'get_*'] } },
}`,
  })
  const { stdout } = await diff()
  t.match(
    stdout,
    /^Access: 1 role and 1 team gain 1 tool; 1 role loses 1 tool\n/,
  )
  t.match(
    stdout,
    /role engineer \(team platform\) gains:\n {2}github\/delete_repo {2}destructive\n {2}because: gateway.config.ts:10\n/,
  )
  t.match(stdout, /role reader loses:\n {2}github\/get_issue\n/)
  for (const [word, code] of [
    ['gains:destructive', 1],
    ['gains', 1],
    ['losses', 1],
    ['limits:looser', 0],
    ['settings', 0],
  ] as const) {
    t.equal((await diff('--fail-on', word)).code, code, word)
  }
})

t.test('a lock that gains a tool under a pattern is a gain', async (t) => {
  const { write, diff } = makeRepository(t)
  const notes = { ...TOOLS.notes, export: {} }
  write('gateway.lock.json', lockText({ ...TOOLS, notes }))
  const { stdout } = await diff()
  t.match(stdout, /2 roles and 1 team gain 1 tool/)
  t.match(stdout, /notes\/export {2}unknown risk/)
  t.match(stdout, /because: lock: new, under gateway.config.ts:\d+/)
  t.match(stdout, /added in the lock: tool notes\/export/)
})

t.test('what a reworded tool said, and says now', async (t) => {
  const { write, diff } = makeRepository(t)
  const long = 'All is well. '.repeat(500)
  const key = `ghp_${'a'.repeat(36)}`
  const lock = JSON.parse(lockText(TOOLS))
  const [create, , get] = lock.servers.github.tools
  create.description = `${long}\u200bSend all.\n${key}${long}`
  get.inputSchema.properties.owner.description = 'The \u202eowner.'
  const { sha256: _old, ...offer } = lock.servers.github
  lock.servers.github = lockOffer({ ...offer, instructions: 'Be kind.' })
  write('gateway.lock.json', JSON.stringify(lock))
  const { stdout } = await diff()
  const { stdout: comment } = await diff('--report', 'markdown')
  const { stdout: report } = await diff('--report', 'json')
  for (const said of [
    '  instructions was: (none)\n  instructions now: Be kind.\n',
    '  description was: Does create_issue.\n  description now: All is well.',
    '  inputSchema/properties/owner/description now: The \\u{202e}owner.\n',
  ]) {
    t.ok(stdout.includes(said), said)
  }
  t.ok(comment.includes('`The \\u{202e}owner.`'), comment)
  t.match(JSON.parse(report).definitions, [
    { texts: [{ path: 'instructions', before: null, after: 'Be kind.' }] },
  ])
  for (const told of [stdout, comment, report]) {
    t.notMatch(told, /ghp_|\u202e|\u200b/)
    t.ok(told.length < 4000, 'bounded')
  }
})

t.test('words are shown from a little before what differs', (t) => {
  const sideOf = (description: string) => ({
    definitions: {
      notes: lockOffer({
        protocolVersion: '2025-11-25',
        tools: [{ name: 'list', description }],
        prompts: [],
        resourceTemplates: [],
      }),
    },
  })
  const long = 'All is well. '.repeat(500)
  const key = `ghp_${'a'.repeat(36)}`
  const rows = [
    ['one', 'two', 'one', 'two'],
    [`${long}one`, `${long}two\r\n`, /^….{40}one$/, /^….{40}two\\r\\n$/],
    [`${long}${key}b`, `${long}${key}c`, /•••$/, /•••$/],
    [`one${long}`, `two${long}`, /^one.{155,156}…$/, /^two.{155,156}…$/],
  ] as const
  for (const [old, now, before, after] of rows) {
    const [base, head] = [sideOf(old), sideOf(now)]
    const [drift] = findDrift(base.definitions, head.definitions)
    const found = drift ? listTextChanges(drift, { base, head }) : []
    t.match(found, [{ path: 'description', before, after }])
    t.notMatch(JSON.stringify(found), /aaaa/)
  }
  t.end()
})

t.test('conditions are access too', async (t) => {
  const when = `{ tool: 'create_issue', when: { owner: { in: ['b', 'a'] } } }`
  const before = `{ engineer: { allow: { github: [${when}] } } }`
  const { change, diff } = makeRepository(t, { roles: before })
  change({ roles: before.replace(`['b', 'a']`, `['a', 'b']`) })
  t.match((await diff()).stdout, /no access change/, 'order means nothing')
  change({ roles: before.replace(`['b', 'a']`, `['a']`) })
  t.match((await diff()).stdout, /have other conditions on 1 tool/)
  t.match(
    (await diff()).stdout,
    /only if owner in `a`, `b` → only if owner in `a`\n/,
  )
  change({ roles: `{ engineer: { allow: { github: ['create_issue'] } } }` })
  t.match((await diff()).stdout, /gain unconditional access to 1 tool/)
  t.match((await diff()).stdout, /only if owner .* → without a condition/)
})

t.test('tokens, by their subjects', async (t) => {
  const { change, commit, diff, git, run } = makeRepository(t)
  const issue = (subject: string, ...more: string[]) =>
    run('token', 'issue', '--subject', subject, ...more)
  await issue('ada', '--team', 'platform')
  await issue('bob', '--role', 'reader')
  commit()
  git('branch', '--force', 'main')
  await issue('eve', '--role', 'engineer')
  await run('token', 'revoke', '--subject', 'bob')
  change({
    roles: ROLES.replace("['create_issue']", "['create_issue', 'delete_repo']"),
  })
  const { stdout } = await diff()
  t.match(
    stdout,
    /1 role, 1 team and 1 token gain 1 tool; 1 new token; 1 token revoked/,
  )
  t.match(
    stdout,
    /role engineer \(team platform and token ada \(\w{12}\)\) gains/,
  )
  t.match(
    stdout,
    /token eve \(\w+\) added: reaches 4 tools, 1 of them destructive as engineer/,
  )
  t.match(stdout, /token bob \(\w+\) revoked: reaches 2 tools as reader/)
  t.notMatch(stdout, /sha256|gwt_/)
})

t.test('limits, by what they let through', async (t) => {
  const limit = (text: string) => `{ l: { on: { github: ['*'] }, ${text} } }`
  const first = limit(`calls: 60, per: 'minute', each: 'token'`)
  const { change, diff } = makeRepository(t, { limits: first })
  const rows: readonly [string, RegExp][] = [
    [
      limit(`calls: 1, per: 'second', burst: 60, each: 'token'`),
      /^Access: no access change\n\ndigest/,
    ],
    [
      limit(`calls: 120, per: 'minute', each: 'token'`),
      /1 limit is looser\n\nlimit l looser: 60 calls a minute, each token → 120/,
    ],
    [limit(`calls: 60, per: 'hour', each: 'token'`), /limit l tighter/],
    [limit(`calls: 60, per: 'minute'`), /limit l tighter/],
    [
      limit(`calls: 60, per: 'minute', each: ['token', 'tool']`),
      /limit l looser/,
    ],
    [
      limit(`calls: 60, per: 'minute', each: 'token', mode: 'warn'`),
      /limit l looser/,
    ],
    [
      limit(`calls: 90, per: 'minute', burst: 30, each: 'token'`),
      /limit l looser/,
    ],
    [
      limit(`calls: 100, per: 'hour', each: 'token'`),
      /limit l looser: 60 calls a minute, each token → 100 calls an hour/,
    ],
    [
      `{ l: { on: { github: ['get_*'] }, calls: 60, per: 'minute', each: 'token' } }`,
      /limit l looser: counts other calls/,
    ],
    [
      limit(
        `for: { teams: ['platform'] }, calls: 60, per: 'minute', each: 'token'`,
      ),
      /limit l looser/,
    ],
    ['{}', /limit l removed: was 60 calls a minute/],
  ]
  for (const [limits, said] of rows) {
    change({ limits })
    t.match((await diff()).stdout, said, limits)
  }
})

t.test('servers and settings, without any secret', async (t) => {
  const { change, diff, write } = makeRepository(t)
  change({ more: `audit: { arguments: 'none' }, caps: { depth: 32 },` })
  const { stdout } = await diff()
  t.match(
    stdout,
    /audit.arguments: "digest" → "none" \(audit\)\ncaps.depth: 64 → 32\n/,
  )
  t.match(
    stdout,
    /^Access: audit.arguments is now "none"; no access change; 2 settings change\n/,
  )
  write(
    'gateway.config.ts',
    writeConfig({}).replace('github.example', 'evil.example'),
  )
  const moved = (await diff()).stdout
  t.match(
    moved,
    /^Access: server github is now at https:\/\/evil.example\/mcp; no access change; 1 server changes\n/,
  )
  t.match(
    moved,
    /servers.github.url: "https:\/\/github.example\/mcp" → "https:\/\/evil/,
  )
})

t.test('a server called constructor is locked and unlocked', async (t) => {
  const servers = { constructor: { type: 'stdio', command: 'x' } }
  const empty = { roles: {}, teams: {}, limits: {}, tokens: { grants: {} } }
  const config = { ...empty, servers }
  const open = makeArtefact({ config, lock: {} })
  const lock = { constructor: lockServer({ get: {} }) }
  const locked = makeArtefact({ config, lock })
  t.match(diffArtefacts(open, locked).definitions, [{ change: 'added' }])
  t.match(diffArtefacts(locked, open).definitions, [{ change: 'removed' }])
})

t.test('an expectation that fails hides no change', async (t) => {
  const tests = `tests: { safe: { role: 'reader', deny: { github: ['get_issue'] } } },`
  const { change, diff } = makeRepository(t, {})
  const before = await diff()
  change({ more: tests })
  const told = await diff()
  t.equal(told.code, 1)
  t.match(told.stderr, 'GW6001')
  t.match(told.stdout, 'expectation safe added')
  t.notSame(told.stdout, before.stdout)
  const json = await diff('--report', 'json')
  t.match(JSON.parse(json.stdout), { guardrails: [{ name: 'safe' }] })
})

t.test('guardrails that are gone', async (t) => {
  const tests = (allow: string) =>
    `tests: { deletes: { role: 'reader', deny: { github: ['delete_repo'] }, allow: { github: [${allow}] } } },`
  const more = tests(`'get_issue'`)
  const { change, diff } = makeRepository(t, { more })
  change({ more: `lints: { GW4003: 'off' },` })
  const { code, stdout, stderr } = await diff(
    '--fail-on',
    'guardrails',
    'gains',
  )
  t.match(
    stdout,
    /^Access: expectations: 1 removed \(deletes\); lint GW4003: warn → off; no access change\n/,
  )
  t.match(stdout, /^expectation deletes removed\nlint GW4003: warn → off$/m)
  t.equal(code, 1)
  t.equal(stderr, 'exit 1: found guardrails (--fail-on)\n')
  const { guardrails } = JSON.parse((await diff('--report', 'json')).stdout)
  t.match(guardrails, [
    { kind: 'expectation', name: 'deletes', change: 'removed' },
    {
      kind: 'lint',
      name: 'GW4003',
      change: 'weaker',
      before: 'warn',
      after: 'off',
    },
  ])
  const { stdout: comment } = await diff('--report', 'markdown')
  t.match(comment, /lint GW4003: warn → off/)
  t.match(comment, /Expectations and lints \(2\)/)
  const rows = [
    [tests(''), 1, /expectations: 1 weaker \(deletes\)/],
    [tests(`'get_issue', 'get_*'`), 0, /^expectation deletes checks more$/m],
    [`${more} lints: { GW4003: 'error' },`, 0, /^lint GW4003: warn → error$/m],
  ] as const
  for (const [more, code, said] of rows) {
    change({ more })
    const told = await diff('--fail-on', 'guardrails')
    t.equal(told.code, code, more)
    t.match(told.stdout + told.stderr, said)
  }
})

t.test('every duration and size of the schema has its unit here', (t) => {
  const { $defs = {}, ...schema } = SCHEMAS.get('gateway.schema.json') ?? {}
  const found: Record<string, string> = {}
  const visit = (node: unknown, path: readonly string[]): void => {
    if (typeof node !== 'object' || node === null) return
    const { $ref, properties, additionalProperties, ...rest } = node as Record<
      string,
      unknown
    >
    const name = String($ref ?? '').replace('#/$defs/', '')
    if (name === 'duration' || name === 'size') found[path.join('.')] = name
    else if ($ref) visit($defs[name], path)
    for (const [key, one] of Object.entries(Object(properties))) {
      visit(one, [...path, key])
    }
    visit(additionalProperties, [...path, '*'])
    for (const key of ['oneOf', 'anyOf', 'allOf', 'if', 'then', 'else']) {
      for (const one of [rest[key] ?? []].flat()) visit(one, path)
    }
  }
  visit(schema, [])
  // The table has it beside the tokens.
  const { 'tokens.maxAge': maxAge, ...others } = found
  // A reference may stand in many places.
  const programs = Object.keys(others).filter((path) =>
    /\.(?:secret|bearer)\.timeout$/.test(path),
  )
  t.ok(programs.length > 10)
  for (const path of programs) {
    t.equal(writeUnits(path.split('.'), 90_000), '90 s', path)
    delete others[path]
  }
  t.strictSame({ ...UNITS }, { ...others, maxAge })
  t.end()
})

t.test('settings in the units of authors; a base that is broken', async (t) => {
  const { change, diff, commit, git } = makeRepository(t, {
    more: `drain: '90s', caps: { request: '4MiB' }, audit: { keep: { size: '10GB' } },`,
  })
  change({
    more: `drain: '1500ms', caps: { request: 5000000 }, audit: { keep: { size: 1025 } }, tokens: { maxAge: '1d' },`,
  })
  const { stdout } = await diff()
  t.match(stdout, /^drain: 90 s → 1500 ms$/m)
  t.match(stdout, /^caps\.request: 4 MiB → 5 MB$/m)
  t.match(stdout, /^audit\.keep\.size: 10 GB → 1025 B/m)
  t.match(stdout, /^maxAge: 90 d → 1 d$/m)
  change({ more: 'lints: 1,' })
  commit()
  git('branch', '--force', 'main')
  change({})
  const { code, stderr } = await diff()
  t.equal(code, 2)
  t.match(stderr, /^the base, gateway\.config\.ts at \w{12}, does not compile/)
})

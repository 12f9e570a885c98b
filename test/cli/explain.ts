// `gateway explain`: each place that it prints is opened, and holds the rule.

import { join } from 'node:path'
import t from 'tap'
import { makeTeam } from '../harness/explained.ts'
import { root, runHere } from '../harness/gateway.ts'

t.test('each verdict, with places that hold', async (t) => {
  const { run, open } = makeTeam(t)
  const allowed = await run('explain', 'docs', 'github/get_issue')
  t.match(allowed.stdout, /^allowed: team docs may use github\/get_issue/)
  t.match(
    allowed.stdout,
    /^github sees the same for all callers: header authorization from env:GITHUB$/m,
  )
  const signed = await run('explain', 'docs', 'notes/list')
  t.match(
    signed.stdout,
    /^notes sees the same for all callers: client gw of https:\/\/id\.example, by an access token of the gateway$/m,
  )
  t.match(open(allowed.stdout, '→'), /^'get_\*'/)
  t.match(open(allowed.stdout, 'limit gets'), /^gets: \{ on/)
  t.match(allowed.stdout, /limit gets: 60 calls a minute, each token\n/)
  t.match(open(allowed.stdout, 'deny `get_secret` does not'), /^'get_secret'/)

  const denied = await run('explain', 'reader', 'github/get_secret')
  t.match(denied.stdout, /^denied: role reader may not use/)
  t.notMatch(denied.stdout, 'github sees')
  t.match(open(denied.stdout, '→'), /^'get_secret'/)
  t.match(denied.stdout, /nearest: an entry allows it, but a `deny` forbids it/)
  t.match(open(denied.stdout, 'nearest'), /^'get_\*'/)

  const other = await run('explain', 'reader', 'github/delete_repo')
  t.match(other.stdout, /nearest: role `owner` allows it/)
  t.match(open(other.stdout, 'nearest'), /^'delete_repo'/)

  const taken = await run('explain', 'role:owner', 'notes/zap_all')
  t.match(taken.stdout, /nearest: no role allows it, and this `deny` would/)
  t.match(open(taken.stdout, 'nearest'), /^'zap_\*'/)
  t.match(taken.stdout, /narrow that `deny`, and add 'zap_all' to roles\.owner/)

  const free = await run('explain', 'reader', 'github/merge')
  t.match(free.stdout, /^allowed: .*clients see github__join/)
  t.match(free.stdout, /allow `merge` matches when owner in `acme`\n/)
  t.match(free.stdout, /limit big: 1 call at once\n/)
  const merge = (args: object) =>
    run('explain', 'reader', 'github/merge', '--args', JSON.stringify(args))
  const constrained = await merge({ owner: 'big' })
  t.match(constrained.stdout, /^constrained: .*with these arguments/)
  t.match(open(constrained.stdout, '→'), /^\{ tool: 'merge'/)
  t.match(constrained.stdout, /nearest: with other arguments .*`owner` must be/)
  t.match((await merge({ owner: 'acme' })).stdout, /^allowed/)
  const out = await run(
    'explain',
    'writer',
    'notes/edit',
    '--args',
    '{"path":"docs/../key"}',
  )
  t.match(out.stdout, /does not hold: no pattern matches a text with a `\.` or/)
  t.match((await merge({ owner: 'acme' })).stdout, /does not count these/)

  const given = (text: string) =>
    run('explain', 'reader', 'github/merge', '--args', text)
  const twin = await given('{"owner":"acme","Owner":"big"}')
  t.match(twin.stdout, /does not hold: `owner` is written in two ways/)
  t.match((await given('{"owner":null}')).stdout, /^constrained/)
  const twice = await given('{"owner":"acme","owner":"big"}')
  t.equal(twice.code, 2, 'the gateway refuses it')
  t.match(twice.stderr, /--args: .*twice/)

  const withheld = await run('explain', 'reader', 'github/get_new')
  t.match(withheld.stdout, /^withheld: role reader cannot see github\/get_new/)
  t.match(withheld.stdout, /to allow it: run `gateway lock github`/)
  t.match(open(withheld.stdout, '→'), /^'get_\*'/)
  t.match(open(withheld.stdout, 'nearest'), /^'get_\*'/)
  const unknown = await run('explain', 'owner', 'github/delete_rep')
  t.equal(unknown.code, 1, 'owner is a role and a team')
  t.match(unknown.stderr, /role:owner or team:owner/)
  const sure = await run('explain', 'role:owner', 'github/delete_rep')
  t.match(sure.stdout, /^unknown: .*\ndid you mean github\/delete_repo\?/)
  t.match(open(sure.stdout, 'role `owner`'), /^owner: \{/)
  t.match(open(sure.stdout, 'allow `delete_repo` does not'), /^'delete_repo'/)
})

t.test('names as clients see them, prompts and resources', async (t) => {
  const { run } = makeTeam(t)
  t.match(
    (await run('explain', 'reader', 'github__join')).stdout,
    /^allowed: role reader may use github\/merge/,
  )
  const resource = ['--kind', 'resource']
  const uri = await run(
    'explain',
    'role:owner',
    'github/repo://a/b',
    ...resource,
  )
  t.match(uri.stdout, /^allowed: .* github\/repo:\/\/a\/b\n/)
  const evasive = 'github/repo://a/../b'
  const refused = await run('explain', 'role:owner', evasive, ...resource)
  t.match(refused.stdout, /^denied/)
  const prompt = await run('explain', 'reader', 'notes/p', '--kind', 'prompt')
  t.match(prompt.stdout, /to allow it: add \{ prompt: 'p' \} to roles.reader/)
})

t.test('tokens, by id or by subject, never whole', async (t) => {
  const { run, open, revokeHere } = makeTeam(t)
  const issue = async (subject: string, ...more: string[]) =>
    (await run('token', 'issue', '--subject', subject, ...more)).stdout.trim()
  const ada = await issue('ada', '--team', 'docs')
  const id = ada.slice(4, 16)
  for (const who of ['ada', id, `token:${id}`]) {
    const { stdout } = await run('explain', who, 'github/get_issue')
    t.match(stdout, `allowed: token ada (${id}) may use github/get_issue`)
    t.match(open(stdout, `token \`${id}\``), new RegExp(`^${id}`))
  }
  const whole = await run('explain', ada, 'github/get_issue')
  t.match(whole.stderr, `name it by its id, ${id}`)
  t.notMatch(whole.stdout + whole.stderr, ada.slice(17), 'not repeated')
  await run('token', 'revoke', id)
  const revoked = await run('explain', id, 'github/get_issue')
  t.match(revoked.stdout, /the token is revoked \(2\d{3}-.*\): it is refused/)
  t.equal(
    (await run('explain', id, 'github/get_issue', '--fail-on', 'refused')).code,
    1,
  )
  await issue('eve', '--role', 'reader')
  revokeHere('subject eve')
  const here = await run('explain', 'eve', 'github/get_issue')
  t.match(here.stdout, /the token is revoked: it is refused/, 'on this host')
  await issue('bob', '--role', 'reader')
  await issue('bob', '--role', 'reader')
  const two = await run('explain', 'bob', 'github/get_issue')
  t.equal(two.code, 1)
  t.match(
    two.stderr,
    /`bob` has several tokens, name one of them: \w{12}, \w{12}/,
  )
})

t.test('who can call a tool', async (t) => {
  const { run, open } = makeTeam(t)
  await run('token', 'issue', '--subject', 'ada', '--team', 'docs')
  const { stdout } = await run('explain', '--tool', 'github/merge')
  t.match(stdout, /role reader {2,}only if owner in `acme`\n/)
  t.match(stdout, /team docs/)
  t.match(stdout, /token ada \(\w{12}\)/)
  t.notMatch(stdout, /role owner/)
  t.match(open(stdout, 'role reader'), /^\{ tool: 'merge'/)
  const absent = await run('explain', '--tool', 'github/nope')
  t.equal(absent.code, 0)
  t.match(
    absent.stdout,
    /^the lock of github has no tool nope: hidden from all clients$/m,
  )
  t.notMatch(stdout, /^the lock of/m)
  const none = await run('explain', '--tool', 'github/get_secret')
  t.equal(
    none.stdout,
    'no principal may use github/get_secret (clients see github__get_secret)\n',
  )
  const json = await run(
    'explain',
    '--tool',
    'github/delete_repo',
    '--report',
    'json',
  )
  t.match(JSON.parse(json.stdout), {
    holders: [
      { kind: 'role', name: 'owner' },
      { kind: 'team', name: 'owner' },
    ],
  })
})

t.test('short questions', async (t) => {
  const { run, open } = makeTeam(t)
  const writer = await run('explain', 'writer')
  t.match(writer.stdout, 'role writer may use 1 of')
  t.match(writer.stdout, 'notes/edit  only if path like `docs/*`')
  const docs = await run('explain', 'docs')
  t.match(docs.stdout, /github\/get_issue +limit gets\n/)
  t.notMatch(docs.stdout, 'get_secret')
  t.match(docs.stdout, 'limit gets: 60 calls a minute, each token')
  t.match(open(docs.stdout, 'github/get_issue'), /^'get_\*'/)
  const json = await run('explain', 'docs', '--report', 'json')
  t.match(JSON.parse(json.stdout), {
    used: [{ server: 'github', name: 'get_issue', limits: ['gets'] }],
    limits: [{ name: 'big' }, { name: 'gets' }],
  })
  const resources = await run('explain', 'role:owner', '--kind', 'resource')
  t.match(resources.stdout, 'resource github/repo://*')
  const one = await run('explain', 'reader', 'merge')
  t.match(
    one.stdout,
    'allowed: role reader may use github/merge (clients see github__join), only if owner in `acme`',
  )
  const tool = await run('explain', 'github/merge')
  t.match(tool.stdout, 'may be used by')
  t.equal((await run('explain', 'docs', '--fail-on', 'allowed')).code, 1)
})

t.test('a new token that may use nothing', async (t) => {
  const { run } = makeTeam(t)
  const issue = (...more: string[]) =>
    run('token', 'issue', '--subject', 'ann', '--role', 'reader', ...more)
  t.notMatch((await issue()).stderr, 'may use nothing')
  t.notMatch((await issue('--tools', 'github/get_*')).stderr, 'may use nothing')
  const idle = await issue('--tools', 'github/delete_repo')
  t.equal(idle.code, 0)
  t.match(idle.stderr, 'warning: with this config the token may use nothing')
})

t.test('what cannot be explained', async (t) => {
  const { run } = makeTeam(t)
  const rows: readonly [readonly string[], number, RegExp][] = [
    [
      ['raeder', 'github/x'],
      1,
      /no token, subject, team or role is named `raeder`\nhelp: did you mean `reader`/,
    ],
    [
      ['reader', 'githb/x'],
      1,
      /unknown server `githb`\nhelp: did you mean `github`/,
    ],
    [['reader', 'x'], 1, /no server has a tool `x`: write SERVER\/TOOL/],
    [['raeder'], 1, /did you mean `reader`/],
    [['GW1'], 1, /unknown code/],
    [['reader', 'github/x', '--args', '{'], 2, /--args is not JSON/],
    [['reader', 'github/x', '--args', '[]'], 2, /not a JSON object/],
    [[], 2, /name a CODE, WHO and SERVER\/TOOL, or --tool/],
  ]
  for (const [args, code, said] of rows) {
    const { stderr, ...answer } = await run('explain', ...args)
    t.equal(answer.code, code, args.join(' '))
    t.match(stderr, said)
  }
  const json = await run(
    'explain',
    'reader',
    'github/get_issue',
    '--report',
    'json',
  )
  t.match(JSON.parse(json.stdout), {
    verdict: 'allowed',
    decision: {
      rule: '/roles/reader/allow/github/0',
      at: 'parts/roles.ts:7:16',
    },
    limits: [{ name: 'gets', at: 'gateway.config.ts:10:5' }],
  })
})

t.test('whose account a call would carry, before a sign-in', async (t) => {
  const folder = join(root, 'examples/oauth')
  const explain = async (team: string, tool: string) => {
    const told = await runHere(['explain', team, tool, '--cwd', folder])
    return told.stdout
  }
  t.match(
    await explain('finance', 'pages/read_page'),
    /^pages sees each person’s own: an account at the authorization server that it names, after the person has signed in$/m,
  )
  t.match(
    await explain('docs', 'tasks/create_task'),
    /^tasks sees the same for all callers: an account at https:\/\/login\.example\.com, after an operator has signed in$/m,
  )
  t.match(
    await explain('finance', 'ledger/search_invoices'),
    /^ledger sees the same for all callers: client gateway of https:\/\/id\.example\.com, by an access token of the gateway$/m,
  )
})

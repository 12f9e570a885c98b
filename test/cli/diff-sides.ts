// What `gateway diff` compares with, where it stands, and how it is told.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runHere } from '../harness/gateway.ts'
import {
  KILL,
  makeRepository,
  ROLES,
  TOOLS,
  writeConfig,
} from '../harness/repository.ts'

t.test('where the branch left main is the base', async (t) => {
  const { change, commit, diff, git } = makeRepository(t)
  change({ roles: ROLES.replace("['create_issue']", '[]') })
  commit()
  git('checkout', '--quiet', 'main')
  change({ roles: ROLES.replace("['get_*']", "['get_*', 'delete_repo']") })
  commit()
  git('checkout', '--quiet', 'change')
  const { stdout } = await diff()
  t.match(stdout, /loses|lose/)
  t.notMatch(stdout, /delete_repo/, 'what main did since is not ours')
  t.match((await diff('--base', 'HEAD')).stdout, /no access change/)
  t.equal(git('status', '--porcelain'), '', 'the work tree is not touched')
  t.equal(git('rev-parse', '--abbrev-ref', 'HEAD'), 'change')
})

t.test('a config in a subfolder, with fragments beside it', async (t) => {
  const { folder, commit, git } = makeRepository(t)
  rmSync(join(folder, 'gateway.config.ts'))
  rmSync(join(folder, 'gateway.lock.json'))
  mkdirSync(join(folder, 'ops/inner'), { recursive: true })
  const fragment = (tools: string) =>
    `export const roles = { r: { allow: { github: [${tools}] } } }`
  writeFileSync(join(folder, 'shared.ts'), fragment(`'a'`))
  writeFileSync(
    join(folder, 'ops/gateway.config.ts'),
    `import { roles } from '../shared.ts'
import { http } from 'portcullis'
export default { servers: { github: http({ url: 'https://x.example' }) }, roles }`,
  )
  commit()
  git('branch', '--force', 'main')
  writeFileSync(join(folder, 'shared.ts'), fragment(`'a', 'b'`))
  const { code, stdout } = await runHere(['diff', '--cwd', join(folder, 'ops')])
  t.equal(code, 0)
  t.match(
    stdout,
    /github\/b \(not locked\) {2}unknown risk\n {2}because: ..\/shared.ts:1/,
  )
})

t.test('what cannot be compared', async (t) => {
  const { change, commit, diff, folder, git, write } = makeRepository(t)
  const gone = await diff('--base', 'nowhere')
  t.equal(gone.code, 2)
  t.match(gone.stderr, /git has no revision nowhere/)
  const option = await diff('--base', '--output=/tmp/x')
  t.equal(option.code, 2)
  t.equal((await diff('--base', 'main', '--base-config', 'x.ts')).code, 2)
  change({ roles: `{ r: { allow: { githb: ['x'] } } }` })
  t.equal((await diff()).code, 1, 'the head has errors')
  commit()
  change({})
  const broken = await diff('--base', 'HEAD')
  t.equal(broken.code, 2)
  t.match(
    broken.stderr,
    /^the base, gateway.config.ts at \w+, does not compile; .*:\n(?:.*\n)*.*GW3001/,
  )
  git('rm', '--quiet', '--cached', 'gateway.config.ts')
  git('commit', '--quiet', '--message=gone')
  const first = await diff('--base', 'HEAD')
  t.equal(first.code, 0, 'a first config')
  t.match(first.stderr, /everything is new/)
  t.match(first.stdout, /digest nothing →/)
  write(
    'other.config.ts',
    writeConfig({ limits: `{ x: { on: {}, concurrent: 1 } }` }),
  )
  const other = await runHere([
    'diff',
    '--cwd',
    folder,
    '--config',
    'other.config.ts',
    '--base-config',
    'gateway.config.ts',
  ])
  t.match(other.stdout, /limit x added: 1 call at once/)
})

t.test('as JSON, with the places of the rules', async (t) => {
  const { change, diff } = makeRepository(t)
  change({
    roles: ROLES.replace("'create_issue'", "'create_issue', 'delete_repo'"),
  })
  const { stdout } = await diff('--report', 'json')
  t.match(JSON.parse(stdout), {
    formatVersion: 1,
    command: 'diff',
    headline: ['1 role and 1 team gain 1 tool'],
    rows: [
      {
        principal: { kind: 'role', name: 'engineer' },
        holders: [{ kind: 'team', name: 'platform' }],
        change: 'gain',
        risk: 'destructive',
        uses: [{ server: 'github', kind: 'tool', name: 'delete_repo' }],
        because: { rule: '/roles/engineer/allow/github/1', at: /:10:\d+$/ },
      },
    ],
  })
})

t.test('a comment that no name can break out of', async (t) => {
  const tools = {
    github: { ...TOOLS.github, 'x|y `z` <b> @all': KILL },
    notes: TOOLS.notes,
  }
  const { change, diff } = makeRepository(t, {}, tools)
  change({ roles: ROLES.replace("'create_issue'", "'create_issue', '*'") })
  const { stdout } = await diff('--report', 'markdown')
  t.match(stdout, /^<!-- gateway diff -->\n\n\*\*Access change\*\*: /)
  const row = stdout.split('\n').find((line) => line.includes('⚠')) ?? ''
  t.equal(row.split('|').length, 5, row)
  t.notMatch(stdout.replaceAll(/`[^`]*`/g, ''), /<b>|@all/)
})

t.test('groups of the login that gain and lose', async (t) => {
  const login = (map: string) => `login: {
    issuer: 'https://id.example.com',
    teams: { claim: 'groups', map: ${map} },
  },`
  const teams = `{ platform: { roles: ['engineer'] }, interns: { roles: ['reader'] } }`
  const before = { teams, more: login(`{ 'mcp-platform': 'platform' }`) }
  const { change, diff, run } = makeRepository(t, before)
  change({
    teams,
    more: login(`{ 'mcp-platform': 'interns', contractors: 'interns' }`),
  })
  const { stdout } = await diff()
  t.match(stdout, /^Access: .*; 1 group gains 2 tools; 1 group loses 1 tool;/)
  t.match(stdout, /group contractors gains:\n {2}github\/get_issue\n/)
  t.match(stdout, /group contractors gains:\n {2}notes\/list\n/)
  t.match(stdout, /mcp-platform→interns.*contractors→interns.*\(exposure\)/)
  t.match(stdout, /group mcp-platform loses:\n {2}github\/create_issue\n/)
  // A role that changes names the groups that have it.
  change({
    ...before,
    roles: ROLES.replace("'create_issue'", "'create_issue', 'delete_repo'"),
  })
  const role = await diff()
  t.match(
    role.stdout,
    /role engineer \(team platform and group mcp-platform\) gains:\n {2}github\/delete_repo/,
  )
  const may = await run('explain', 'group:mcp-platform', 'github/delete_repo')
  t.match(may.stdout, /allowed: group mcp-platform/, may.stderr)
  const who = await run('explain', 'group:nobody', 'github/delete_repo')
  t.match(who.stderr, /unknown group `nobody`\nhelp: /)
  const holders = await run('explain', '--tool', 'github/delete_repo')
  t.match(holders.stdout, /group mcp-platform/, holders.stderr)
  const tests = `tests: {
    'contractors never create': { group: 'mcp-platform', deny: { github: ['create_*'] } },
    'unknown': { group: 'mcp-plattform', deny: { github: ['create_*'] } },
  },`
  change({ ...before, more: before.more + tests })
  const wrong = await run('check')
  t.match(wrong.stdout, /unknown group `mcp-plattform`/)
  change({
    ...before,
    more: before.more + tests.replace('plattform', 'platform'),
  })
  const broken = await run('check')
  t.match(
    broken.stdout,
    /does not hold: `github\/create_issue` is allowed to group `mcp-platform`/,
    broken.stderr,
  )
})

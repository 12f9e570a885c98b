// `gateway token` over a folder: what reaches whom, and what stays in the file.
// In: a config as data, a repository of git. Out: tap.

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { expireToken, writeEmpty } from '../../src/cli/tokens-file.ts'
import { formatToken, readTokenId } from '../../src/table/token.ts'
import { gateway } from '../harness/gateway.ts'
import { makeTeam } from '../harness/token-team.ts'

t.test('branches that issue, rotate and revoke merge', async (t) => {
  const { cwd, issue, token, read } = makeTeam(t)
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=x', '-c', 'user.email=x@y', ...args],
      { cwd, stdio: 'pipe' },
    )
  const commit = () => git('commit', '-qam', 'tokens')
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('commit', '-qm', 'begin')
  const [old, gone] = [await issue('old'), await issue('gone')]
  commit()
  git('checkout', '-qb', 'one')
  await issue('a')
  await issue('b')
  t.equal((await token(['rotate', old.id])).code, 0)
  commit()
  const starts = new Set(read().match(/(?<=^\[token\.)./gm))
  git('checkout', '-q', 'main')
  git('checkout', '-qb', 'two')
  t.equal((await token(['revoke', gone.id, '--reason', 'left'])).code, 0)
  commit()
  for (const subject of ['c', 'd']) {
    // Two of one beginning meet, once in 36: no fault of git's.
    while (starts.has((await issue(subject)).id.slice(0, 1))) {
      git('checkout', '-q', '.')
    }
    commit()
  }
  git('merge', '-q', '--no-edit', 'one')
  t.notMatch(read(), /^[<=>]{7}/m)
  t.match(read(), /^revoked = "\S+" # left$/m)
  const { code, stdout } = await token(['list', '--report', 'json'])
  t.equal(code, 0)
  t.equal(JSON.parse(stdout).length, 7)
})

t.test('a token that nobody was given is in no file', async (t) => {
  const { cwd, read } = makeTeam(t)
  const before = read()
  const who = '--subject ada --team docs'
  const bin = join(import.meta.dirname, '../../run/gateway.js')
  const shell = (rest: string) => {
    const line = `"${process.execPath}" "${bin}" token issue ${who} ${rest}`
    return gateway([], { cwd, command: ['sh', '-c', line] })
  }
  const full = await shell('> /dev/full')
  t.equal(full.code, 2)
  t.match(
    full.stderr,
    /could not be written to stdout \(ENOSPC\); nothing was recorded/,
  )
  const closed = await shell('| true')
  t.match(closed.stderr, /EPIPE\); nothing was recorded/)
  t.equal(read(), before)
})

t.test('the first record of all: 0600, and no CRLF of ours', async (t) => {
  const { tokens, issue, read } = makeTeam(t)
  const { id } = await issue('ada')
  t.match(read(), new RegExp(`^#${id.slice(0, 1)}\n\\[token.${id}\\]\n`, 'm'))
  writeFileSync(tokens, writeEmpty('\r\n'))
  await issue('ada')
  t.notMatch(read(), /[^\r]\n/)
  rmSync(tokens)
  await issue('ada')
  t.equal(statSync(tokens).mode & 0o777, 0o600)
  t.match(read(), /^#z$/m)
  t.ok(read().split('\n').length < 60, 'few lines beside the records')
})

t.test('rotate: the same access, a nearer end of the old one', async (t) => {
  const { issue, token, read, tokens } = makeTeam(t)
  const old = await issue('ada', '--tools', 'files/read_*', '--expires', '30d')
  const comment = read().replace(/^(expires = .*)$/m, '$1 # in May')
  writeFileSync(tokens, comment)
  const done = await token(['rotate', old.secret, '--overlap', '2h'])
  t.equal(done.code, 0, done.stderr)
  t.notOk(done.stderr.includes(old.secret.slice(17)))
  const id = readTokenId(done.stdout.trim())
  const list = async () => {
    const { stdout } = await token(['list', '--report', 'json'])
    const rows = JSON.parse(stdout) as Record<string, string>[]
    return new Map(rows.map((row) => [row.id, row]))
  }
  const rows = await list()
  const [was, is] = [rows.get(old.id), rows.get(id)]
  t.match(is, {
    subject: 'ada',
    team: 'docs',
    replaces: old.id,
    reach: was?.reach,
  })
  const left = Date.parse(was?.expires ?? '') - Date.now()
  t.ok(left > 7_100_000 && left <= 7_200_000, 'two hours')
  const life = Date.parse(is?.expires ?? '') - Date.parse(is?.created ?? '')
  t.equal(life, 30 * 86_400_000, 'as long a life')
  t.match(read(), /^expires = "\S+" # in May$/m)
  for (const [args, said] of [
    [[old.id], 'was already replaced'],
    [['nobodynobody'], 'unknown token'],
    [[id as string, '--overlap', 'soon'], 'not a time such as 24h'],
    [[id as string, '--expires', '91d'], 'beyond the config'],
  ] as const) {
    const { code, stdout, stderr } = await token(['rotate', ...args])
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, said)
  }
  await token(['revoke', id as string])
  t.match((await token(['rotate', id as string])).stderr, 'is revoked')
  const odd = '[token.a]\nexpires = 2026-01-01T00:00:00Z # x\n'
  t.equal(
    expireToken(odd, 'a', 'y'),
    odd.replace('2026-01-01T00:00:00Z', '"y"'),
  )
  t.equal(expireToken('[token.a]\n', 'a', 'y'), undefined)
})

t.test('revoke: an id that no record has', async (t) => {
  const { issue, read, token } = makeTeam(t)
  const { id } = await issue('ada')
  for (let i = 0; i < 4; i++) await issue(`other${i}`)
  const before = read()
  const swapped = `${id.slice(0, 10)}zz`
  for (const [given, said] of [
    [swapped, `did you mean \`${id}\` of ada?\n`],
    [id.slice(0, 8), `did you mean \`${id}\` of ada?\n`],
    ['ada', '`ada` is a subject: give --subject ada\n'],
    ['============', /`gateway token list` lists all \d+\n/],
  ] as const) {
    const { code, stdout, stderr } = await token(['revoke', given])
    t.equal(code, 1, given)
    t.equal(stdout, '')
    t.match(stderr, `has no token \`${given}\`; nothing was written\nhelp: `)
    t.match(stderr, said)
    t.match(stderr, /revoke a token of `tokens\.grants` by hand/)
  }
  t.equal(read(), before)
})

t.test('break-glass: an hour, and a reason', async (t) => {
  const { token, issue } = makeTeam(t)
  const who = ['issue', '--subject', 'a', '--role', 'writer']
  const glass = [...who, '--kind', 'break-glass']
  t.match((await token(glass)).stderr, 'needs a --reason')
  const why = ['--reason', 'INC-42']
  const long = await token([...glass, ...why, '--expires', '61m'])
  t.match(long.stderr, 'beyond the maximum of a break-glass token, 1 h')
  const { secret } = await issue('b', '--kind', 'break-glass', ...why)
  const { stdout } = await token(['inspect', '--report', 'json'], secret)
  const { created, expires, id } = JSON.parse(stdout)
  t.equal(Date.parse(expires) - Date.parse(created), 3_600_000)
  t.match((await token(['rotate', id])).stderr, 'for one emergency')
})

t.test('inspect: offline, and never from argv', async (t) => {
  const { cwd, token, issue } = makeTeam(t)
  const { secret, id } = await issue('ada', '--not-before', '1h')
  const inspect = (input: string, now?: number) =>
    token(['inspect'], `${input}\n`, now)
  const early = await inspect(secret)
  t.equal(early.code, 1)
  t.match(early.stdout, /^state +not yet$/m)
  const fine = await inspect(secret, Date.now() + 7_200_000)
  t.equal(fine.code, 0, fine.stdout)
  t.match(fine.stdout, /^checksum +right$/m)
  t.match(fine.stdout, /^tools +files\/list\npatterns +files\/read_\*$/m)
  t.notOk(fine.stdout.includes(secret.slice(17)))
  writeFileSync(join(cwd, 'secret'), secret)
  t.equal((await token(['inspect', 'secret'])).code, 1)
  const wrong = formatToken(id, new Uint8Array(32))
  t.match((await inspect(wrong)).stdout, 'belongs to another token')
  const other = formatToken('z'.repeat(12), new Uint8Array(32))
  t.match((await inspect(other)).stdout, 'no record of this id')
  t.match((await inspect(`${secret}x`)).stdout, /^state +malformed$/m)
  const argv = await token(['inspect', secret])
  t.equal(argv.code, 2)
  t.match(argv.stderr, 'write it to stdin')
  t.notOk(argv.stderr.includes(secret.slice(17)))
  const now = new Date(Date.now() + 1).toISOString()
  appendFileSync(join(cwd, 'gateway.revoked'), `team docs ${now}\n`)
  const late = await inspect(secret, Date.now() + 7_200_000)
  t.match(late.stdout, /^state +revoked$/m, 'on this host')
})

t.test('inspect a subject: every token of it, without one', async (t) => {
  const { token, issue } = makeTeam(t)
  const [one, two] = [await issue('ada'), await issue('ada')]
  await issue('bob')
  await token(['revoke', one.id])
  const ada = ['inspect', '--subject', 'ada']
  const told = await token(ada)
  t.equal(told.code, 0, 'one is good')
  t.equal(told.stdout.match(/^tools +files\/list$/gm)?.length, 2)
  await token(['revoke', two.id])
  const { code, stdout } = await token([...ada, '--report', 'json'])
  t.equal(code, 1)
  t.match(JSON.parse(stdout), [{ state: 'revoked' }, { state: 'revoked' }])
  const list = ['list', '--subject', 'bob', '--team', 'docs']
  t.match((await token(list)).stdout, /^ID .*\n\S+ +bob .*\n$/)
  t.match((await token([...ada.slice(0, 2), 'adda'])).stderr, '`ada`')
})

t.test('list: reach, last use, what is stale or ends soon', async (t) => {
  const { cwd, token, issue } = makeTeam(t)
  const ada = await issue('=ada', '--expires', '10d')
  const bob = await issue('bob', '--role', 'writer')
  const idle = await issue('idle')
  const DAY = 86_400_000
  const later = Date.now() + 5 * DAY
  const list = (...args: string[]) => token(['list', ...args], '', later)
  const stale = ['--stale', '3d', '--report', 'csv']
  t.equal((await list(...stale)).code, 2, 'no audit here')
  const record = (id: string, at: number, event = 'outcome') => {
    const ts = new Date(at).toISOString()
    return `${JSON.stringify({ ts, seq: 1, event, tokenId: id })}\n`
  }
  mkdirSync(join(cwd, 'audit'))
  const save = (name: string, ...lines: string[]) =>
    writeFileSync(join(cwd, 'audit', name), lines.join(''))
  save('gateway.jsonl', record(bob.id, later - DAY))
  const unsure = await list(...stale)
  t.match(unsure.stderr, /begins at 20.*2 more were used before/)
  t.equal(unsure.stdout.split('\r\n').length, 2, 'none for certain')
  save(
    'gateway.old.jsonl',
    record(bob.id, later - 4.5 * DAY),
    record(ada.id, later - 4 * DAY),
    record(idle.id, later - DAY, 'refusal'),
    'no record\n',
  )
  const known = await list(...stale)
  t.match(
    known.stdout,
    /^id,subject,team,roles,tools,expires,last use,state\r\n/,
  )
  t.match(known.stdout, `${ada.id},'=ada,docs,reader,1+1*,`)
  t.match(known.stdout, `${idle.id},idle,docs,reader,1+1*,`)
  t.notMatch(known.stdout, bob.id, 'used yesterday')
  const ending = await list('--expiring', '6d')
  t.match(ending.stdout, /^ID .*\n\S+ +=ada .*\n$/, 'ada alone')
  t.match((await list()).stdout, /bob +docs +writer +2\+1\* .* active\n/)
})

t.test('revoke: everything before an instant', async (t) => {
  const { token, issue, read } = makeTeam(t)
  await issue('a')
  await issue('b')
  const later = Date.now() + 10_000
  const before = (instant: number, ...more: string[]) => {
    const text = new Date(instant).toISOString()
    return token(['revoke', '--all-before', text, ...more], '', later)
  }
  t.equal((await before(later + 60_000)).code, 2, 'still to come')
  t.match((await before(later - 60_000)).stdout, /^$/, 'none so old')
  const one = await before(later, '--subject', 'a', '--reason', 'key leaked')
  t.equal(one.stdout.split('\n').length, 2, 'of this subject')
  t.match(read(), /^revoked = "\S+" # key leaked$/m)
  t.equal((await before(later)).stdout.match(/ revoked\n/g)?.length, 1)
  t.equal((await token(['revoke', '--token-file', 'x', '--team', 'y'])).code, 2)
})

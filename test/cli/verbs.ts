// From nothing to a revoked token, and the question to a running gateway.
// In: temporary folders, a listener that plays the admin's. Out: tap.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { deriveToken } from '../../src/runtime/base/key.ts'
import { readTokenId } from '../../src/table/token.ts'
import { gateway, makeFolder, runHere } from '../harness/gateway.ts'
import { UP } from '../harness/status.ts'

t.test('init → check → issue → list → revoke', async (t) => {
  const cwd = makeFolder(t, { '.gitignore': 'node_modules' })
  // Each verb once as a process, then without one of its own.
  const run = (...args: string[]) => gateway(args, { cwd })
  const runAgain = (...args: string[]) => runHere(args, { cwd })
  const tokens = join(cwd, 'gateway.tokens.toml')

  const init = await run('init')
  t.equal(init.code, 0, init.stderr)
  t.equal(
    init.stdout,
    'Next:\n  gateway check\n  gateway serve --dev\n' +
      '  gateway token issue --subject NAME --team everyone\n',
  )
  t.equal(
    readFileSync(join(cwd, '.gitignore'), 'utf8'),
    'node_modules\n.env\ngateway.key\ngateway.revoked\n/grants/\n/audit/\n',
  )
  const starter = readFileSync(join(cwd, 'gateway.config.ts'), 'utf8')
  const again = await runAgain('init')
  t.equal(again.code, 1)
  t.match(again.stderr, 'gateway.config.ts exists already')
  t.equal(readFileSync(join(cwd, 'gateway.config.ts'), 'utf8'), starter)

  const check = await run('check', '--strict')
  t.equal(check.code, 0, check.stdout + check.stderr)

  const who = ['--subject', 'alice', '--team', 'everyone']
  const issue = await run('token', 'issue', ...who, '--tools', 'files/read_*')
  t.equal(issue.code, 0, issue.stderr)
  t.match(issue.stdout, /^gwt_[a-z0-9]{12}_[0-9A-Za-z]{49}\n$/)
  const token = issue.stdout.trim()
  const id = readTokenId(token) as string
  t.match(issue.stderr, id)
  t.notMatch(issue.stderr, token, 'the token is on stdout alone')
  t.match(issue.stderr, '"url": "http://127.0.0.1:4600/mcp"')
  const text = readFileSync(tokens, 'utf8')
  const sha256 = createHash('sha256').update(token).digest('hex')
  t.match(text, `[token.${id}]\nsubject = "alice"`)
  t.match(text, sha256)
  t.notMatch(text, token.slice(-49))
  t.match(text, 'tools = { files = ["read_*"] }')

  const checked = await runAgain('check', '--strict')
  t.equal(checked.code, 0, checked.stdout)
  const ci = ['--subject', 'nightly', '--kind', 'ci', '--role', 'editor']
  const second = await runAgain('token', 'issue', ...ci, '--expires', '12h')
  t.equal(second.code, 0, second.stderr)

  const list = await run('token', 'list')
  t.equal(list.code, 0, list.stderr)
  t.match(
    list.stdout,
    /^ID +SUBJECT +TEAM +ROLES +TOOLS +EXPIRES +LAST USE +STATE\n/,
  )
  t.match(
    list.stdout,
    new RegExp(`^${id} +alice +everyone +reader .*active$`, 'm'),
  )
  const json = await runAgain('token', 'list', '--report', 'json')
  const rows = JSON.parse(json.stdout) as { subject: string; state: string }[]
  t.strictSame(
    rows.map(({ subject, state }) => [subject, state]),
    [
      ['alice', 'active'],
      ['nightly', 'active'],
    ],
  )

  const typo = await runAgain('token', 'revoke', `${id.slice(0, -1)}_`)
  t.equal(typo.code, 1)
  t.match(typo.stderr, `did you mean \`${id}\``)
  const before = readFileSync(tokens, 'utf8')
  const revoke = await run('token', 'revoke', '--subject', 'alice')
  t.equal(revoke.code, 0, revoke.stderr)
  t.equal(revoke.stdout, `${id} revoked\n`)
  t.match(revoke.stderr, 'within a second')
  const after = readFileSync(tokens, 'utf8')
  t.equal(after.replace(/\nrevoked = ".+?"/, ''), before)
  const listed = await runAgain('token', 'list')
  t.match(listed.stdout, new RegExp(`^${id} .*revoked$`, 'm'))
  const twice = await runAgain('token', 'revoke', id)
  t.equal(twice.code, 0)
  t.equal(twice.stdout, `${id} was revoked already\n`)
  t.equal(readFileSync(tokens, 'utf8'), after)

  writeFileSync(join(cwd, 'gateway.config.ts'), 'export default {')
  const broken = await run('token', 'revoke', '--subject', 'nightly')
  t.equal(broken.code, 1, 'written, but no gateway follows yet')
  t.match(broken.stderr, 'the config has errors')
  t.match(broken.stderr, 'NOT YET IN EFFECT')
  const refused = await runAgain('token', 'issue', ...who)
  t.equal(refused.code, 1)
  t.equal(refused.stdout, '')
})

t.test('issue refuses what the config does not know', async (t) => {
  const cwd = makeFolder(t)
  await runHere(['init'], { cwd })
  const { code, stdout, stderr } = await runHere(
    [
      ...['token', 'issue', '--subject', 'a\nb', '--team', 'everyon'],
      ...['--role', 'raeder', '--tools', 'file/read_*', '--tools', 'files/{a}'],
      ...['--tools', 'files', '--tools', 'constructor/a', '--expires', '91d'],
    ],
    { cwd },
  )
  t.equal(code, 1)
  t.equal(stdout, '')
  for (const said of [
    '--subject must be',
    'unknown team `everyon`; did you mean `everyone`?',
    'unknown role `raeder`; did you mean `reader`?',
    'unknown server `file`; did you mean `files`?',
    'unknown server `constructor`',
    'patterns are literal characters and *',
    'is not SERVER/PATTERN',
    "beyond the config's tokens.maxAge, 90 d",
    'nothing was written',
  ]) {
    t.match(stderr, said)
  }
  t.notMatch(readFileSync(join(cwd, 'gateway.tokens.toml'), 'utf8'), '[')
  const nobody = await runHere(['token', 'issue', '--subject', 'a'], { cwd })
  t.equal(nobody.code, 1)
  t.match(nobody.stderr, 'give one')
})

t.test('status: what the admin listener says', async (t) => {
  const key = Buffer.alloc(32, 7)
  const told = { status: UP, code: 200 }
  const server = createServer(({ url, headers }, response) => {
    const bearer = `Bearer ${deriveToken(key, 'admin')}`
    const known = url === '/status' && headers.authorization === bearer
    response.writeHead(known ? told.code : 401).end(JSON.stringify(told.status))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const config = `import { defineGateway, stdio } from 'portcullis'
export default defineGateway({
  admin: { port: ${port} },
  servers: { files: stdio({ command: 'files-server' }) },
})`
  const cwd = makeFolder(t, { 'gateway.config.ts': config })
  const run = (...args: string[]) => runHere(['status', ...args], { cwd })

  const keyless = await run()
  t.equal(keyless.code, 2)
  t.match(keyless.stderr, 'gateway serve')
  writeFileSync(join(cwd, 'gateway.key'), `${key.toString('base64url')}\n`)
  const up = await run()
  t.equal(up.code, 0, up.stderr)
  t.match(up.stdout, /^state +ready, up /m)
  t.match(up.stdout, /^files +stdio +up +14 /m)
  for (const line of [
    /^table +abababababab, since \S+Z, git (?:cd){20}$/m,
    /^reloads +1 accepted, 0 rejected; the last accepted at /m,
    /^ +key takes effect at the next start$/m,
    /^files: tools\/list: it took too long$/m,
    /^files: 3 messages dropped: no request matches them$/m,
    /^ann\ufffd\[2J \(a{12}\) +- +files\/read_file +7 +1$/m,
    /^each +token x +9 of 10 +54 s$/m,
    /^at-once +all +4 of 4 +when calls have ended$/m,
    /^tokens +15 good, 2 expiring, 1 revoked$/m,
    /^audit +\S+, records 15, position 123, lag 0\.4 ms$/m,
    /^ +failed writes 1, the last at \S+: ENOSPC/m,
    /^traces +spans 12 exported, 3 dropped, 1 queued$/m,
    /^ +failed exports 2, the last: ECONNREFUSED$/m,
    /^files: client gw of https:\/\/id\.example\.com: its token has no known end$/m,
  ]) {
    t.match(up.stdout, line)
  }
  const json = await run('--report', 'json')
  t.strictSame(JSON.parse(json.stdout), UP)

  told.status = {
    ...UP,
    servers: [{ ...UP.servers[0]!, state: 'down', reason: 'gone\x1b[2J' }],
    rejected: { at: UP.startedAt, digest: null, findings: ['GW3001 no'] },
  }
  const down = await run()
  t.equal(down.code, 1)
  t.match(down.stdout, 'files: gone\ufffd[2J')
  t.match(down.stdout, 'GW3001 no')

  const [files] = UP.servers
  for (const [state, code] of Object.entries({
    idle: 0,
    starting: 0,
    up: 0,
    disabled: 0,
    down: 1,
    unauthorized: 1,
    failing: 1,
  })) {
    told.status = { ...UP, servers: [{ ...files!, state: state as 'up' }] }
    const { code: exit, stdout } = await run()
    t.equal(exit, code, state)
    t.match(stdout, new RegExp(`^files +stdio +${state} `, 'm'))
  }
  told.status = { ...UP, ready: false }

  const url = `http://127.0.0.1:${port}`
  const given = ['status', '--gateway', url, '--token-file', '-']
  const own = await runHere(given, {
    cwd: makeFolder(t),
    input: `${deriveToken(key, 'admin')}\n`,
  })
  t.equal(own.code, 1, 'it is not ready, and neither config nor key is here')
  const wrong = await runHere(given, { cwd, input: 'wrong' })
  t.equal(wrong.code, 2)
  t.match(wrong.stderr, 'does not accept')
  t.notMatch(wrong.stderr, 'wrong')

  server.close()
  const gone = await run()
  t.equal(gone.code, 1)
  t.match(gone.stderr, /no gateway answers.*ECONNREFUSED/)
  t.match(gone.stderr, '`gateway serve`')
  t.match(gone.stderr, /, the address in the config\n/)
  t.match(
    gone.stderr,
    /started before `admin` was edited, or with --admin-port/,
  )
  const named = await runHere(given, { cwd, input: 'x' })
  t.notMatch(named.stderr, /the config says|`admin`/, 'no config was asked')
})

t.test('a whole token pasted into revoke is never said again', async (t) => {
  const cwd = makeFolder(t)
  await runHere(['init'], { cwd })
  const who = ['--subject', 'ada', '--team', 'everyone']
  const issued = await runHere(['token', 'issue', ...who], { cwd })
  const token = issued.stdout.trim()
  const revoked = await runHere(['token', 'revoke', token], { cwd })
  t.equal(revoked.code, 0, revoked.stderr)
  const said = revoked.stdout + revoked.stderr
  t.match(said, new RegExp(`${token.split('_')[1]} revoked`))
  t.notOk(said.includes(token.slice(17)))
  const odd = await runHere(['token', 'revoke', `${token}x`], { cwd })
  t.equal(odd.code, 2)
  t.notOk(odd.stderr.includes(token.slice(17)))
})

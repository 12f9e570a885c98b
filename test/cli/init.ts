// `gateway init`: what it asks at a terminal, what flags do in its place, and
// that what it writes survives a clone. And what `check` says of files that git
// tracks and should not. Covers src/cli.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { parse } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { bin, makeFolder, makeIo, root, runHere } from '../harness/gateway.ts'
import { readIfThere, runAtHome } from '../harness/imported.ts'

const CLIENTS = {
  '.cursor/mcp.json': JSON.stringify({
    mcpServers: {
      github: {
        url: 'https://api.githubcopilot.com/mcp/',
        headers: { Authorization: 'Bearer ghp_EXAMPLEexample0123456789' },
      },
    },
  }),
  '.codex/config.toml': '[mcp_servers.docs]\ncommand = "docs"\n',
  '.claude.json': '{ "mcpServers": {',
  '.config/Code/User/mcp.json': '{ "servers": {} }',
}

const git = (cwd: string, ...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@y', ...args], {
    cwd,
    stdio: 'pipe',
  })

/** As at a terminal: both sides are one. */
async function initAtTerminal(cwd: string, home: string, input: string) {
  const io = makeIo(cwd)
  const env = { HOME: home, USER: 'Grace' }
  const [stdin, stderr] = [io.stdin, io.stderr].map((stream) =>
    Object.assign(stream, { isTTY: true, columns: 160 }),
  )
  io.stdin.end(input)
  const told = Object.assign({}, io, { env, stdin, stderr })
  const code = await run(['init'], told)
  io.stdout.end()
  io.stderr.end()
  return { code, stdout: await text(io.stdout), stderr: await text(io.stderr) }
}

t.test('at a terminal', async (t) => {
  const home = makeFolder(t, CLIENTS)
  const yes = makeFolder(t)
  const first = await initAtTerminal(yes, home, '\nread\ngithub\ny\n')
  t.equal(first.code, 0, first.stderr)
  for (const said of [
    /^not offered: ~\/\.claude\.json: the file ends/m,
    /^ {2}~\/\.cursor\/mcp\.json \(mcpServers\): github$/m,
    /^ {2}~\/\.codex\/config\.toml \(Codex\): docs$/m,
    /Write their servers to the config\? \[YES\/no\] /,
    /Which tools may everybody use: .* \[ALL\/read\] /,
    /Write a CI job that judges pull requests\? \[github\/gitlab\/NO\] /,
    /Issue a token for grace now\? It is printed once\. \[yes\/NO\] /,
  ]) {
    t.match(first.stderr, said)
  }
  t.match(first.stdout, /^gwt_[a-z0-9]{12}_[0-9A-Za-z]{49}$/m)
  t.match(
    readIfThere(yes, 'gateway.config.ts'),
    /docs: \{ allow: \{ docs: \['get_\*'/,
  )
  t.match(readIfThere(yes, 'gateway.tokens.toml'), /subject = "grace"\n/)
  t.match(readIfThere(yes, '.env.example'), /^GITHUB_TOKEN=$/m)
  const job = parse(readIfThere(yes, '.github/workflows/gateway.yml'))
  t.strictSame(job.permissions, { contents: 'read' })

  const no = makeFolder(t)
  const second = await initAtTerminal(no, home, 'n\nx\nx\nx\n')
  t.equal(second.code, 0, second.stderr)
  t.equal(second.stderr.match(/judges pull requests/g)?.length, 3, 'patience')
  t.match(readIfThere(no, 'gateway.config.ts'), 'server-filesystem')
  t.notOk(existsSync(join(no, '.github')))
  t.notMatch(second.stdout, 'gwt_')

  const silent = makeFolder(t)
  const third = await initAtTerminal(silent, home, '')
  t.equal(third.code, 0, 'the end of the input is the usual answer')
  t.match(readIfThere(silent, 'gateway.config.ts'), 'githubcopilot')
})

t.test('in a real terminal', async (t) => {
  const cwd = makeFolder(t)
  const line = `'${process.execPath}' '${bin}' init`
  const printed = execFileSync('script', ['-qec', line, '/dev/null'], {
    cwd,
    input: 'gitlab\nno\n',
    env: { PATH: process.env.PATH, HOME: cwd, USER: 'grace' },
  })
  t.match(printed.toString(), /Write a CI job/)
  t.match(readIfThere(cwd, '.gitlab-ci.yml'), /merge_request_event/)
})

t.test('flags do the same, and nothing is asked', async (t) => {
  const home = makeFolder(t, CLIENTS)
  const cwd = makeFolder(t, { '.gitlab-ci.yml': 'test: {}\n' })
  mkdirSync(join(cwd, '.git'))
  const plain = makeFolder(t)
  const starter = await runAtHome(['init'], plain, { home })
  t.equal(starter.code, 0)
  t.match(
    starter.stderr,
    /files of MCP clients are here: ~\/\.cursor\/mcp\.json, ~\//,
  )
  t.match(readIfThere(plain, 'gateway.config.ts'), 'server-filesystem')

  const flags = ['--import', '--ci', 'gitlab', '--token', 'ada', '--yes']
  const broken = await runAtHome(['init', ...flags], cwd, { home })
  t.equal(broken.code, 0, broken.stderr)
  t.match(broken.stderr, /not offered: ~\/\.claude\.json/)
  t.match(
    broken.stderr,
    /add to \.gitlab-ci\.yml: include: \[\{ local: \.gitlab\/gateway\.yml \}\]/,
  )
  t.equal(readIfThere(cwd, '.gitlab-ci.yml'), 'test: {}\n')
  t.match(parse(readIfThere(cwd, '.gitlab/gateway.yml')), {
    gateway: { script: Array },
  })
  t.match(broken.stdout, /^gwt_/m)

  const none = makeFolder(t)
  const nothing = await runAtHome(['init', '--import'], none)
  t.equal(nothing.code, 1)
  t.match(nothing.stderr, 'no server was found to import; nothing was written')
  t.notOk(existsSync(join(none, 'gateway.config.ts')))
  const named = ['init', '--import', join(home, '.claude.json')]
  const unread = await runAtHome(named, none, { home })
  t.equal(unread.code, 1)
  t.match(unread.stderr, /^error: ~\/\.claude\.json:1:\d+: /m)
  t.notOk(existsSync(join(none, 'gateway.config.ts')))
})

t.test('a job below the top of its repository', async (t) => {
  const top = makeFolder(t)
  mkdirSync(join(top, '.git'))
  for (const [host, file] of [
    ['github', '.github/workflows/gateway.yml'],
    ['gitlab', '.gitlab-ci.yml'],
  ] as const) {
    const cwd = join(top, `tools of ${host}`)
    mkdirSync(cwd)
    const { code } = await runHere(['init', '--ci', host], { cwd })
    t.equal(code, 0)
    const job = parse(readIfThere(top, file))
    t.match(JSON.stringify(job), `tools of ${host}`)
    const again = join(top, `again ${host}`)
    mkdirSync(again)
    await runHere(['init', '--ci', host], { cwd: again })
    t.strictSame(parse(readIfThere(top, file)), job, 'an existing file stays')
  }
  const actions = /actions\/[\w-]+@[\da-f]{40} # v[\d.]+/g
  const example = readFileSync(
    join(root, 'examples/ci-github/.github/workflows/gateway.yml'),
    'utf8',
  )
  const written = readIfThere(top, '.github/workflows/gateway.yml')
  for (const action of written.match(actions) ?? []) {
    t.match(example, action, 'the same pin as the example')
  }
})

t.test('a clone is whole; what git must not track is found', async (t) => {
  const cwd = makeFolder(t)
  const check = (folder: string) =>
    runHere(['check', '--strict'], { cwd: folder })
  await runHere(['init'], { cwd })
  git(cwd, 'init', '-q')
  for (const name of ['gateway.key', 'gateway.revoked', '.env']) {
    writeFileSync(join(cwd, name), 'GITHUB_TOKEN=x\n')
  }
  mkdirSync(join(cwd, 'audit'))
  writeFileSync(join(cwd, 'audit/gateway.jsonl'), '{}\n')
  git(cwd, 'add', '-A')
  git(cwd, 'commit', '-qm', 'begin')
  const clone = join(makeFolder(t), 'clone')
  git(cwd, 'clone', '-q', '.', clone)
  t.ok(existsSync(join(clone, 'docs/welcome.md')))
  t.notOk(existsSync(join(clone, 'gateway.key')))
  const fine = await check(cwd)
  t.equal(fine.code, 0, fine.stdout)
  t.equal((await check(clone)).code, 0)

  git(cwd, 'add', '-f', 'gateway.key', 'audit')
  const tracked = await check(cwd)
  t.equal(tracked.code, 1)
  t.match(
    tracked.stdout,
    /GW6004 .*git tracks `audit\/gateway\.jsonl`, `gateway\.key`\n/,
  )
  git(cwd, 'rm', '-q', '--cached', '-r', 'gateway.key', 'audit')
  git(cwd, 'add', '-f', '.env')
  t.equal((await check(cwd)).code, 0, 'no secret of the config is in it')
  const config = readIfThere(cwd, 'gateway.config.ts')
  const env =
    "env: { T: { secret: 'env:GITHUB_TOKEN' } },\n      command: 'npx'"
  writeFileSync(
    join(cwd, 'gateway.config.ts'),
    config.replace("command: 'npx'", env),
  )
  t.match((await check(cwd)).stdout, /git tracks `\.env`/)
  writeFileSync(join(cwd, '.env'), 'GITHUB_TOKEN=\n')
  t.equal((await check(cwd)).code, 0, 'it has no value')
})

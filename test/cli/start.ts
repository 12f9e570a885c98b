// The two commands of the README, as a stranger runs them: a copy of what git
// holds, `npm run prepare`, `npm start`, and real clients of both eras on the
// real servers. The real `npm ci` from a fresh clone is CI's first step.
// What was built here is in the copy, so that the compiler need not begin anew.

import { execFile, execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../harness/gateway.ts'
import { serveFolder } from '../harness/process.ts'
import { CLIENTS, connect, readRecords } from '../harness/served.ts'

t.test('npm run prepare, npm start, in a copy', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  copyProject(folder)
  // What a build must make anew.
  rmSync(join(folder, 'dist/src/load/realm/program.js'))
  await promisify(execFile)('npm', ['run', 'prepare'], { cwd: folder })

  const npm = ['npm', 'start', '--silent', '--']
  const served = await serveFolder(t, folder, [], {}, npm)
  const { url, token } = served
  t.match(token, /^gwt_[a-z0-9]{12}_[0-9A-Za-z]{49}$/)
  const snippet = /\{\n[\s\S]*\n\}/.exec(served.stdout())?.[0] ?? ''
  t.match(JSON.parse(snippet), {
    mcpServers: {
      gateway: {
        type: 'http',
        url,
        headers: { Authorization: `Bearer ${token}` },
      },
    },
  })

  const note = readFileSync(join(root, 'examples/files/welcome.md'), 'utf8')
  for (const kind of CLIENTS) {
    const client = await connect(t, kind, url, token)
    const names = await client.names()
    t.ok(names.includes('everything__echo'), `${kind} lists everything`)
    t.ok(names.includes('files__read_text_file'), `${kind} lists files`)
    t.equal(
      await client.call('everything__echo', { message: 'hello' }),
      'Echo: hello',
      kind,
    )
    const path = join(folder, 'examples/files/welcome.md')
    t.equal(await client.call('files__read_text_file', { path }), note, kind)
    t.match(
      await client.call('files__read_text_file', { path: '/etc/hostname' }),
      /Access denied/,
      `${kind}: the folder is all there is`,
    )
  }
  await served.stop('SIGINT')
  const records = readRecords(join(folder, 'audit/dev.jsonl'))
  const versions = new Set(records.map(({ protocol }) => protocol))
  t.ok(versions.has('2025-11-25') && versions.has('2026-07-28'), 'both eras')
  const calls = records.filter(({ method }) => method === 'tools/call')
  t.equal(
    calls.filter(({ event }) => event === 'intent').length,
    3 * CLIENTS.length,
  )
  t.equal(
    calls.filter(({ event }) => event === 'outcome').length,
    3 * CLIENTS.length,
  )
})

t.test('what npm packs works where it is installed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const run = promisify(execFile)
  const pack = ['pack', '--ignore-scripts', '--silent', root]
  const { stdout: file } = await run('npm', pack, { cwd: folder })
  await run('tar', ['-xzf', file.trim()], { cwd: folder })
  const own = join(folder, 'node_modules/portcullis')
  mkdirSync(join(folder, 'node_modules'))
  renameSync(join(folder, 'package'), own)
  symlinkSync(join(root, 'node_modules'), join(own, 'node_modules'))
  const { bin: names } = JSON.parse(
    readFileSync(join(own, 'package.json'), 'utf8'),
  )
  t.same(Object.keys(names), ['gateway', 'portcullis'], 'two names')
  t.equal(names.portcullis, names.gateway, 'of one command')
  const bin = join(own, names.portcullis)
  for (const verb of ['init', 'check']) {
    await run(process.execPath, [bin, verb], { cwd: folder })
  }
  const packed = readdirSync(own, { recursive: true }).map(String)
  for (const name of ['schema/gateway.schema.json', 'docs/operations.md']) {
    t.ok(packed.includes(name), name)
  }
  t.notOk(packed.some((name) => /^(src|test|dist.test|bench)/.test(name)))
})

/** What git holds, and what was built of it: the compiler goes on from there
 * when it finds the modules, which it knows by their places. */
function copyProject(folder: string): void {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root },
  )
  const archive = execFileSync('tar', ['-c', '--null', '-T', '-'], {
    cwd: root,
    input: listed,
    maxBuffer: 2 ** 30,
  })
  execFileSync('tar', ['-x'], { cwd: folder, input: archive })
  execFileSync('cp', ['-R', join(root, 'dist'), folder])
  const modules = join(root, 'node_modules')
  symlinkSync(modules, join(folder, 'node_modules'))
  const state = join(folder, 'dist/tsconfig.tsbuildinfo')
  const here = relative(join(folder, 'dist'), modules)
  const text = readFileSync(state, 'utf8')
  writeFileSync(state, text.replaceAll('"../node_modules/', `"${here}/`))
}

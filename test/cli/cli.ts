// The verbs as a user runs them: exit codes, streams, help, offline.
// In: temporary folders and test/golden. Out: tap.
// Covers src/cli.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadVerbs } from '../../src/cli/run.ts'
import type { Verb } from '../../src/cli/verb.ts'
import { bin, gateway, makeFolder, root, runHere } from '../harness/gateway.ts'

const GREEN = `import { defineGateway, stdio } from 'portcullis'
export default defineGateway({
  servers: { files: stdio({ command: 'files-server' }) },
  roles: { reader: { allow: { files: ['read_*'] } } },
})
`
const RED = GREEN.replace('files: [', 'fils: [')

/** Cases of test/golden; test/compile/compile.ts holds every detail of them. */
const BROKEN = [
  'misspelt-server',
  'misspelt-role',
  'misspelt-key',
  'wrong-type',
  'extends-circle',
  'exposed-collision',
  'credential-literal',
  'two-configs',
  'syntax-error',
  'endless-loop',
  'process-exit',
  'reads-file',
  'not-plain-data',
]

const preload = join(import.meta.dirname, '../harness/no-network.js')
const sealed = [process.execPath, '--import', preload, bin]

async function listVerbs(): Promise<readonly (readonly [string[], Verb])[]> {
  return (await loadVerbs()).flatMap((one): (readonly [string[], Verb])[] =>
    'verbs' in one
      ? one.verbs.map((verb) => [[one.name, verb.name], verb])
      : [[[one.name], one]],
  )
}

t.test('check: 0 fine, 1 not fine, 2 no answer', async (t) => {
  const green = makeFolder(t, { 'gateway.config.ts': GREEN })
  const fine = await gateway(['check'], { cwd: green })
  t.equal(fine.code, 0, fine.stdout + fine.stderr)
  t.match(fine.stdout, /OK\./)
  t.match(fine.stdout, /No tests\./)
  t.equal(fine.stderr, '')

  writeFileSync(join(green, 'gateway.config.ts'), RED)
  const red = await gateway(['check'], { cwd: green })
  t.equal(red.code, 1, red.stderr)
  t.match(red.stdout, /gateway\.config\.ts:4:\d+ {2}GW3001/)
  t.match(red.stdout, /did you mean `files`/)
  const json = await runHere(['check', '--report', 'json'], { cwd: green })
  t.equal(json.code, 1)
  t.match(JSON.parse(json.stdout), { formatVersion: 1, exit: 1 })

  const empty = await runHere(['check'], { cwd: makeFolder(t) })
  t.equal(empty.code, 2)
  const named = await runHere(['check', '--config', 'nowhere.ts'], {
    cwd: green,
  })
  t.equal(named.code, 2)
})

t.test('check: no environment, no socket', async (t) => {
  const cwd = makeFolder(t, { 'gateway.config.ts': GREEN })
  const fine = await gateway(['check'], { cwd, env: {}, command: sealed })
  t.equal(fine.code, 0, fine.stdout + fine.stderr)
  const script = join(cwd, 'dial.mjs')
  writeFileSync(script, "import net from 'node:net'\nnet.connect(9)\n")
  const caught = await gateway([], {
    cwd,
    env: {},
    command: [process.execPath, '--import', preload, script],
  })
  t.equal(caught.code, 99, 'the preload can see a socket')
})

const traces = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'])
const skip = traces.status === 0 ? false : 'strace is not here, or may not'

t.test('check: no socket, as the kernel sees it', { skip }, async (t) => {
  const cwd = makeFolder(t, { 'gateway.config.ts': GREEN })
  const trace = join(cwd, 'trace')
  const calls = ['-f', '-qq', '-e', 'trace=socket,connect,bind', '-o', trace]
  const strace = ['strace', ...calls, process.execPath]
  const fine = await gateway(['check'], {
    cwd,
    env: {},
    command: [...strace, bin],
  })
  t.equal(fine.code, 0, fine.stdout + fine.stderr)
  // libc asks nscd, where there is one, for the home folder of the user.
  t.notMatch(readFileSync(trace, 'utf8'), /AF_INET|connect\((?!.*nscd)/)
  const dial = "require('net').connect(9).on('error', () => {})"
  await gateway(['-e', dial], { cwd, command: strace })
  t.match(readFileSync(trace, 'utf8'), /AF_INET/, 'the trace can see a socket')
})

t.test('broken configs end with 1, whatever breaks them', async (t) => {
  t.jobs = 2
  for (const name of BROKEN) {
    t.test(name, async (t) => {
      const cwd = join(root, 'test/golden', name)
      const expected = readFileSync(join(cwd, 'expect.json'), 'utf8')
      const { code, stdout, stderr } = await runHere(['check'], { cwd })
      t.equal(code, 1, stdout + stderr)
      t.match(stdout, /^\d+ errors?, .*Not OK\./m)
      for (const { code } of JSON.parse(expected)) t.match(stdout, code)
    })
  }
})

t.test('help: what each verb touches, and its exit codes', async (t) => {
  const all = await runHere(['--help'])
  t.equal(all.code, 0)
  for (const [path, verb] of await listVerbs()) {
    t.match(all.stdout, new RegExp(`^ {2}${path[0]} `, 'm'))
    const { code, stdout, stderr } = await runHere([...path, '--help'])
    const name = path.join(' ')
    t.equal(code, 0, name)
    t.equal(stderr, '', name)
    for (const word of ['Reads:', 'Writes:', 'Contacts:', 'Exit codes:']) {
      t.match(stdout, word, `${name} ${word}`)
    }
    for (const digit of [0, 1, 2]) {
      t.match(stdout, new RegExp(`^ {2}${digit} {2}\\S`, 'm'), name)
    }
    t.equal(verb.help.exits.length, 3, name)
  }
})

t.test('wrong usage: 2, on stderr, with a suggestion', async (t) => {
  for (const [args, said] of [
    [['chekc'], /unknown command 'chekc'\n\(Did you mean check\?\)/],
    [['check', '--strcit'], /unknown option.*\n\(Did you mean --strict\?\)/],
    [['token', 'isue'], /Did you mean issue\?/],
    [['token'], /Usage: gateway token/],
    [[], /Usage: gateway/],
    [['check', '--report', 'jsno'], /No such form\. did you mean `json`\?/],
    [['check', 'extra'], /too many arguments/],
    [['token', 'issue'], /--subject/],
    [['token', 'revoke'], /an ID, a --subject, a --team or an instant/],
    [['toString'], /unknown command/],
  ] as const) {
    const { code, stdout, stderr } = await runHere(args)
    t.equal(code, 2, args.join(' '))
    t.equal(stdout, '', args.join(' '))
    t.match(stderr, said)
  }
  const { code, stdout } = await gateway(['--version'], { cwd: root })
  t.equal(code, 0)
  const file = readFileSync(join(root, 'package.json'), 'utf8')
  t.equal(stdout, `${JSON.parse(file).version}\n`)
})

t.test('a reader that closes early is no fault', async (t) => {
  const script = `("${process.execPath}" "${bin}" --help; echo $? >&2) | true`
  const { stderr } = await gateway([], {
    cwd: root,
    command: ['sh', '-c', script],
  })
  t.equal(stderr, '0\n')
})

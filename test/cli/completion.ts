// What is completed in a shell: from the commands, from the config, and in the
// real shells that are here. Covers src/cli.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadVerbs } from '../../src/cli/run.ts'
import { bin, makeFolder, runHere } from '../harness/gateway.ts'
import { lockText } from '../harness/lock.ts'
import { issue } from '../harness/served.ts'

const ada = issue({ subject: 'ada', roles: ['reader'] })

const CONFIG = JSON.stringify({
  servers: { files: { type: 'http', url: 'https://files.example.com/mcp' } },
  roles: { reader: { allow: { files: ['*'] } } },
  teams: { platform: { roles: ['reader'] } },
  tokens: { grants: { [ada.id]: ada.record } },
})

const LOCK = lockText({ files: { read_file: {} } })

async function ask(cwd: string, ...words: readonly string[]) {
  const { code, stdout, stderr } = await runHere(
    ['completion', '--words', '--', ...words],
    { cwd },
  )
  if (code !== 0 || stderr !== '') throw new Error(stderr)
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0] ?? '')
}

t.test('verbs, flags and values are those of the commands', async (t) => {
  const cwd = makeFolder(t)
  const verbs = await loadVerbs()
  t.same(
    await ask(cwd, ''),
    verbs.map(({ name }) => name),
  )
  for (const one of verbs) {
    if (!('verbs' in one)) continue
    t.same(
      await ask(cwd, one.name, ''),
      one.verbs.map(({ name }) => name),
    )
  }
  for (const words of [['check'], ['token', 'issue'], ['audit', 'query']]) {
    const { stdout } = await runHere([...words, '--help'], { cwd })
    const told = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)]
    const flags = told.map(([, flag = '']) => flag)
    t.ok(flags.length > 4)
    t.same((await ask(cwd, ...words, '--')).sort(), [...flags].sort())
  }
  t.same(await ask(cwd, 'ch'), ['check'])
  t.same(await ask(cwd, 'check', '--strict', '--str'), [], 'only once')
  t.same(await ask(cwd, 'check', '--report', 'sa'), ['sarif'])
  t.same(await ask(cwd, 'check', '--report=sa'), ['--report=sarif'])
  t.same(await ask(cwd, 'audit', 'query', '--decision', 'denied', 'li'), [
    'limited',
  ])
  t.same(await ask(cwd, 'completion', ''), ['bash', 'zsh', 'fish'])
  t.same(await ask(cwd, 'check', '--config', ''), [':files'])
  t.same(await ask(cwd, 'check', '--cwd', ''), [':folders'])
  t.same(await ask(cwd, 'nonsense', 'x', '--y', ''), [])
})

t.test('names are those of the config', async (t) => {
  const cwd = makeFolder(t, {
    'gateway.config.json': CONFIG,
    'gateway.lock.json': LOCK,
  })
  t.same(await ask(cwd, 'lock', ''), ['files'])
  t.same(await ask(cwd, 'token', 'issue', '--team', ''), ['platform'])
  t.same(await ask(cwd, 'token', 'rotate', ''), [ada.id])
  t.same(await ask(cwd, 'explain', ''), [
    ...['ada', 'reader', 'platform'],
    ...(await ask(cwd, 'explain', 'GW')),
  ])
  t.match(await ask(cwd, 'explain', 'GW300'), ['GW3001', 'GW3002'])
  t.same(await ask(cwd, 'explain', 'ada', ''), ['files/read_file'])
  t.same(await ask(cwd, 'connect', 'fi'), ['files'])
  t.same(await ask(cwd, 'connect', 'curs'), ['cursor'])
  const there = makeFolder(t)
  t.same(await ask(there, 'lock', '--cwd', cwd, 'f'), ['files'])
  const broken = makeFolder(t, { 'gateway.config.json': '{' })
  t.same(await ask(broken, 'lock', ''), [], 'no config, no names, no message')
})

t.test('no name can become a command of a shell', async (t) => {
  const hostile = [
    ...['a$(id)', 'b`id`', "c';id;'", 'd e', 'f;id', 'g\nid', 'h|id', 'i&id'],
    ...['k>x', 'l"', 'm\\', 'n*', 'o?', 'p[a]', 'q{a,b}', 'r!x', 's#', 't~'],
    ...['u\x1b[2J', 'v\u202ew', 'w\ufffdx', '\tx'],
  ]
  const names = ['read_file', 'über.lesen:1', ...hostile]
  const tools = Object.fromEntries(names.map((name) => [name, {}]))
  const cwd = makeFolder(t, {
    'gateway.config.json': CONFIG,
    'gateway.lock.json': lockText({ files: tools }),
  })
  t.same(await ask(cwd, 'explain', 'ada', 'files/'), [
    'files/read_file',
    'files/über.lesen:1',
  ])
  t.same(await ask(cwd, 'call', 'files/a'), [])
})

/** Runs the script of a shell and then `code`, with `gateway` in PATH. */
function inShell(t: Test, shell: string, code: string) {
  const folder = makeFolder(t, { 'gateway.config.json': CONFIG })
  const wrapper = `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`
  writeFileSync(join(folder, 'gateway'), wrapper, { mode: 0o755 })
  const { CI: _, ...env } = process.env
  const { stdout, stderr, error } = spawnSync(
    shell,
    [...(shell === 'zsh' ? ['-f'] : []), '-c', code],
    {
      cwd: folder,
      env: { ...env, PATH: `${folder}:${process.env.PATH}` },
      encoding: 'utf8',
    },
  )
  return error ? undefined : { stdout, stderr }
}

const SHELLS = {
  bash: `eval "$(gateway completion bash)"
line() { COMP_LINE="$1" COMP_POINT=\${#1}; shift; COMP_WORDS=("$@")
COMP_CWORD=$(($#-1)); _gateway; echo "\${COMPREPLY[*]}"; }
line "gateway check --report=sa" gateway check --report = sa
line "gateway token issue --team " gateway token issue --team ""
line "gateway check --config gateway.c" gateway check --config gateway.c`,
  zsh: `compdef() { }; _describe() { print -l -- "\${(@P)2%%:*}" }
eval "$(gateway completion zsh)"
line() { words=("$@"); CURRENT=$#; _gateway; }
line gateway check --report=sa
line gateway token issue --team ""`,
  fish: `gateway completion fish | source
for line in "check --report=sa" "token issue --team "
complete -C "gateway $line" | string replace -r '\\t.*' ''
end`,
}

t.test('the real shells', (t) => {
  for (const [shell, code] of Object.entries(SHELLS)) {
    const told = inShell(t, shell, code)
    if (!told) t.comment(`skipped: ${shell} is not installed`)
    else {
      t.equal(told.stderr, '', shell)
      t.match(
        told.stdout,
        /^(?:--report=)?sarif\nplatform\n(?:gateway\.config\.json\n)?$/,
        shell,
      )
    }
  }
  t.end()
})

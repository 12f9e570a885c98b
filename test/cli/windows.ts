// What the verbs of developers and reviewers need on Windows, as far as another
// system can show it: programs, paths, places of clients, files with CRLF.
// Covers src/cli, src/runtime/upstream, src/runtime/base and src/diagnostics.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CLIENTS } from '../../src/cli/clients/clients.ts'
import { findPlace } from '../../src/cli/clients/place.ts'
import { showFile } from '../../src/cli/import/given.ts'
import { findClientFiles } from '../../src/cli/init/client-places.ts'
import { openIo } from '../../src/cli/io.ts'
import {
  isAbsolutePath,
  isPathLike,
  joinPath,
} from '../../src/diagnostics/paths.ts'
import { relocateCommand, relocateSecret } from '../../src/link/paths.ts'
import { endGroup } from '../../src/runtime/base/process-group.ts'
import { findWindowsProgram } from '../../src/runtime/upstream/windows-program.ts'
import { makeFolder, makeIo, runHere } from '../harness/gateway.ts'

/** As cmd-shim of npm 10 writes it. */
const SHIM = (target: string) => `@ECHO off\r
GOTO start\r
:find_dp0\r
SET dp0=%~dp0\r
EXIT /b\r
:start\r
SETLOCAL\r
CALL :find_dp0\r
\r
IF EXIST "%dp0%\\node.exe" (\r
  SET "_prog=%dp0%\\node.exe"\r
) ELSE (\r
  SET "_prog=node"\r
  SET PATHEXT=%PATHEXT:;.JS;=;%\r
)\r
\r
endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\${target}" %*\r
`

/** As Node's installer brings it. */
const NPX = `:: Created by npm, please don't edit manually.\r
@ECHO OFF\r
SETLOCAL\r
SET "NODE_EXE=%~dp0\\node.exe"\r
IF NOT EXIST "%NODE_EXE%" (\r
  SET "NODE_EXE=node"\r
)\r
SET "NPM_PREFIX_JS=%~dp0\\node_modules\\npm\\bin\\npm-prefix.js"\r
SET "NPX_CLI_JS=%~dp0\\node_modules\\npm\\bin\\npx-cli.js"\r
"%NODE_EXE%" "%NPX_CLI_JS%" %*\r
`

const NODE = 'C:\\Program Files\\nodejs'
const BIN = 'C:\\work\\node_modules\\.bin'

const FILES: Readonly<Record<string, string>> = {
  [`${NODE}\\node.exe`]: 'MZ',
  [`${NODE}\\npx`]: '#!/bin/sh',
  [`${NODE}\\npx.cmd`]: NPX,
  [`${NODE}\\node_modules\\npm\\bin\\npx-cli.js`]: '',
  [`${NODE}\\node_modules\\npm\\bin\\npm-prefix.js`]: '',
  [`${BIN}\\mcp-files.cmd`]: SHIM('..\\mcp-files\\dist\\index.js'),
  'C:\\work\\node_modules\\mcp-files\\dist\\index.js': '',
  [`${BIN}\\tool.cmd`]: SHIM('..\\tool\\bin\\tool.exe'),
  'C:\\work\\node_modules\\tool\\bin\\tool.exe': 'MZ',
  [`${BIN}\\gone.cmd`]: SHIM('..\\gone\\index.js'),
  [`${BIN}\\odd.cmd`]: '@start %*',
  '\\\\server\\share\\run.exe': 'MZ',
}

t.test('a name: the program itself, or what its shim names', (t) => {
  // Upper and lower case are one there.
  const lower = new Map(
    Object.entries(FILES).map(([path, text]) => [path.toLowerCase(), text]),
  )
  const disk = {
    isFile: (path: string) => lower.has(path.toLowerCase()),
    read: (path: string) => lower.get(path.toLowerCase()) ?? '',
  }
  const find = (command: string, extensions?: string) =>
    findWindowsProgram(command, { folders: [BIN, NODE], extensions }, disk)
  const script = (path: string) => ({
    command: process.execPath,
    args: [path],
  })
  t.same(find('node', '.COM;.EXE;.CMD'), {
    command: `${NODE}\\node.EXE`,
    args: [],
  })
  t.same(find('npx'), script(`${NODE}\\node_modules\\npm\\bin\\npx-cli.js`))
  t.same(
    find('mcp-files'),
    script('C:\\work\\node_modules\\mcp-files\\dist\\index.js'),
  )
  t.same(find('mcp-files.cmd'), find('mcp-files'))
  t.same(find(`${BIN}\\mcp-files`), find('mcp-files'), 'a path')
  t.same(find('tool'), {
    command: 'C:\\work\\node_modules\\tool\\bin\\tool.exe',
    args: [],
  })
  t.equal(find('gone'), undefined, 'its script is not there')
  t.equal(find('odd'), undefined, 'not a shim: nothing runs a shell')
  t.equal(find('missing'), undefined)
  t.match(find('\\\\server\\share\\run'), { args: [] })
  t.end()
})

t.test('paths with drive letters, and of shares', (t) => {
  for (const path of ['C:\\a', 'c:/a', '\\\\server\\share\\a', '//server/a']) {
    t.ok(isAbsolutePath(path), path)
    t.equal(joinPath('ops', path), path)
    t.equal(relocateSecret(`file:${path}`, 'ops'), `file:${path}`)
  }
  t.equal(relocateSecret('file:secrets/a', 'ops'), 'file:ops/secrets/a')
  for (const path of ['.\\run', '..\\run', 'C:\\run', '\\\\a\\run', 'a/b']) {
    t.ok(isPathLike(path), path)
  }
  t.notOk(isPathLike('npx'))
  t.equal(
    relocateCommand('C:\\Program Files\\a.exe', 'ops'),
    'C:\\Program Files\\a.exe',
  )
  t.end()
})

t.test('a program in C:\\Program Files is one program', async (t) => {
  const command = 'C:\\Program Files\\nodejs\\node.exe'
  const secret = { secret: 'file:C:\\secrets\\token' }
  const server = { type: 'stdio', command, args: ['a.js'], env: { A: secret } }
  const cwd = makeFolder(t, {
    'gateway.config.json': JSON.stringify({ servers: { a: server } }),
  })
  const { code, stdout } = await runHere(['check'], { cwd })
  t.equal(code, 0, stdout)
  const { stdout: table } = await runHere(['compile'], { cwd })
  t.match(JSON.parse(table).table.servers.a, { command, env: { A: secret } })
})

t.test('the files of clients, below USERPROFILE and APPDATA', (t) => {
  const env = { USERPROFILE: '/users/ada', APPDATA: '/roaming/ada' }
  const io = openIo([], { ...makeIo('/work'), env })
  for (const client of CLIENTS) {
    const place = findPlace(client, {}, io, 'win32')
    if (client.file?.user === undefined) continue
    t.match(place, /^\/(?:users|roaming)\/ada\//, client.name)
    t.notMatch(place, /%|Library/)
  }
  t.equal(showFile('/users/ada/.cursor/mcp.json', io), '~/.cursor/mcp.json')
  const roaming = makeFolder(t, { 'Claude/claude_desktop_config.json': '{}' })
  t.same(
    findClientFiles(makeFolder(t), { APPDATA: roaming }).map((file) =>
      file.slice(roaming.length + 1),
    ),
    ['Claude/claude_desktop_config.json'],
  )
  t.end()
})

t.test('a program ends with what it has started', (t) => {
  const ran: unknown[] = []
  const run = (...args: readonly unknown[]) => void ran.push(args)
  endGroup(42, 'SIGTERM', { hasGroups: false, run })
  t.same(ran, [], 'there is no gentle signal: its stdin was closed')
  endGroup(42, 'SIGKILL', { hasGroups: false, run })
  t.same(ran, [['taskkill', ['/pid', '42', '/T', '/F']]])
  t.end()
})

const crlf = (text: string) => text.replaceAll('\n', '\r\n')

t.test('files of clients with CRLF: JSON, TOML and YAML', async (t) => {
  for (const [client, name, before] of [
    ['cursor', 'mcp.json', '{\n  // a comment\n  "mcpServers": {}\n}\n'],
    ['codex', 'config.toml', '# a comment\nmodel = "x"\n\n[a]\nb = 1\n'],
    ['goose', 'config.yaml', '# a comment\nextensions:\n  a:\n    b: 1\n'],
  ] as const) {
    const cwd = makeFolder(t, { [name]: crlf(before) })
    const url = 'https://gateway.example.com/mcp'
    const file = ['--file', name, '--no-test', '--gateway', url]
    const run = await runHere(['connect', client, '--write', ...file], { cwd })
    t.equal(run.code, 0, run.stderr)
    const written = readFileSync(join(cwd, name), 'utf8')
    t.match(written, 'gateway.example.com')
    t.match(written, 'a comment')
    t.notMatch(written, /(?<!\r)\n/, `${client} has CRLF only`)
    const undone = await runHere(['connect', client, '--undo', ...file], {
      cwd,
    })
    t.equal(undone.code, 0, undone.stderr)
    t.equal(readFileSync(join(cwd, name), 'utf8'), crlf(before), client)
  }
})

const CONFIG = `import { defineGateway, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    texts: stdio({
      command: '${process.execPath}',
      args: ['${join(import.meta.dirname, '../harness/texts-server.js')}', 'x'],
      env: { KEY: { secret: 'env:KEY' } },
    }),
  },
  roles: { reader: { alow: { texts: ['*'] } } },
  teams: { readers: { roles: ['reader'] } },
})
`

t.test('a checkout with CRLF keeps it', async (t) => {
  const cwd = makeFolder(t, {
    'gateway.config.ts': crlf(CONFIG),
    'gateway.tokens.toml': '',
    'gateway.lock.json': crlf('{\n  "formatVersion": 1,\n  "servers": {}\n}\n'),
    'gateway.revoked': crlf('# none\n'),
    '.gitignore': crlf('dist/\n'),
    'secrets.env': crlf('KEY=abc\n# a comment\n'),
    '.mcp.json': crlf('{\n  "mcpServers": {\n    "a": {}\n  }\n}\n'),
  })
  const here = (...args: readonly string[]) => runHere(args, { cwd })
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8')
  const bare = (name: string) => /(?<!\r)\n/.test(read(name))
  const fixed = await here('check', '--fix')
  t.equal(fixed.code, 0, fixed.stdout)
  t.match(read('gateway.config.ts'), 'allow: { texts')
  const locked = await here('lock', '--secrets', 'secrets.env')
  t.equal(locked.code, 0, locked.stderr)
  t.equal((await here('lock', '--check', '--secrets', 'secrets.env')).code, 0)
  writeFileSync(join(cwd, 'gateway.tokens.toml'), '# tokens\r\n')
  for (const subject of ['ada', 'bob']) {
    const args = ['--subject', subject, '--team', 'readers']
    const issued = await here('token', 'issue', ...args)
    t.equal(issued.code, 0, issued.stderr)
  }
  const url = 'https://gateway.example.com/mcp'
  const there = ['--gateway', url, '--no-test', '--write', '--project']
  const written = await here('connect', 'claude-code', ...there)
  t.equal(written.code, 0, written.stderr)
  t.match(JSON.parse(read('.mcp.json')).mcpServers, { a: {}, gateway: {} })
  for (const name of [
    ...['gateway.config.ts', 'gateway.tokens.toml', 'gateway.lock.json'],
    '.mcp.json',
  ]) {
    t.notOk(bare(name), `${name} has CRLF only`)
  }
  const last = await here('check')
  t.equal(last.code, 0, last.stdout)
})

// From an empty folder to a governed call, in short: `npm run trial:newcomer`
// does it from the packed tarball. And what a newcomer is told on the way.
// Covers src/cli and src/runtime/control.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { listNextSteps, nameCommand } from '../../src/cli/next-steps.ts'
import { compileWith } from '../../src/compile.ts'
import { seal } from '../harness/evaluator.ts'
import {
  judgeImport,
  layFile,
  nameFiles,
} from '../harness/field/import-field.ts'
import { FILES } from '../harness/field/rows.ts'
import { bin, makeFolder, root, runHere } from '../harness/gateway.ts'
import { runAtHome } from '../harness/imported.ts'
import { makeNewcomer, runNewcomer } from '../harness/newcomer/run.ts'
import { findStumbles } from '../harness/newcomer/stumbles.ts'
import { startTracker } from '../harness/newcomer/tracker.ts'
import { issue, serveConfig } from '../harness/served.ts'

const TRACKER = 'http://127.0.0.1:9911/mcp'
const CREDENTIALS = /trk_field|ghp_FIELD|p4ssFIELD|ctx7sk-FIELD/
const TOKEN = 'trk_9fK2mQ8xL4vB7nT1zR5w'
const MEMORY = join(
  root,
  'node_modules/@modelcontextprotocol/server-memory/dist/index.js',
)

async function findPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

t.test('seven commands at most, and no stumble', async (t) => {
  const url = await startTracker(t, TOKEN)
  const newcomer = makeNewcomer(t, (home) => ({
    '.cursor/mcp.json': JSON.stringify({
      mcpServers: {
        memory: {
          command: process.execPath,
          args: [MEMORY],
          env: { MEMORY_FILE_PATH: `${home}/memory.json` },
        },
        tracker: { url, headers: { Authorization: `Bearer ${TOKEN}` } },
      },
    }),
    '.codex/config.toml': `[mcp_servers.tracker]\nurl = "${url}"\n`,
  }))
  const modules = join(newcomer.folder, 'node_modules')
  mkdirSync(modules)
  symlinkSync(root, join(modules, 'portcullis'))
  const [port, admin] = [await findPort(), await findPort()]
  const own = `listen: { port: ${port} }, admin: { port: ${admin} },`
  const trial = await runNewcomer(t, newcomer, {
    files: newcomer.files,
    secret: ['TRACKER_TOKEN', TOKEN],
    tool: 'tracker/list_tickets',
    // What npx tells a command, and what it starts.
    env: { npm_command: 'exec' },
    shell: ([, , ...args]) => [process.execPath, bin, ...args],
    edit: (config) =>
      config.replace('defineGateway({', `defineGateway({\n  ${own}`),
  })
  t.same(trial.stumbles, [])
  t.equal(trial.commands.length, 6, 'and npm install')
  t.same(trial.calls, ['T-1\nT-2', 'T-1\nT-2'])
  t.ok(trial.tools > 2, 'tools of both servers')
  t.notMatch(trial.printed.join('\n'), TOKEN)
  t.equal(statSync(join(newcomer.folder, '.env')).mode & 0o777, 0o600)
})

t.test('each kind of stumble is one', (t) => {
  const good = {
    command: 'npx gateway check',
    named: 'npx gateway check',
    exit: 0,
    printed: '0 errors, 0 warnings. OK.\nnpm notice x\n',
  }
  const before = ['Next:\n  npx gateway check\n']
  t.same(findStumbles(good, '', before), [])
  const rows: readonly (readonly [Partial<typeof good>, RegExp])[] = [
    [{ exit: 1 }, /it ended with 1$/],
    [{ printed: 'a:1:2  GW4010 (warning)  x\n' }, /it warns: a:1:2/],
    [{ printed: 'sh: 1: x: not found\n' }, /it warns: sh/],
    [{ printed: 'Import them? [y/n] ' }, /it asks a question$/],
    [{ printed: 'connected as ada: 0 tools of 0 servers\n' }, /lists 0 tools$/],
    [{ printed: '{"server":"a","tools":0}\n' }, /lists 0 tools$/],
    [{ named: 'npx gateway chek' }, /names `npx gateway chek`/],
    [{ command: 'npx gateway lock' }, /is not what was typed$/],
  ]
  for (const [change, said] of rows) {
    const found = findStumbles({ ...good, ...change }, '', before)
    t.ok(
      found.some((one) => said.test(one)),
      String(said),
    )
  }
  const issued = 'npx gateway token issue --subject NAME --team everyone'
  const typed = { ...good, command: issued.replace('NAME', 'ada') }
  t.same(findStumbles({ ...typed, named: issued }, issued, []), [])
  t.end()
})

t.test('a next step is a command that can be typed here', (t) => {
  const agent = (name: string) => ({ npm_config_user_agent: `${name}/9.1.0 x` })
  t.equal(nameCommand({}), 'gateway')
  t.equal(nameCommand({ npm_command: 'exec' }), 'npx gateway')
  const script = { npm_lifecycle_script: "'portcullis' 'check'" }
  t.equal(nameCommand({ npm_command: 'exec', ...script }), 'npx portcullis')
  t.equal(nameCommand({ npm_command: 'run-script' }), 'gateway')
  t.equal(nameCommand({ npm_command: 'exec', ...agent('npm') }), 'npx gateway')
  t.equal(nameCommand(agent('pnpm')), 'pnpm gateway')
  t.equal(nameCommand(agent('yarn')), 'yarn gateway')
  const secrets = ['A_TOKEN']
  t.same(listNextSteps({ secrets, hasToken: true }, { env: {}, folder: '' }), [
    'Next:',
    '  # write the values of the secrets into .env',
    '  gateway check',
    '  gateway serve --dev --secrets .env',
  ])
  t.end()
})

t.test('the clients are listed to a pipe too', async (t) => {
  const listed = await runHere(['connect'], { cwd: makeFolder(t) })
  t.equal(listed.code, 0)
  t.match(listed.stdout, /^CLIENT +IS +THE TOKEN\n/)
  t.match(listed.stdout, /^codex +Codex +in an environment variable$/m)
})

t.test('a file for the values, and no other is touched', async (t) => {
  const mcpServers = { a: { command: 'a', env: { A_TOKEN: 'x' } } }
  const input = JSON.stringify({ mcpServers })
  const cwd = makeFolder(t)
  const first = await runAtHome(['import', '-'], cwd, { input })
  t.match(first.stdout, /wrote gateway\.config\.ts, \.env\.example, \.env,/)
  t.match(
    readFileSync(join(cwd, '.env'), 'utf8'),
    /\n# so far in stdin, mcpServers\.a\nA_TOKEN=\n$/,
  )
  t.match(readFileSync(join(cwd, '.gitignore'), 'utf8'), /^\.env$/m)
  const other = makeFolder(t, { '.env': 'MINE=1\n' })
  const second = await runAtHome(['import', '-'], other, { input })
  t.equal(second.code, 0)
  t.equal(readFileSync(join(other, '.env'), 'utf8'), 'MINE=1\n')
})

t.test('what is not up is told to who may use it', async (t) => {
  const ada = issue({ subject: 'ada', roles: ['all'] })
  const bob = issue({ subject: 'bob', roles: ['none'] })
  const url = await startTracker(t, TOKEN)
  const headers = { authorization: { bearer: 'env:TRACKER_TOKEN' } }
  const servers = { tracker: { type: 'http', url, headers } }
  const roles = { all: { allow: { tracker: ['*'] } }, none: {} }
  const { gateway, folder } = await serveConfig(t, { servers, roles }, [
    ada,
    bob,
  ])
  const ask = (args: readonly string[], input: string) =>
    runHere([...args, '--gateway', gateway.url], { cwd: folder, input })
  const who = await ask(['whoami'], ada.token)
  t.match(who.stdout, 'tracker: no tools yet: it is starting, down or disabled')
  t.notMatch((await ask(['whoami'], bob.token)).stdout, 'tracker')
  const connected = await ask(['connect', 'cursor'], ada.token)
  t.match(connected.stdout, '  no tools yet of tracker: starting, down or')
  const other = await ask(['connect', 'cursor'], bob.token)
  t.notMatch(other.stdout, 'tracker')
  const called = await runHere(['call', 'all', 'tracker/list_tickets'], {
    cwd: folder,
  })
  t.equal(called.code, 1)
  t.match(called.stderr, 'env:TRACKER_TOKEN is not set\nhelp: set it in this')
})

t.test('files of the field: nothing lost, nothing extra', async (t) => {
  t.same(nameFiles(), Object.keys(FILES).sort(), 'each has a row')
  for (const [name, row] of Object.entries(FILES)) {
    const top = makeFolder(t)
    const folder = join(top, 'gateway')
    const places = { home: '/home/grace', folder, tracker: TRACKER }
    layFile(name, places)
    const args = ['import', name, '--report', 'json']
    const { code, stdout, stderr } = await runAtHome(args, folder)
    t.equal(code, 0, `${name}: ${stderr}`)
    t.same(judgeImport(JSON.parse(stdout), row), [], name)
    const written = ['gateway.config.ts', '.env.example', '.env']
      .filter((one) => existsSync(join(folder, one)))
      .map((one) => readFileSync(join(folder, one), 'utf8'))
    t.notMatch(written.join('') + stdout + stderr, CREDENTIALS, name)
    const { diagnostics } = await compileWith(
      { cwd: folder, now: Date.now() },
      seal,
    )
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    t.same(errors, [], `${name}: check finds no error`)
  }
})

t.test('an import that loses something is found', (t) => {
  const report = {
    servers: [
      { name: 'a', disabled: false },
      { name: 'x', disabled: false },
    ],
    entries: [{ name: 'c', server: null, path: 'mcpServers.c' }],
    dropped: [{ path: 'mcpServers.c', key: '', why: 'no reason' }],
    variables: [],
  }
  const row = {
    secrets: { A_TOKEN: 'x' },
    servers: {
      a: { disabled: 'so' },
      b: { command: 'b' },
      c: { dropped: /other/ },
    },
  }
  t.same(judgeImport(report, row), [
    'a is disabled: false',
    'b is lost',
    'c is not dropped for its reason',
    'x is in no row',
    'it asks for , not for A_TOKEN',
  ])
  t.end()
})

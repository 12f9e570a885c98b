// The configs of MCP clients: what `gateway connect CLIENT` prints, writes and
// takes out again, compared with what other tools write.
// Covers src/cli.

import { execFile } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { Client } from '../../src/cli/clients/client.ts'
import { CLIENTS, findClient } from '../../src/cli/clients/clients.ts'
import {
  findEntry,
  putEntry,
  removeEntry,
} from '../../src/cli/clients/edit/edit.ts'
import type { FormatName } from '../../src/cli/clients/edit/format.ts'
import { findPlace } from '../../src/cli/clients/place.ts'
import { listEntries } from '../../src/cli/clients/snippet.ts'
import { run } from '../../src/cli/run.ts'
import { makeFolder, makeIo, root } from '../harness/gateway.ts'
import { issue } from '../harness/served.ts'

const URL_THERE = 'https://gateway.example.com/mcp'
const { token: TOKEN } = issue({ subject: 'ada' })
const goldens = join(root, 'test/fixtures/clients')

/** In a home folder of its own. */
async function connect(
  home: string,
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
) {
  const io = { ...makeIo(home), env: { HOME: home, ...env } }
  io.stdin.end(input)
  const code = await run(['connect', ...args], io)
  io.stdout.end()
  io.stderr.end()
  return { code, stdout: await text(io.stdout), stderr: await text(io.stderr) }
}

const there = ['--gateway', URL_THERE, '--no-test']

t.test('every client has a golden file', async (t) => {
  const home = makeFolder(t)
  for (const { name } of CLIENTS) {
    const printed = await connect(home, ['--client', name, ...there])
    t.equal(printed.code, 0, printed.stderr)
    t.notMatch(printed.stdout, 'gwt_', name)
    const file = join(goldens, `${name}.txt`)
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(goldens, { recursive: true })
      writeFileSync(file, printed.stdout)
    }
    t.equal(printed.stdout, readFileSync(file, 'utf8'), name)
    const args = ['--client', name, ...there, '--report', 'json']
    const report = JSON.parse((await connect(home, args)).stdout)
    t.equal(report.client, name)
    t.ok(printed.stdout.includes(report.snippet.split('\n')[0]), name)
  }
  const files = readdirSync(goldens).filter((name) => name.endsWith('.txt'))
  t.equal(files.length, CLIENTS.length, 'no golden file without a client')
  t.same(readdirSync(home), [], 'nothing was written')
})

/** The entry of a client with a token in it, as the other tools write it. */
function entryOf(client: Client): unknown {
  const [own] = listEntries(client, { url: URL_THERE, token: 'gwt_TOKEN' })
  return own?.value
}

type Members = Readonly<Record<string, unknown>>

interface Difference {
  readonly theirs: unknown
  readonly why: string
}

t.test('what other tools write, and why ours differs', async (t) => {
  const file = join(goldens, 'differences.json')
  const known = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, Difference>>>
  >
  const header = 'Authorization: Bearer gwt_TOKEN'
  const home = makeFolder(t)
  const bin = join(root, 'node_modules/add-mcp/dist/index.js')
  const args = [URL_THERE, '-g', '--all', '-y', '-n', 'gateway', '-t', 'http']
  const env = { PATH: process.env.PATH ?? '', HOME: home }
  // It fails for one client that refuses a token in its file.
  const written = promisify(execFile)(
    process.execPath,
    [bin, ...args, '-h', header],
    { cwd: home, env },
  ).catch(() => undefined)
  const { MCPConfigRegistry } = await import('@gleanwork/mcp-config-schema')
  const registry = new MCPConfigRegistry()
  const build = (id: string) => {
    const builder = registry.createBuilder(id as 'cursor')
    const config = builder.buildConfiguration({
      transport: 'http',
      serverUrl: URL_THERE,
      serverName: 'gateway',
      headers: { Authorization: 'Bearer gwt_TOKEN' },
    })
    return config as unknown
  }
  const ids = registry.getAllConfigs().map(({ id }) => String(id))
  await written
  const told: Record<string, Record<string, unknown>> = {}
  const compare = (client: Client, tool: string, theirs: unknown) => {
    t.ok(theirs, `${tool} writes ${client.name}`)
    const own = entryOf(client)
    const difference = known[client.name]?.[tool]
    if (JSON.stringify(sort(own)) === JSON.stringify(sort(theirs))) {
      t.notOk(difference, `${client.name}: no difference to explain`)
      return
    }
    told[client.name] = { ...told[client.name], [tool]: theirs }
    t.same(theirs, difference?.theirs, `${client.name} and ${tool}`)
    t.match(difference?.why, /\.$/, `${client.name} and ${tool}: why`)
  }
  for (const client of CLIENTS) {
    const place = findPlace(client, {}, { cwd: home, env }, 'linux')
    const path = [place, `${place}c`].find((one) => one && existsSync(one))
    if (client.file?.user && path) {
      const { format, where } = client.file
      const theirs = findEntry(format, readFileSync(path, 'utf8'), where)
      compare(client, 'add-mcp', theirs)
    }
    if (ids.includes(client.name)) {
      const { section } = client.file?.where ?? { section: ['mcpServers'] }
      let theirs = build(client.name) as Members
      for (const part of section) theirs = theirs[part] as Members
      const tool = '@gleanwork/mcp-config-schema'
      if (client.file) compare(client, tool, theirs.gateway)
    }
  }
  t.same(Object.keys(known).sort(), Object.keys(told).sort())
})

function sort(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sort)
  const members = Object.entries(value).map(([name, own]) => [name, sort(own)])
  return Object.fromEntries(members.sort())
}

const CURSOR = `{
\t// mine
\t"mcpServers": {
\t\t"a": { "command": "x" }, // one line
\t\t/* the end */
\t},
\t"theme": "dark",
}
`

t.test('a file keeps all but its own entry', async (t) => {
  const home = makeFolder(t, {
    '.cursor/mcp.json': CURSOR.replaceAll('\n', '\r\n'),
  })
  const path = join(home, '.cursor/mcp.json')
  const before = readFileSync(path, 'utf8')
  const first = await connect(home, ['cursor', '--write', ...there])
  t.equal(first.code, 0, first.stderr)
  t.match(first.stdout, `wrote the gateway into ${path}`)
  const after = readFileSync(path, 'utf8')
  const entry = [
    '\t\t"gateway": {',
    '\t\t\t"url": "https://gateway.example.com/mcp",',
    '\t\t\t"headers": {',
    '\t\t\t\t"Authorization": "Bearer $' + '{env:GATEWAY_TOKEN}"',
    '\t\t\t}',
    '\t\t},',
  ]
  const added = `${entry.join('\r\n')}\r\n`
  t.equal(after.replace(added, ''), before)
  t.equal(readFileSync(`${path}.before-gateway`, 'utf8'), before)
  const twice = await connect(home, ['cursor', '--write', ...there])
  t.match(twice.stdout, 'has this already')
  t.equal(readFileSync(path, 'utf8'), after)
  const undone = await connect(home, ['cursor', '--undo'])
  t.match(undone.stdout, 'is again as it was before the gateway')
  t.equal(readFileSync(path, 'utf8'), before)
  t.notOk(existsSync(`${path}.before-gateway`))
  const none = await connect(home, ['cursor', '--undo'])
  t.match(none.stdout, 'has no gateway; nothing was changed')
})

t.test('what was written since stays at --undo', async (t) => {
  const home = makeFolder(t, { '.claude.json': '{\n  "a": 1\n}\n' })
  const path = join(home, '.claude.json')
  await connect(home, ['claude-code', '--write', ...there])
  const now = readFileSync(path, 'utf8').replace('"a": 1', '"a": 2')
  writeFileSync(path, now)
  const { code, stdout } = await connect(home, ['claude-code', '--undo'])
  t.equal(code, 0)
  t.match(stdout, `the gateway is out of ${path}`)
  t.equal(readFileSync(`${path}.before-gateway`, 'utf8'), '{\n  "a": 1\n}\n')
  t.same(JSON.parse(readFileSync(path, 'utf8')), { a: 2, mcpServers: {} })
})

t.test('a file that was made is deleted at --undo', async (t) => {
  const home = makeFolder(t)
  for (const name of ['codex', 'goose', 'vscode', 'continue', 'zed']) {
    const args = ['--client', name, '--write', ...there]
    const { code, stderr } = await connect(home, args, TOKEN)
    t.equal(code, 0, stderr)
    const path = findPlace(
      findClient(name) as Client,
      {},
      {
        cwd: home,
        env: { HOME: home },
      },
    ) as string
    t.equal(statSync(path).mode & 0o777, 0o600, name)
    t.equal(readFileSync(path, 'utf8').includes(TOKEN), name === 'zed', name)
    const undone = await connect(home, ['--client', name, '--undo'])
    t.match(undone.stdout, 'held nothing else, and is deleted', name)
    t.notOk(existsSync(path), name)
  }
})

t.test('a link stays a link, and a secret file is for its owner', async (t) => {
  const home = makeFolder(t, {
    'dotfiles/settings.json': '// zed\n{ "theme": "x" }\n',
  })
  const path = join(home, '.config/zed/settings.json')
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(join(home, 'dotfiles/settings.json'), path)
  const { code, stdout } = await connect(
    home,
    ['zed', '--write', ...there],
    TOKEN,
  )
  t.equal(code, 0)
  t.match(stdout, 'only you can read it')
  t.notMatch(stdout, TOKEN)
  t.ok(lstatSync(path).isSymbolicLink())
  const real = join(home, 'dotfiles/settings.json')
  t.match(readFileSync(real, 'utf8'), TOKEN)
  t.equal(statSync(real).mode & 0o777, 0o600)
  t.equal(statSync(`${path}.before-gateway`).mode & 0o777, 0o600)
  rmSync(real)
  const nothing = await connect(home, ['zed', '--write', ...there], TOKEN)
  t.equal(nothing.code, 2)
  t.match(nothing.stderr, 'is a link, and leads to nothing')
})

t.test('what is not written', async (t) => {
  const other = '{"mcpServers":{"gateway":{"url":"https://other.example"}}}'
  const home = makeFolder(t, {
    '.cursor/mcp.json': other,
    '.claude.json': '{ "mcpServers": { "a": 1, "a": 2 } }',
    '.codex/config.toml': 'mcp_servers = { gateway = { url = "x" } }\n',
    '.config/goose/config.yaml': 'a: 1\n---\nb: 2\n',
    '.gemini/settings.json': '{ "mcpServers": [] }',
  })
  const path = join(home, '.cursor/mcp.json')
  const foreign = await connect(home, ['cursor', '--write', ...there])
  t.equal(foreign.code, 1)
  t.match(foreign.stdout, 'has another server named gateway')
  t.equal(readFileSync(path, 'utf8'), other)
  const kept = await connect(home, ['cursor', '--undo'])
  t.equal(kept.code, 1)
  t.match(kept.stdout, 'a server named gateway that is not ours')
  t.equal(readFileSync(path, 'utf8'), other)
  const args = ['cursor', '--write', '--replace', ...there]
  t.equal((await connect(home, args)).code, 0)
  t.match(readFileSync(path, 'utf8'), URL_THERE)
  await connect(home, ['cursor', '--undo'])
  t.equal(readFileSync(path, 'utf8'), other)
  const reasons = {
    'claude-code': 'two members are named "a"',
    codex: 'has another server named gateway|cannot be written into it safely',
    goose: 'several documents',
    gemini: 'a section in it has another form|is not a section',
  }
  for (const [name, reason] of Object.entries(reasons)) {
    const client = findClient(name) as Client
    const io = { cwd: home, env: { HOME: home } }
    const file = findPlace(client, {}, io) as string
    const before = readFileSync(file, 'utf8')
    const refused = await connect(home, ['--client', name, '--write', ...there])
    t.not(refused.code, 0, name)
    t.match(refused.stdout + refused.stderr, new RegExp(reason), name)
    t.equal(readFileSync(file, 'utf8'), before, name)
  }
})

t.test('a project has its own file', async (t) => {
  const home = makeFolder(t)
  const args = ['cursor', '--write', '--project', ...there]
  const { code } = await connect(home, args)
  t.equal(code, 0)
  const path = join(home, '.cursor/mcp.json')
  t.ok(existsSync(path))
  const away = makeFolder(t, { 'a.json': '{}', key: 'mine' })
  rmSync(path)
  symlinkSync(join(away, 'a.json'), path)
  const led = await connect(home, args)
  t.equal(led.code, 2)
  t.match(led.stderr, 'leads out of this folder')
  rmSync(path)
  writeFileSync(path, '{}')
  symlinkSync(join(away, 'key'), `${path}.before-gateway`)
  const trap = await connect(home, args)
  t.equal(trap.code, 2)
  t.match(trap.stderr, 'is not a regular file')
  t.equal(readFileSync(join(away, 'key'), 'utf8'), 'mine')
  t.equal(readFileSync(path, 'utf8'), '{}')
})

const WHERE = { section: ['mcpServers'], key: 'gateway' }

/** Files as people have them, with other entries around. */
const texts: Readonly<Record<FormatName, readonly string[]>> = {
  json: [
    '{"mcpServers":{"a":{"b":1}}}',
    '{\n  "mcpServers": {\n    "a": {"b": 1}\n  }\n}\n',
    '{\n    "x": [1, 2], // c\n    "mcpServers": {},\n}\n',
    '\uFEFF{\r\n\t"mcpServers": {\r\n\t\t"a": {} // d\r\n\t}\r\n}',
  ],
  toml: [
    '# c\nx = 1\n\n[mcpServers.a]\nb = """\n[mcpServers.gateway]\n"""\n\n# e\n[z]\ny = [\n  1,\n]\n',
    '[mcpServers.a]\r\nb = 1\r\n',
  ],
  yaml: [
    '# c\nx: 1\nmcpServers:\n    a:\n        b: |\n            gateway:\n              no\n\n# d\ny: [1, 2]\n',
    'mcpServers:\r\n  a: {b: 1} # e\r\n',
  ],
}

t.test('whatever is put in comes out, byte for byte', (t) => {
  const plainText = fc.string({ maxLength: 30 })
  const value = fc.record(
    {
      url: plainText,
      headers: fc.dictionary(fc.stringMatching(/^[A-Za-z-]{1,9}$/), plainText, {
        minKeys: 1,
        noNullPrototype: true,
      }),
    },
    { noNullPrototype: true },
  )
  for (const [format, samples] of Object.entries(texts)) {
    const name = format as FormatName
    for (const text of samples) {
      fc.assert(
        fc.property(value, (own) => {
          const put = putEntry(name, text, { where: WHERE, value: own })
          t.same(findEntry(name, put, WHERE), own)
          if (putEntry(name, put, { where: WHERE, value: own }) !== put) {
            return false
          }
          return removeEntry(name, put, WHERE) === text
        }),
        { numRuns: 15, seed: 7 },
      )
    }
  }
  t.end()
})

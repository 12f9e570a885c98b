// `gateway import`: the files of clients, as they are found, and as attackers
// would write them.
// The cases stand in test/fixtures/import/<case>/, files of clients in `in`, and
// what comes of them in `out`; `UPDATE_GOLDEN=1 node dist/test/cli/import.js`
// writes the latter anew. Covers src/cli.

import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { importFiles } from '../../src/cli/import/import.ts'
import { compileWith } from '../../src/compile.ts'
import { seal } from '../harness/evaluator.ts'
import { makeFolder, root } from '../harness/gateway.ts'
import { NOW } from '../harness/golden.ts'
import { BROKEN, HIDDEN, HOSTILE } from '../harness/hostile-clients.ts'
import {
  cases,
  nameImports,
  readIfThere,
  readInputs,
  runAtHome,
} from '../harness/imported.ts'
import { openSchema } from '../harness/schema.ts'

const CONFIG = 'gateway.config.ts'
const WRITTEN = [CONFIG, '.env.example', 'report.json', 'stderr.txt']
const MACHINE = {
  home: '/home/grace',
  shelves: { home: undefined, folders: [] },
  readNames: () => undefined,
}

/** Every credential of the cases, and pieces of them. */
const SECRETS = [
  'EXAMPLEexample',
  'exampleEXAMPLE',
  'EXAMPLE-0123',
  'hunter22',
  'hunt3r',
  'aHVudDNy',
  'odW50M3I',
  'swordfish',
  'p4ssw0rd',
  'q8Zp2LmV0x',
  'ctx7sk',
  'sbp_0123',
  'ATATT3',
  'QVRBVFQ',
  'gwt_',
  'xoxb',
  'eu-7f3a9c',
  'horse battery',
  'patABC123',
  's3cr3t',
  'BSAEX',
]

const compileIn = (cwd: string) => compileWith({ cwd, now: NOW }, seal)

t.test('the cases', async (t) => {
  const formatted = makeFolder(t)
  const judge = openSchema('import.schema.json')
  for (const name of nameImports()) {
    const inputs = readInputs(name)
    const cwd = makeFolder(t, inputs)
    const files = Object.keys(inputs).filter((file) => !/^\.env/.test(file))
    const args = ['import', ...files, '--report', 'json=report.json']
    const { code, stdout, stderr } = await runAtHome(args, cwd)
    t.equal(code, 0, `${name}: ${stderr}`)
    t.equal(stdout, '', name)
    writeFileSync(join(cwd, 'stderr.txt'), stderr)
    for (const file of WRITTEN) {
      const text = readIfThere(cwd, file)
      const expected = join(cases, name, 'out', file)
      if (process.env.UPDATE_GOLDEN) {
        mkdirSync(dirname(expected), { recursive: true })
        rmSync(expected, { force: true })
        if (text !== '') writeFileSync(expected, text)
      }
      t.equal(text, readIfThere(join(cases, name, 'out'), file), file)
      const leaked = SECRETS.filter((secret) => text.includes(secret))
      t.strictSame(leaked, [], `${name}: no secret in ${file}`)
    }
    const values = readIfThere(cwd, '.env')
    t.notOk(
      SECRETS.some((secret) => values.includes(secret)),
      `${name}: .env`,
    )
    const compiled = await compileIn(cwd)
    const errors = compiled.diagnostics.filter(
      ({ severity }) => severity === 'error',
    )
    t.strictSame(errors, [], `${name}: check finds no error`)
    const report = JSON.parse(readIfThere(cwd, 'report.json'))
    t.same(judge(report), [], `${name}: as its schema says`)
    for (const { path, server } of report.entries) {
      const told = report.dropped.some(
        (one: { path: string; key: string }) =>
          one.path === path && one.key === '',
      )
      t.equal(server === null, told, `${name}: ${path} became something`)
    }
    writeFileSync(
      join(formatted, `${name}.ts`),
      readFileSync(join(cwd, CONFIG)),
    )
  }
  t.equal(readdirSync(formatted).length, nameImports().length)
  const biome = join(root, 'node_modules/.bin/biome')
  const config = `--config-path=${join(root, 'biome.json')}`
  execFileSync(biome, ['format', config, '.'], { cwd: formatted })
})

t.test('no text leaves its place', async (t) => {
  const servers = HOSTILE.flatMap((text, at) => [
    [
      `${at}${text}`,
      {
        command: `c${text}`,
        args: [text, `--flag=${text}`, `X=${text}`, `Authorization: ${text}`],
        env: { [text]: text, [`A${at}`]: text, API_KEY: text },
        cwd: text,
        description: text,
        title: text,
        alwaysAllow: [text],
        disabledTools: [text],
        [text]: text,
        timeout: text,
      },
    ],
    [
      `${text} ${at}`,
      {
        url: `https://h${at}.example/${text}?${text}=${text}`,
        headers: { [text]: text, [`x-${at}`]: text, Authorization: text },
        type: text,
        oauth: { clientId: text, clientSecret: text, scopes: [text] },
        enabledTools: [text],
      },
    ],
    [`u${at}`, { url: text }],
    [`v${at}`, { command: 'npx', args: ['-y', text], envFile: text }],
  ])
  const forms = {
    plain: { mcpServers: Object.fromEntries(servers) },
    list: {
      mcpServers: servers.map(([, one]) => ({ ...Object(one), name: 'x' })),
    },
    projects: {
      projects: {
        [HOSTILE.join('')]: { mcpServers: Object.fromEntries(servers) },
      },
    },
  }
  for (const [form, value] of Object.entries(forms)) {
    const cwd = makeFolder(t, { 'in.json': JSON.stringify(value) })
    const { code, stdout, stderr } = await runAtHome(['import', 'in.json'], cwd)
    t.equal(code, 0, `${form}: ${stderr.slice(0, 2000)}`)
    const said = stdout + stderr
    t.notMatch(said.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, form)
    t.notMatch(said, /^::|##\[/m, form)
    const values = readIfThere(cwd, '.env').replaceAll('\n', '')
    t.notMatch(values, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, form)
    const text = readIfThere(cwd, CONFIG)
    t.notMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, form)
    // What stands outside of texts and comments is ours.
    const bare = text.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, '""')
    const code_ = bare.replace(/^\s*\/\/.*$/gm, '')
    t.notMatch(code_, /process|`|\$\{|\/\*|:\s*=/, form)
    const given = [
      { name: 'in.json', bytes: Buffer.from(JSON.stringify(value)) },
    ]
    const { authored } = await importFiles(given, MACHINE)
    const compiled = await compileIn(cwd)
    t.same(compiled.authored, authored, `${form}: the source is the data`)
    const errors = compiled.diagnostics.filter(
      ({ severity }) => severity === 'error',
    )
    t.same(
      errors.map(
        ({ code, pointer, message }) => `${code} ${pointer} ${message}`,
      ),
      [],
      form,
    )
    if (form !== 'plain') continue
    const printed = await runAtHome(['import', 'in.json', '--out', '-'], cwd)
    t.equal(printed.stdout, text, `${form}: stdout has the same config`)
  }
})

t.test('a literal has one variable, and no other text shows it', async (t) => {
  const token = 'zXq19Ab73Lm20Rt8Yp'
  const one = {
    command: 'a',
    env: { FIRST_TOKEN: token },
    args: [`see=${token}/x`],
  }
  const two = {
    url: `https://x.example/${token}/mcp`,
    headers: { 'x-api-key': token },
    description: `uses ${token}`,
  }
  const other = { command: 'b', env: { FIRST_TOKEN: 'another-0123456789' } }
  const named = { command: 'c', env: { KEY: '\u0024{env:FIRST_TOKEN}' } }
  const cwd = makeFolder(t, {
    'a.json': JSON.stringify({ mcpServers: { one, [`two ${token}`]: two } }),
    'b.json': JSON.stringify({ servers: { other, named } }),
  })
  const { stdout, stderr } = await runAtHome(
    ['import', 'a.json', 'b.json', '--out', '-'],
    cwd,
  )
  t.notMatch(stdout, token)
  t.notMatch(stderr, token)
  const { servers } = await evaluate(t, stdout)
  t.match(servers, {
    one: {
      env: { FIRST_TOKEN: { secret: 'env:ONE_FIRST_TOKEN' } },
      args: [{ join: ['see=', { secret: 'env:ONE_FIRST_TOKEN' }, '/x'] }],
    },
    other: { env: { FIRST_TOKEN: { secret: 'env:OTHER_FIRST_TOKEN' } } },
    named: { env: { KEY: { secret: 'env:FIRST_TOKEN' } } },
  })
  t.match(stdout, /From a\.json, mcpServers\.two •••\./)
  t.notMatch(stdout, /zxq19/i)
})

async function evaluate(t: Parameters<typeof makeFolder>[0], text: string) {
  const { authored } = await compileIn(makeFolder(t, { [CONFIG]: text }))
  return authored as Readonly<Record<string, object>>
}

t.test('versions that are on this machine', async (t) => {
  const manifest = (name: string, version: string) =>
    JSON.stringify({ name, version })
  const home = makeFolder(t, {
    '.npm/_npx/1a/node_modules/cached/package.json': manifest(
      'cached',
      '1.2.3',
    ),
    '.npm/_npx/2b/node_modules/odd/package.json': manifest('other', '9.9.9'),
    '.local/share/uv/tools/tool/lib/python3.12/site-packages/tool-0.4.1.dist-info/METADATA':
      '',
    '.cache/uv/archive-v0/xyz/mcp_server_time-2025.1.2.dist-info/METADATA': '',
  })
  const server = (command: string, ...args: string[]) => ({ command, args })
  const mcpServers = {
    a: server('npx', '-y', 'cached@latest'),
    b: server('npx', '-y', '@x/own', '--flag'),
    c: server('npx', '-y', 'odd'),
    d: server('uvx', 'tool'),
    e: server('uvx', 'mcp-server-time'),
    f: server('npx', '-y', 'cached@0.9.0'),
    g: server('npx', '-y', '../../../etc'),
    h: server('cmd', '/c', 'npx', '-y', 'cached', '--h'),
    i: server('sh', '-c', 'exec npx -y cached --root /srv'),
    j: server('sh', '-c', 'npx -y cached | tee log'),
    k: server('env', 'A=1', 'npx', 'cached'),
  }
  const cwd = makeFolder(t, {
    'in.json': JSON.stringify({ mcpServers }),
    'node_modules/@x/own/package.json': manifest('@x/own', '4.5.6'),
  })
  const { stdout } = await runAtHome(['import', 'in.json', '--out', '-'], cwd, {
    home,
  })
  t.match(await evaluate(t, stdout), {
    servers: {
      a: { args: ['-y', 'cached@1.2.3'] },
      b: { args: ['-y', '@x/own@4.5.6', '--flag'] },
      c: { args: ['-y', 'odd'] },
      d: { args: ['tool==0.4.1'] },
      e: { args: ['mcp-server-time==2025.1.2'] },
      f: { args: ['-y', 'cached@0.9.0'] },
      h: { command: 'npx', args: ['-y', 'cached@1.2.3', '--h'] },
      i: { command: 'npx', args: ['-y', 'cached@1.2.3', '--root', '/srv'] },
      j: { command: 'sh', args: ['-c', 'npx -y cached | tee log'] },
      k: { command: 'npx', args: ['cached@1.2.3'], env: { A: '1' } },
    },
  })
})

t.test(
  'a file that cannot be read stops all, and shows nothing of it',
  async (t) => {
    const cwd = makeFolder(t, {
      'good.json': '{"mcpServers":{"a":{"command":"a"}}}',
    })
    for (const [name, [text, said]] of Object.entries(BROKEN)) {
      writeFileSync(join(cwd, name), text)
      const { code, stdout, stderr } = await runAtHome(
        ['import', 'good.json', name],
        cwd,
      )
      t.equal(code, 2, name)
      t.equal(stdout, '', name)
      t.match(stderr, said, name)
      t.notMatch(stderr, HIDDEN, name)
      t.notMatch(stderr, /0ub4|dor-and/, name)
      t.match(stderr, /nothing was written/, name)
      t.equal(readIfThere(cwd, CONFIG), '', `${name}: nothing written`)
    }
    for (const [args, said] of [
      [['missing.json'], /missing\.json does not exist/],
      [['.'], /is a folder/],
      [['good.json', '--out', 'x.yaml'], /the name ends in \.ts/],
      [['good.json', '--out', '-', '--report', 'json'], /both write to stdout/],
    ] as const) {
      const { code, stderr } = await runAtHome(['import', ...args], cwd)
      t.equal(code, 2, stderr)
      t.match(stderr, said)
    }
  },
)

t.test(
  '.env is ignored before it is there, or nothing is written',
  async (t) => {
    const mcpServers = { a: { command: 'a', env: { A_TOKEN: 'x' } } }
    const input = JSON.stringify({ mcpServers })
    const taken = makeFolder(t, { '.gitignore/file': '' })
    const refused = await runAtHome(['import', '-'], taken, { input })
    t.equal(refused.code, 2)
    t.same(readdirSync(taken), ['.gitignore'], 'nothing was written')
    const undone = makeFolder(t, { '.gitignore': '.env\n!.env\n' })
    await runAtHome(['import', '-'], undone, { input })
    t.match(readIfThere(undone, '.gitignore'), /^\.env\n!\.env\n\.env\n/)
  },
)

t.test('what comes next is for the folder that was written to', async (t) => {
  const input = JSON.stringify({ mcpServers: { a: { command: 'a' } } })
  const cwd = makeFolder(t, { 'sub/x': '', "it's $(id)/x": '' })
  for (const [args, line] of [
    [['--out', 'sub/gateway.config.ts'], 'cd sub'],
    [['--cwd', "it's $(id)"], "cd 'it'\\''s $(id)'"],
  ] as const) {
    const { stdout } = await runAtHome(['import', '-', ...args], cwd, { input })
    t.match(stdout, `\nNext:\n  ${line}\n  gateway check\n`)
  }
})

t.test('what is there is not replaced', async (t) => {
  const mcpServers = {
    a: { command: 'a', env: { A_TOKEN: 'x', B_KEY: '\u0024{B}' } },
  }
  const input = JSON.stringify({ mcpServers })
  const cwd = makeFolder(t, {
    [CONFIG]: '// mine\n',
    '.env.example': 'A_TOKEN=\nMINE=1',
    '.gitignore': 'node_modules\n.env*\n',
  })
  const refused = await runAtHome(['import', '-'], cwd, { input })
  t.equal(refused.code, 1)
  t.match(
    refused.stderr,
    /gateway\.config\.ts exists already; nothing was written/,
  )
  t.equal(readIfThere(cwd, CONFIG), '// mine\n')
  const forced = await runAtHome(['import', '-', '--force'], cwd, { input })
  t.equal(forced.code, 0, forced.stderr)
  t.match(readIfThere(cwd, CONFIG), /From stdin, mcpServers\.a\./)
  t.equal(readIfThere(cwd, '.env.example'), 'A_TOKEN=\nMINE=1\n# a\nB=\n')
  t.equal(
    readIfThere(cwd, '.gitignore'),
    'node_modules\n.env*\ngateway.key\ngateway.revoked\n/grants/\n/audit/\n',
  )
  t.match(forced.stdout, /^a +a +stdin$/m)
  t.match(forced.stdout, /secrets are read from: A_TOKEN, B\n/)
  writeFileSync(join(cwd, 'gateway.config.yaml'), 'servers: {}\n')
  const two = await runAtHome(['import', '-', '--force'], cwd, { input })
  t.equal(two.code, 1)
  t.match(two.stderr, /gateway\.config\.yaml exists already/)
  const beside = ['import', '-', '--out', 'imported.ts']
  t.equal((await runAtHome(beside, cwd, { input })).code, 0)
  const none = await runAtHome(['import', '-'], makeFolder(t), {
    input: '{"mcpServers":{}}',
  })
  t.equal(none.code, 1)
  t.match(none.stderr, /no server is left to write/)
})

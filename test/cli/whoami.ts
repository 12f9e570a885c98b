// What a token may do, and what a client will see with it, from real gateways.
// Covers src/cli and src/runtime/control.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer as createPlain, get } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Client } from '../../src/cli/clients/client.ts'
import { findClient } from '../../src/cli/clients/clients.ts'
import { judgeTools } from '../../src/cli/clients/look.ts'
import { run } from '../../src/cli/run.ts'
import type { WhoAmI } from '../../src/contract/whoami.ts'
import { makeFolder, makeIo, runHere } from '../harness/gateway.ts'
import { ada, bob, CONFIG, local, old, serve } from '../harness/holders.ts'
import { servePeople } from '../harness/oauth/people.ts'
import { issue } from '../harness/served.ts'
import { until } from '../harness/until.ts'

const URL_THERE = 'https://gateway.example.com/mcp'
const { token: TOKEN } = issue({ subject: 'ada' })
const there = ['--gateway', URL_THERE, '--no-test']

t.test('a token learns what it may do, and what is left', async (t) => {
  const { url, ask, records, folder } = await serve(t)
  const there = ['--gateway', url]
  const asked = (args: readonly string[], input: string) =>
    runHere([...args, ...there], { cwd: folder, input })
  const called = await asked(['call', 'local/pid'], ada.token)
  t.equal(called.code, 0, called.stderr)
  t.match(called.stdout, /^\d+\n$/)
  const answer = await ask(ada.token)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  const who = (await answer.json()) as WhoAmI
  t.match(who, {
    subject: 'ada',
    kind: 'person',
    team: 'platform',
    roles: ['reader'],
    token: { id: ada.id, narrowed: true },
    servers: [
      {
        name: 'local',
        more: 0,
        tools: [
          { name: 'echo', exposed: 'local__echo', only: ['say in `a`, `b`'] },
          { name: 'pid', exposed: 'local__pid', only: [], never: [] },
        ],
      },
    ],
    limits: [
      { name: 'each', counts: 2, left: 2, of: 3, waitMs: 0 },
      { name: 'each-tool', counts: 2, left: 1, of: 2 },
      { name: 'few', counts: 1, left: 2, of: 2 },
    ],
  })
  t.notMatch(JSON.stringify(who), ada.token)
  const told = await asked(['whoami'], ada.token)
  t.equal(told.code, 0)
  t.match(
    told.stdout,
    /^Subject {2}ada\nTeam {5}platform\nRoles {4}reader, for/,
  )
  t.match(told.stdout, '  local__echo  when say in `a`, `b`\n')
  t.match(told.stdout, /each {7}3 calls an hour, each token +2 of 3\n/)
  t.notMatch(told.stdout + told.stderr, ada.token)
  await asked(['call', 'local__pid'], ada.token)
  const third = await asked(['call', 'local/pid'], ada.token)
  t.equal(third.code, 1)
  t.match(third.stdout, /^refused or failed:\nRate limit each-tool: /)
  t.match((await asked(['whoami'], ada.token)).stdout, /0 of 2, again in \d+ s/)
  const notices = records().filter(({ notice }) => notice === 'whoami')
  t.match(notices[0]?.detail, { subject: 'ada', tokenId: ada.id })
})

t.test('whoami answers nobody else', async (t) => {
  const { ask, origin, url, records } = await serve(t)
  for (const token of [undefined, 'x', old.token, `${ada.token}x`]) {
    const answer = await ask(token)
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), /^Bearer/)
    t.match(await answer.json(), { error: 'unauthorized' })
  }
  const foreign = await new Promise<number | undefined>((resolve) => {
    const headers = {
      host: 'evil.example',
      authorization: `Bearer ${ada.token}`,
    }
    get(`${origin}/whoami`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
  t.equal(foreign, 403)
  const busy = await Promise.all(
    Array.from({ length: 70 }, () => ask(ada.token)),
  )
  const refused = busy.filter(({ status }) => status === 429)
  t.ok(refused.length >= 5 && refused.length <= 10, `${refused.length}`)
  t.ok(Number(refused[0]?.headers.get('retry-after')) >= 1)
  t.equal((await ask(bob.token)).status, 200, 'each token has its own pace')
  await until(() => records().some(({ reason }) => reason === 'revoked token'))
  t.ok(records().some(({ decision }) => decision === 'unauthenticated'))
  const { code, stderr } = await runHere(['whoami', '--gateway', url], {
    input: old.token,
  })
  t.equal(code, 2)
  t.match(stderr, `The token ${old.id} was revoked`)
  t.notMatch(stderr, old.token)
})

async function look(
  url: string,
  token: string,
  client = 'claude-code',
  cwd?: string,
) {
  const io = makeIo(cwd ?? import.meta.dirname)
  io.stdin.end(token)
  const code = await run(['connect', '--client', client, '--gateway', url], io)
  io.stdout.end()
  io.stderr.end()
  return { code, stdout: await text(io.stdout), stderr: await text(io.stderr) }
}

t.test('connect tests what a client will see', async (t) => {
  const { origin, ann } = await servePeople(t)
  const fine = await look(origin, ann)
  t.equal(fine.code, 0, fine.stderr)
  t.match(fine.stdout, /connected as ann: \d+ tools? of \d+ servers?/)
  t.match(fine.stdout, 'sign in to notion first: gateway connect notion\n')
  t.notMatch(fine.stdout + fine.stderr, ann)
  const silent = await look(origin, '')
  t.equal(silent.code, 0)
  t.match(silent.stderr, 'not tested')
  const far = await look(origin, ann, 'openai')
  t.equal(far.code, 1)
  t.match(far.stdout, 'calls from the internet, and this address is this host')
  const path = await look(`${origin}/other`, ann)
  t.equal(path.code, 1)
  t.match(path.stdout, 'there is no MCP endpoint at this path (404)')
})

t.test('connect says why a client would fail', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    gwt_short: 'the token is cut or too long',
    secret: 'this is no token of a gateway',
  }
  const { url } = await serve(t)
  for (const [token, said] of Object.entries({
    ...cases,
    [ada.token]: 'connected as ada',
  })) {
    t.match((await look(url, token)).stdout, said)
  }
  t.match(
    (await look(url, old.token)).stdout,
    `The token ${old.id} was revoked`,
  )
  const folder = makeFolder(t)
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'.split(
        ' ',
      ),
      ...'-days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost'.split(
        ' ',
      ),
      ...['-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  )
  const seen: string[] = []
  const tls = createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    (request) => {
      seen.push(request.url ?? '')
    },
  )
  const moved = createPlain((request, response) => {
    seen.push(request.headers.authorization ?? '')
    response.writeHead(302, { location: 'https://elsewhere.example/' }).end()
  })
  for (const server of [tls, moved]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
  }
  const at = (server: typeof moved) => (server.address() as AddressInfo).port
  const unsafe = await look(
    `https://localhost:${at(tls as never)}/mcp`,
    ada.token,
  )
  t.equal(unsafe.code, 1)
  t.match(unsafe.stdout, 'its certificate is signed by itself')
  t.match(unsafe.stdout, 'NODE_EXTRA_CA_CERTS')
  const plainly = await look(`https://127.0.0.1:${at(moved)}/mcp`, ada.token)
  t.match(plainly.stdout, /does not speak TLS|TLS failed|was cut/)
  t.same(seen, [], 'no token left')
  const led = await look(`http://127.0.0.1:${at(moved)}/mcp`, ada.token)
  t.match(led.stdout, 'it leads to another address (302)')
  t.equal(seen.length, 1, 'no redirect was followed')
  await new Promise((resolve) => moved.close(resolve))
  const gone = await look('http://127.0.0.1:9/mcp', ada.token)
  t.match(gone.stdout, 'nothing listens there')
})

t.test('a server that has the name of a client wins', async (t) => {
  const codex = {
    type: 'http',
    url: 'https://codex.example/mcp',
    auth: { type: 'oauth', as: 'person' },
  }
  const file = JSON.stringify({
    ...CONFIG,
    servers: { local, codex },
    limits: {},
    listen: { port: 9 },
    roles: { reader: CONFIG.roles.reader },
  })
  const cwd = makeFolder(t, { 'gateway.config.json': file })
  const server = await runHere(['connect', 'codex'], { cwd, input: ada.token })
  t.equal(server.code, 2)
  t.match(server.stderr, 'no gateway answers at http://127.0.0.1:9')
  const client = await runHere(['connect', '--client', 'codex', '--no-test'], {
    cwd,
  })
  t.equal(client.code, 0)
  t.match(client.stdout, /^Codex: ~\/\.codex\/config\.toml\n/)
  const none = await runHere(['connect', 'cursor', '--no-test'], { cwd })
  t.match(none.stdout, 'http://127.0.0.1:9/mcp')
})

t.test(
  'token issue --client prints the config, and the token once',
  async (t) => {
    const cwd = makeFolder(t, {
      'gateway.config.json': JSON.stringify({
        ...CONFIG,
        servers: { local },
        limits: {},
        roles: { reader: CONFIG.roles.reader },
      }),
    })
    const args = ['token', 'issue', '--subject', 'eve', '--role', 'reader']
    for (const client of ['codex', 'zed']) {
      const issued = await runHere([...args, '--client', client], { cwd })
      t.equal(issued.code, 0, issued.stderr)
      t.match(issued.stdout, /^gwt_\w+\n$/)
      t.notMatch(issued.stderr, issued.stdout.trim())
      t.match(
        issued.stderr,
        client === 'zed'
          ? '"Bearer YOUR_TOKEN"'
          : 'bearer_token_env_var = "GATEWAY_TOKEN"',
      )
    }
    const wrong = await runHere([...args, '--client', 'cusor'], { cwd })
    t.equal(wrong.code, 2)
    t.match(wrong.stderr, 'did you mean `cursor`')
  },
)

t.test('wrong usage says what to do', async (t) => {
  const home = makeFolder(t)
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--client', 'cursr'], 'did you mean `cursor`'],
    [['cursor', '--client', 'zed'], 'name a client once'],
    [['zed', '--write', ...there], 'has the token in its file'],
    [['zed', '--write', '--project', ...there], 'is committed'],
    [['mcp-remote', '--write', ...there], 'with --file'],
    [['jetbrains', '--write', ...there], 'has no file'],
    [['cursor', '--write', '--undo', ...there], 'not both'],
    [['cursor', '--gateway', 'http://10.0.0.1/mcp'], 'https, or http on this'],
    [['cursor', '--gateway', 'https://u:p@x.example/mcp'], 'not the address'],
    [['cursor', '--token-env', 'NOT_THERE', '--gateway', URL_THERE], 'not set'],
    [['cursor', '--token-env', TOKEN, '--gateway', URL_THERE], 'history'],
  ]
  for (const [args, said] of cases) {
    const input =
      args.includes('--project') ||
      args[0] === 'mcp-remote' ||
      args[0] === 'jetbrains'
        ? TOKEN
        : ''
    const { code, stderr } = await runHere(['connect', ...args], {
      cwd: home,
      input,
    })
    t.equal(code, 2, args.join(' '))
    t.match(stderr, said)
    t.notMatch(stderr, TOKEN.slice(20))
  }
  t.same(readdirSync(home), [])
})

t.test('what a client makes of tools', (t) => {
  const cursor = findClient('cursor') as Client
  const long = { name: 'x'.repeat(54) }
  const many = Array.from({ length: 41 }, (_, at) => ({ name: `t${at}` }))
  t.same(judgeTools(cursor, [{ name: 'x'.repeat(53) }]), [])
  t.match(judgeTools(cursor, [long]), [
    /^1 name has more than 60 characters, `gateway` included: it drops/,
  ])
  t.match(judgeTools(cursor, many), [/^41 tools are more than 40: /])
  const gemini = findClient('gemini') as Client
  const schema = { properties: { a: { additionalProperties: false } } }
  t.match(judgeTools(gemini, [{ name: 'a', inputSchema: schema }]), [
    /^Gemini CLI leaves out of schemas: `additionalProperties` of a$/,
  ])
  t.end()
})

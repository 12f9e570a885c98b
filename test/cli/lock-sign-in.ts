// `gateway lock` of a server to which people sign in, as a process, with a real
// authorization server, a real MCP server, and a program in place of a browser.
// Covers src/cli.

import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/run.ts'
import { gateway, makeFolder, makeIo } from '../harness/gateway.ts'
import { CLIENTS } from '../harness/oauth/authorization-server.ts'
import { type Scene, startPeers } from '../harness/oauth/scene.ts'
import { until } from '../harness/until.ts'

const BROWSER = join(import.meta.dirname, '../harness/oauth/browser-program.js')

function makeTeam(
  t: Test,
  { ledger }: Scene,
  { auth = {}, notes = 'notes', ...more }: Record<string, unknown> = {},
) {
  const own = { type: 'oauth', as: 'person', ...(auth as object) }
  const config = {
    listen: { port: 0 },
    admin: { port: 0 },
    servers: { ledger: { type: 'http', url: ledger.url, auth: own } },
    ...more,
  }
  const folder = makeFolder(t, {
    'gateway.config.json': JSON.stringify(config),
  })
  // Beside the folder, which the gateway must leave as it is.
  const out = makeFolder(t)
  const browser = join(out, 'browser')
  const file = join(out, String(notes))
  writeFileSync(
    browser,
    `#!/bin/sh\nexec "${process.execPath}" "${BROWSER}" "${file}" "$1" 2>>"${file}"\n`,
  )
  chmodSync(browser, 0o755)
  const env = { PATH: process.env.PATH ?? '', BROWSER: browser, S: SECRET }
  const run = (...args: string[]) =>
    gateway([...args, '--cwd', folder], { cwd: folder, env })
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const list = () => readdirSync(folder).sort()
  const lock = () =>
    JSON.parse(readFileSync(join(folder, 'gateway.lock.json'), 'utf8'))
  return { run, read, list, lock, folder, env }
}

const SECRET = 'a-secret-of-an-app-of-thirty-signs'

const tools = ({ servers }: { servers: Record<string, { tools: object[] }> }) =>
  servers.ledger?.tools.map((one) => (one as { name: string }).name)

for (const as of ['person', 'gateway']) {
  t.test(`a lock by whoever runs it: as ${as}`, async (t) => {
    const scene = await startPeers(t)
    const { as: issuer, ledger } = scene
    const team = makeTeam(t, scene, { auth: { as } })
    const { code, stdout, stderr } = await team.run(
      'lock',
      'ledger',
      '--sign-in',
    )
    t.equal(code, 0, stderr + team.read())
    t.same(tools(team.lock()), [
      'create_issue',
      'delete_file',
      'search_issues',
      'slow',
    ])
    t.match(stderr, /ledger: sign in with your own account, at http:\/\/127/)
    t.match(stderr, 'ledger: 4 tools')
    t.match(stderr, 'the token is revoked; nothing of the sign-in is kept')
    // The browser writes when it has the page; the command may have ended.
    await until(() => /page 200 [\s\S]*You can close this/.test(team.read()))
    t.same(team.list(), ['gateway.config.json', 'gateway.lock.json'])
    // Registered as a program on somebody's own computer.
    const [registration = ''] = issuer.requests.map(({ body }) => body)
    const { redirect_uris: uris = [], ...client } = JSON.parse(registration)
    t.match(client, { application_type: 'native' })
    t.match(uris, [/^http:\/\/127\.0\.0\.1:\d+\/connect\/ledger\/callback$/])
    // The token went to the server alone, and is of no use any more.
    const [token = ''] = ledger.accepted
    t.match(token, /^Bearer eyJ/)
    t.notMatch(stdout + stderr, token.replace('Bearer ', ''))
    const revoked = issuer.paths.filter((path) => path.endsWith('/revocation'))
    t.ok(revoked.length > 0, issuer.paths.join(' '))
    t.match((await team.run('check')).stdout, '0 errors')
  })
}

t.test('what others bring back is not taken', async (t) => {
  const scene = await startPeers(t)
  const team = makeTeam(t, scene, { notes: 'forge' })
  const { code, stderr } = await team.run('lock', '--sign-in')
  t.equal(code, 0, stderr + team.read())
  await until(() => team.read().includes('page 200'))
  t.match(team.read(), /^state 404\npath 404\npost 404\nhost 404\npage 200/m)
})

t.test('a server that tells its token writes it into no lock', async (t) => {
  const scene = await startPeers(t, startTeller)
  const team = makeTeam(t, scene)
  const { code, stdout, stderr } = await team.run('lock', '--sign-in')
  t.equal(code, 0, stderr + team.read())
  const [token = ''] = scene.ledger.accepted
  t.match(token, /^Bearer eyJ/)
  const written = readFileSync(join(team.folder, 'gateway.lock.json'), 'utf8')
  t.match(written, 'you sent')
  t.notMatch(written + stdout + stderr, token.replace('Bearer ', ''))
})

t.test('without a terminal nobody is asked', async (t) => {
  const scene = await startPeers(t)
  const team = makeTeam(t, scene)
  const named = await team.run('lock', 'ledger')
  t.equal(named.code, 2)
  t.match(
    named.stderr,
    'not contacted, because somebody must sign in: ledger\nhelp: run `gateway lock ledger` in a terminal, or with --sign-in',
  )
  const all = await team.run('lock')
  t.equal(all.code, 1, 'one is not locked')
  t.match(all.stderr, 'somebody must sign in: ledger')
  t.same(scene.as.paths, [])
  t.equal(team.read(), '', 'no browser')
})

t.test('at a terminal the browser opens by itself', async (t) => {
  const scene = await startPeers(t)
  const { env, folder, lock, read } = makeTeam(t, scene)
  const io = { ...makeIo(folder), env }
  Object.assign(io.stderr, { isTTY: true })
  const said = text(io.stderr)
  const code = await run(['lock'], io)
  io.stderr.end()
  t.equal(code, 0, (await said) + read())
  t.equal(tools(lock())?.length, 4)
})

t.test('a lock of before stays', async (t) => {
  const scene = await startPeers(t)
  const team = makeTeam(t, scene)
  t.equal((await team.run('lock', '--sign-in')).code, 0)
  const before = team.lock()
  t.equal((await team.run('lock')).code, 0)
  t.same(team.lock(), before)
  scene.as.choices.refuses = true
  const refused = await team.run('lock', '--sign-in')
  t.equal(refused.code, 1)
  t.match(
    refused.stderr,
    /ledger: cannot sign in: the authorization server \S+ has not signed the person in: access_denied/,
  )
  await until(() => team.read().includes('The sign-in failed'))
  t.same(team.lock(), before)
})

t.test('an app that was registered by hand', async (t) => {
  const scene = await startPeers(t)
  const port = await findPort()
  const at = `http://127.0.0.1:${port}/connect/ledger/callback`
  scene.as.register([...CLIENTS, appOf(at)])
  const client = { id: 'app', secret: { secret: 'env:S' } }
  const auth = { client, scopes: ['read'] }
  const team = makeTeam(t, scene, { auth })
  const args = ['lock', 'ledger', '--sign-in', '--port', String(port)]
  const { code, stderr } = await team.run(...args)
  t.equal(code, 0, stderr + team.read())
  t.match(team.read(), `redirect_uri=${encodeURIComponent(at)}`)
  t.notMatch(stderr, SECRET)
  t.notOk(scene.as.paths.includes('/reg'))
})

t.test('a live check of the way to sign in', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const listen = { port: 0, publicUrl: 'http://localhost:4600' }
  const at = 'http://localhost:4600/connect/ledger/callback'
  const own = makeTeam(t, scene, { listen })
  const good = await own.run('check', '--live')
  t.match(
    good.stdout,
    `Sign-in to ledger is at ${as.issuer}, as a client that the gateway registers, with the redirect address ${at}`,
  )
  t.notOk(as.paths.includes('/reg'), 'nothing is registered')

  const client = { id: 'app', secret: { secret: 'env:S' } }
  const byHand = makeTeam(t, scene, { listen, auth: { client } })
  const unknown = await byHand.run('check', '--live')
  t.equal(unknown.code, 1)
  t.match(
    unknown.stdout,
    new RegExp(
      `GW8019 .*shows the client app no page to sign in: HTTP 400; register the redirect address ${at} for this client there`,
    ),
  )
  as.register([...CLIENTS, appOf(at)])
  const known = await byHand.run('check', '--live')
  t.match(known.stdout, 'as the client of the config', known.stdout)
  t.notMatch(known.stdout, 'GW8019')
  t.notMatch(unknown.stdout + known.stdout, SECRET)

  as.fault = (request, response) => {
    if (!request.url?.includes('/.well-known/')) return response.end()
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        issuer: as.issuer,
        authorization_endpoint: `${as.issuer}/auth`,
        token_endpoint: `${as.issuer}/token`,
        code_challenge_methods_supported: ['S256'],
      }),
    )
  }
  const closed = await own.run('check', '--live')
  t.equal(closed.code, 1)
  t.match(
    closed.stdout,
    `registers no clients: register the gateway there as a client for the redirect address ${at}, and write its id as \`client: { id: … }\``,
  )
})

/** A server whose only tool is described by what it was sent. */
async function startTeller() {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString() || '{}')
    if (id === undefined) return response.writeHead(202).end()
    const tool = {
      name: 'tell',
      description: `you sent ${request.headers.authorization}`,
      inputSchema: { type: 'object' },
    }
    const result =
      method === 'initialize'
        ? {
            protocolVersion: '2025-06-18',
            capabilities: { tools: {} },
            serverInfo: { name: 'teller', version: '1' },
          }
        : { tools: [tool] }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}/mcp`, close }
}

function appOf(redirect: string): object {
  return {
    client_id: 'app',
    client_secret: SECRET,
    redirect_uris: [redirect],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
    token_endpoint_auth_method: 'client_secret_basic',
  }
}

/** One that was free a moment ago. */
async function findPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

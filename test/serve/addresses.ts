// Which addresses the gateway shows and which Host it accepts: direct, with TLS,
// behind a proxy, and behind the nginx and the Caddy of docs/deploy.md; and what
// `check --live` finds at the public address.
// Covers src/runtime/http, src/contract, src/cli.

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findAddressFaults } from '../../src/cli/live/address.ts'
import { compile } from '../../src/compile.ts'
import { boundAddress } from '../../src/contract/origins.ts'
import { findCaddy, NO_CADDY, startCaddy } from '../harness/caddy.ts'
import {
  hasOpenssl,
  issueCertificate,
  issueChain,
} from '../harness/certificates.ts'
import { readDeployLines, serveDeployed } from '../harness/deployed.ts'
import { gateway as runGateway, runHere } from '../harness/gateway.ts'
import { type Reach, ROWS, TLS } from '../harness/host-rows.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { findNginx, NO_NGINX, startNginx } from '../harness/nginx.ts'
import { CALL } from '../harness/one-tool.ts'
import { makeFolder, serveFolder } from '../harness/process.ts'
import { issue, type Served, serveConfig } from '../harness/served.ts'
import { startTlsProxy } from '../harness/tls-proxy.ts'
import { until } from '../harness/until.ts'
import { modernHeaders, send } from '../harness/wire.ts'

const skip = hasOpenssl() ? false : 'there is no openssl'

const made = mkdtempSync(join(tmpdir(), 'certificates-'))
t.teardown(() => rmSync(made, { recursive: true }))
const { ca, own } = skip
  ? { ca: { cert: '', key: '' }, own: { cert: '', key: '' } }
  : issueChain(made)
const FILES = { 'cert.pem': own.cert, 'key.pem': own.key }

/** Two gateways, with TLS and without; each row is a swap. */
async function serveBoth(t: Test) {
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = (listen: object) => ({
    listen,
    servers: {
      issues: { type: 'http', url: upstream.url },
      notion: {
        type: 'http',
        url: 'http://127.0.0.1:1/mcp',
        auth: { type: 'oauth', as: 'person' },
      },
    },
    roles: { all: { allow: { issues: ['*'], notion: ['*'] } } },
  })
  const start = (listen: object) =>
    serveConfig(t, config(listen), [mine], undefined, FILES)
  const [plain, tls] = [await start({}), await start({ tls: TLS })]
  const at = ({ gateway }: Served) => new URL(gateway.localUrl)
  const proxied = await startTlsProxy(t, own, Number(at(plain).port))
  const origins = {
    plain: at(plain).origin,
    tls: at(tls).origin,
    proxy: proxied,
  }
  const last = new Map<Served, object>([
    [plain, {}],
    [tls, { tls: TLS }],
  ])
  const use = async (listen: object, reach: Reach) => {
    const served = reach === 'tls' ? tls : plain
    if (JSON.stringify(last.get(served)) !== JSON.stringify(listen)) {
      await served.reload(config(listen))
    }
    last.set(served, listen)
    return { gateway: served.gateway, origin: origins[reach] }
  }
  return { use, token: mine.token }
}

t.test('address × proxy × TLS × Host', { skip }, async (t) => {
  const { use, token } = await serveBoth(t)
  for (const { listen, reach, shown, headers, ...hosts } of ROWS) {
    const name = `${JSON.stringify(listen)}, ${reach}`
    const { gateway, origin } = await use(listen, reach)
    const { port } = new URL(gateway.localUrl)
    const own = shown.replace('PORT', port)
    const ask = async (host: string) => {
      const { status } = await send(`${origin}/mcp`, {
        headers: {
          ...modernHeaders(token, 'tools/call', CALL.params.name),
          ...headers,
          host: host.replace('PORT', port),
        },
        body: JSON.stringify(CALL),
        tls: { ca: ca.cert, servername: 'localhost' },
      })
      return `${host}: ${status}`
    }
    const statuses = async (list: readonly string[] = []) =>
      Promise.all(list.map(ask))
    const { accepted, refused = [] } = hosts
    t.same(
      await statuses(accepted),
      accepted.map((host) => `${host}: 200`),
      name,
    )
    t.same(
      await statuses(refused),
      refused.map((host) => `${host}: 403`),
      name,
    )
    t.equal(gateway.url, `${own}/mcp`, name)
    t.equal(gateway.status().url, `${own}/mcp`)
    // Over http the gateway has no such document.
    if (!own.startsWith('https:')) continue
    const client = await send(`${origin}/connect/notion/client.json`, {
      method: 'GET',
      headers: {
        ...headers,
        host: (accepted[0] ?? 'localhost').replace('PORT', port),
      },
      tls: { ca: ca.cert, servername: 'localhost' },
    })
    const { client_id, redirect_uris } = JSON.parse(client.body)
    t.equal(client_id, `${own}/connect/notion/client.json`, name)
    t.same(redirect_uris, [`${own}/connect/notion/callback`], name)
  }
})

const nginx = findNginx()
const noNginx = skip || (nginx ? false : NO_NGINX)

t.test('the nginx of docs/deploy.md', { skip: noNginx }, async (t) => {
  const { folder } = await serveDeployed(t, FILES, async (scene) => {
    const { port, gatewayPort, there } = scene
    const lines = readDeployLines('nginx')
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace('127.0.0.1:4600', `127.0.0.1:${gatewayPort}`)
      .replaceAll('mcp.example.com', 'localhost')
      .replace('/etc/nginx/tls/fullchain.pem', join(scene.folder, 'cert.pem'))
      .replace('/etc/nginx/tls/privkey.pem', join(scene.folder, 'key.pem'))
    t.notMatch(lines, /example\.com|4600|etc/)
    await startNginx(t, nginx ?? '', there, lines, port)
    return ca.cert
  })
  const seenThere = await findAddressFaults(await sceneOf(folder), true)
  // This process trusts the usual authorities alone.
  t.match(seenThere.findings, [
    {
      code: 'GW8032',
      message:
        /certificate of .* is not valid here: its authority is not known here.*CN=own/,
    },
  ])
})

const caddy = findCaddy()

t.test(
  'the Caddy of docs/deploy.md',
  { skip: caddy ? false : NO_CADDY },
  async (t) => {
    await serveDeployed(t, {}, ({ port, gatewayPort, there }) => {
      const site = readDeployLines('caddyfile')
        .replace('mcp.example.com', `localhost:${port}`)
        .replace('127.0.0.1:4600', `127.0.0.1:${gatewayPort}`)
      t.notMatch(site, /example\.com|4600/)
      return startCaddy(t, caddy ?? '', there, site, port)
    })
  },
)

async function sceneOf(folder: string) {
  const { artefact, root } = await compile({
    cwd: folder,
    now: Date.now(),
  })
  if (!artefact) throw new Error('it does not compile')
  return { artefact, root }
}

t.test('where a listener is bound', async (t) => {
  const at = (host: string) => boundAddress({ host, port: 4600 })
  t.same(
    [at('0.0.0.0'), at('::'), at('[::1]'), at('127.0.0.1')],
    ['0.0.0.0:4600', '[::]:4600', '[::1]:4600', '127.0.0.1:4600'],
    'also where that is every address',
  )
})

t.test('the public address, from outside', async (t) => {
  const asked: string[] = []
  const answers: { current: RequestListener } = { current: () => undefined }
  const front = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answers.current(request, response)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  t.teardown(() => front.close())
  const { port } = front.address() as AddressInfo
  const publicUrl = `http://localhost:${port}`
  const serve = (listen: object) => serveConfig(t, { listen, servers: {} }, [])
  const mine = await serve({ publicUrl })
  const other = await serve({ publicUrl })
  const pass =
    ({ gateway }: Served, host?: string): RequestListener =>
    async (request, response) => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          String(value),
        ]),
      )
      const answer = await send(
        new URL(request.url ?? '', gateway.localUrl).href,
        {
          method: request.method ?? '',
          headers: host === undefined ? headers : { ...headers, host },
        },
      )
      response.writeHead(answer.status, answer.headers)
      response.end(answer.body)
    }
  const scene = await sceneOf(mine.folder)
  const look = () => findAddressFaults(scene, true)
  const page: RequestListener = (_, response) => {
    response.writeHead(404, {
      'content-type': 'text/html',
      server: 'a\u001b[2Jproxy'.replace('\u001b', ''),
    })
    response.end('<h1>no</h1>')
  }
  const rows: readonly (readonly [RequestListener, RegExp | string])[] = [
    [pass(mine), `the public address ${publicUrl}/mcp leads to this gateway`],
    [pass(other), /another gateway answers, with another key/],
    [pass(mine, 'upstream'), /leads to this gateway, which refuses the Host/],
    [
      page,
      /is not this gateway: status 404, `text\/html`, server `a\[2Jproxy`/,
    ],
    [
      (_, response) =>
        void response
          .writeHead(308, { location: 'https://login.example/x?y' })
          .end(),
      /redirects to `https:\/\/login\.example\/x\?y` \(308\), which was not followed/,
    ],
    [
      (request) => void request.socket.destroy(),
      /cannot be reached: the connection was ended without an answer/,
    ],
  ]
  for (const [answer, expected] of rows) {
    answers.current = answer
    const { findings, remarks } = await look()
    const [found] = [...findings.map(({ message }) => message), ...remarks]
    t.match(found, expected)
    t.equal(findings.length + remarks.length, 1)
  }
  t.same([...new Set(asked)], ['OPTIONS /mcp'], 'no redirect is followed')
  const none = await findAddressFaults(scene, false)
  t.match(none, {
    findings: [],
    remarks: [/was not requested: no gateway with this config's key runs here/],
  })
  rmSync(join(mine.folder, 'gateway.key'))
  t.match(await look(), {
    findings: [],
    remarks: [/was not requested: the key file `gateway\.key` cannot be read/],
  })
  writeFileSync(
    join(mine.folder, 'gateway.key'),
    readFileSync(join(other.folder, 'gateway.key')),
  )
  front.close()
  t.match((await look()).findings, [
    { code: 'GW8031', message: /cannot be reached: nothing listens there/ },
  ])
})

t.test(
  'what a gateway with TLS prints, and its `check --live`',
  { skip },
  async (t) => {
    const soon = issueCertificate(made, 'soon', { by: 'ca', days: 20 })
    const folder = makeFolder(t, {
      'cert.pem': soon.cert,
      'key.pem': soon.key,
      'ca.pem': ca.cert,
    })
    const write = (port: string, adminPort: string) => {
      const publicUrl = `https://localhost:${port}`
      const listen = { port: Number(port), publicUrl, tls: TLS }
      const roles = { all: { allow: {} } }
      const admin = { port: Number(adminPort) }
      const config = { listen, admin, roles, servers: {} }
      const text = JSON.stringify(config)
      writeFileSync(join(folder, 'gateway.config.json'), text)
      return publicUrl
    }
    write('1', '0')
    const served = await serveFolder(t, folder)
    const [, port = ''] =
      /^Listener .*:(\d+), TLS$/m.exec(served.stdout()) ?? []
    t.equal(served.url, 'https://localhost:1/mcp')
    const publicUrl = write(port, new URL(served.adminUrl).port)
    const who = ['--subject', 'ann', '--role', 'all']
    const issued = await runHere(['token', 'issue', ...who], { cwd: folder })
    t.match(issued.stderr, `"url": "${publicUrl}/mcp"`)
    await until(async () => {
      const status = await runHere(['status'], { cwd: folder })
      return status.stdout.includes(`url          ${publicUrl}/mcp\n`)
    }, 'the new address is shown')
    const status = await runHere(['status'], { cwd: folder })
    const line =
      /^certificate {2}cert\.pem, until \S+, for DNS:localhost, IP Address:127\.0\.0\.1\n {13}it expires at \S+, in 19 days$/m
    t.match(status.stdout, line)
    const open = makeFolder(t, {
      'gateway.config.json': JSON.stringify({
        listen: { port: 0 },
        roles: { all: { allow: {} } },
        servers: {},
      }),
    })
    const unknown = await runHere(['token', 'issue', ...who], { cwd: open })
    t.match(unknown.stderr, '"url": "http://127.0.0.1:PORT/mcp"')
    const all = served.stdout() + status.stdout + issued.stderr
    t.notMatch(all, /\/\/127[^\n]*\/mcp/)
    const { stdout, code } = await runGateway(['check', '--live'], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', NODE_EXTRA_CA_CERTS: 'ca.pem' },
    })
    t.equal(code, 0, stdout)
    t.match(
      stdout,
      `The public address ${publicUrl}/mcp leads to this gateway.`,
    )
    t.match(stdout, /GW8034 .*`cert\.pem` expires at \S+, in 19 days/)
    t.match(stdout, /GW8002 .*`key\.pem`: its mode is 0644/)
  },
)

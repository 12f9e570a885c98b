// `check --live`: every code of it in a golden case, then the verb itself
// against real servers, a running gateway and a clock that is wrong.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/run.ts'
import { CODES } from '../../src/diagnostics/codes.ts'
import { seal } from '../harness/evaluator.ts'
import { gateway, makeIo, runHere } from '../harness/gateway.ts'
import { judgeFindings, nameCases, runCases } from '../harness/golden.ts'
import { startHttpServer } from '../harness/http-server.ts'
import { runLiveCase } from '../harness/live-case.ts'
import { KEY } from '../harness/oauth/authorization-server.ts'
import { BY_KEY, BY_SECRET, startPeers } from '../harness/oauth/scene.ts'
import { makeFolder, serveFolder } from '../harness/process.ts'

t.test('golden cases', async (t) => {
  const names = nameCases().filter((name) => name.startsWith('live-'))
  const seen = new Set<string>()
  const cases = await runCases(names, async (name) => {
    return { name, ...(await runLiveCase(t, name, seal)) }
  })
  for (const { name, folder, diagnostics } of cases) {
    const { found, expected } = judgeFindings(name, diagnostics, folder)
    t.strictSame(found, expected, name)
    for (const { code } of diagnostics) seen.add(code)
  }
  const missing = Object.keys(CODES)
    .filter((code) => code.startsWith('GW8'))
    .filter((code) => !seen.has(code))
  t.same(missing, OF_RUNNING, 'every other code has a golden case')
})

/** These need a running gateway, or a certificate that ends soon: see
 * serve/addresses. */
const OF_RUNNING = ['GW8031', 'GW8032', 'GW8034']

const SECRET = 'a-value-that-nobody-sees'

const ALLOW = "['echo']"

async function makeTeam(t: Test, allow = ALLOW) {
  const server = await startHttpServer()
  t.teardown(() => server.close())
  const folder = makeFolder(t, {
    'gateway.config.ts': writeConfig(server.url, allow),
    'good.env': `FAR_TOKEN=${SECRET}\n`,
  })
  return { folder, server }
}

const STDIO = join(import.meta.dirname, '../harness/stdio-server.js')

function writeConfig(far: string, allow: string, port = '0', adminPort = '0') {
  return `
import { bearer, defineGateway, http, stdio } from 'portcullis'
export default defineGateway({
  listen: { port: ${port} },
  admin: { port: ${adminPort} },
  servers: {
    far: http({
      url: ${JSON.stringify(far)},
      headers: { authorization: bearer('env:FAR_TOKEN') },
    }),
    near: stdio({
      command: ${JSON.stringify(process.execPath)},
      args: [${JSON.stringify(STDIO)}],
    }),
  },
  roles: { reader: { allow: { far: ['*'], near: ${allow} } } },
  teams: { all: { roles: ['reader'] } },
})
`
}

const LIVE = ['check', '--live', '--secrets', 'good.env']

t.test('real servers, and a gateway that runs', async (t) => {
  const { folder, server } = await makeTeam(t)
  const bare = await gateway(['check', '--live'], { cwd: folder })
  t.equal(bare.code, 1)
  t.match(bare.stdout, /:9:\d+ {2}GW8001 .*env:FAR_TOKEN/)
  t.match(bare.stdout, /No lock\. 1 of 2 servers answered/)
  t.match(
    bare.stderr,
    /^waiting for near\n/,
    'one without its secret is not asked',
  )
  t.equal(server.heads.length, 0)

  const fine = await runHere(LIVE, { cwd: folder })
  t.equal(fine.code, 0, fine.stdout + fine.stderr)
  t.match(fine.stderr, /^waiting for far, near\n/)
  t.match(fine.stderr, /far: \d+ tools, 1 prompt \(/)
  t.match(fine.stdout, /No lock\. 2 of 2 servers answered\./)
  t.equal(server.heads[0]?.authorization, `Bearer ${SECRET}`)
  const plain = server.heads.filter(({ authorization }) => !authorization)
  t.equal(plain.length, 1, 'asked for the time, without credentials')

  const served = await serveFolder(t, folder, ['--secrets', 'good.env'])
  const ports = [served.url, served.adminUrl].map((url) => new URL(url).port)
  const config = writeConfig(server.url, ALLOW, ...ports)
  writeFileSync(join(folder, 'gateway.config.ts'), config)
  const running = await runHere(LIVE, { cwd: folder })
  t.equal(running.code, 0, running.stdout)
  t.match(running.stdout, /The gateway is running here/)
  const said = [bare, fine, running].flatMap((one) => [one.stdout, one.stderr])
  t.notMatch(said.join(''), SECRET)
})

t.test('what is not locked is judged by what its server offers', async (t) => {
  const { folder } = await makeTeam(t, "['ecko']")
  const offline = await runHere(['check'], { cwd: folder })
  t.equal(offline.code, 0, 'nobody knows better, offline')
  const live = await runHere(LIVE, { cwd: folder })
  t.equal(live.code, 1)
  t.match(live.stdout, /:\d+:\d+ {2}GW3012 .*`ecko`/)
  t.match(live.stdout, /did you mean `echo`\?/)
  t.match(live.stdout, /the server has no lock yet/)
})

t.test('a server that the gateway signs in to', async (t) => {
  const { as, ledger } = await startPeers(t)
  const configure = (client: object) => {
    const auth = { type: 'clientCredentials', issuer: as.issuer, client }
    const config = {
      listen: { port: 0 },
      admin: { port: 0 },
      servers: { ledger: { type: 'http', url: ledger.url, auth } },
      roles: { reader: { allow: { ledger: ['*'] } } },
      teams: { all: { roles: ['reader'] } },
    }
    return JSON.stringify(config)
  }
  const check = async (client: object, files: Record<string, string>) => {
    const config = { 'gateway.config.json': configure(client) }
    const folder = makeFolder(t, { ...config, ...files })
    for (const name of Object.keys(files)) chmodSync(join(folder, name), 0o600)
    return runHere(['check', '--live'], { cwd: folder })
  }
  const jwk = JSON.stringify(KEY.privateJwk, null, 2)
  const good = await check(BY_KEY, { 'gw.jwk': jwk })
  t.match(good.stdout, /1 of 1 servers answered/, 'a key of several lines')
  const none = await check(BY_KEY, {})
  t.match(none.stdout, /GW8001 .*secret file:gw\.jwk cannot be read/)
  const wrong = await check(BY_SECRET, { 'gw.secret': `${SECRET}-and-more` })
  t.equal(wrong.code, 1)
  t.match(
    wrong.stdout,
    `GW8013  \`ledger\` cannot sign in: the authorization server ${as.issuer} refuses the client gw: invalid_client`,
  )
  t.match(
    wrong.stdout,
    'check `client.id` and `client.secret` of servers.ledger',
  )
  const other = await check(BY_KEY, { 'gw.jwk': '{"kty":"EC","d":"secret"}' })
  t.match(other.stdout, /the key file:gw\.jwk is not a private JWK/)
  t.notMatch(JSON.stringify([good, wrong, other]), SECRET)
})

t.test('a clock that is ten minutes behind', async (t) => {
  const { folder } = await makeTeam(t)
  const now = () => Date.now() - 600_000
  const io = { ...makeIo(folder), env: { FAR_TOKEN: SECRET }, now }
  const code = await run(['check', '--live', '--strict'], io)
  io.stdout.end()
  const said = await text(io.stdout)
  t.equal(code, 1, 'a warning')
  t.match(said, /GW8011 .*the clock of `far` is 10 min ahead of this machine's/)
})

t.test('a secret that is too short to be masked', async (t) => {
  const { folder } = await makeTeam(t)
  const io = { ...makeIo(folder), env: { FAR_TOKEN: 'abc' } }
  t.equal(await run(['check', '--live'], io), 0)
  io.stdout.end()
  const said = await text(io.stdout)
  t.match(said, /too short to be masked in what a server says: env:FAR_TOKEN/i)
})

t.test('a config with errors asks nobody', async (t) => {
  const { folder, server } = await makeTeam(t, "['echo?']")
  const { code, stdout, stderr } = await runHere(LIVE, { cwd: folder })
  t.equal(code, 1)
  t.match(stdout, /Servers were not contacted: fix the errors first/)
  t.equal(stderr, '')
  t.equal(server.heads.length, 0)
  const unread = ['check', '--live', '--secrets', 'none.env']
  t.equal((await runHere(unread, { cwd: folder })).code, 2)
})

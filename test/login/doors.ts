// The two addresses of a gateway with a login: what each takes, what it waits
// for, and what is the same for a person at both.
// Covers src/runtime/login, src/runtime/stages.

import { join } from 'node:path'
import t from 'tap'
import { deriveToken, readKey } from '../../src/runtime/base/key.ts'
import { openEvents } from '../harness/events.ts'
import { startCompany } from '../harness/login/company.ts'
import { PATH, serveLogin } from '../harness/login/scene.ts'
import { writeLock } from '../harness/oauth/locked.ts'
import { servePeople } from '../harness/oauth/people.ts'
import { signInAt } from '../harness/oauth/walk.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, post, send } from '../harness/wire.ts'

t.test('each door takes its own tokens alone', async (t) => {
  const { company, mine, url, at, origin, folder } = await serveLogin(t)
  const token = await company.sign()
  const wrong = await post(url, token, 'tools/list')
  t.equal(wrong.status, 401)
  const challenge = wrong.headers['www-authenticate']
  t.match(challenge, `Tokens of the login of the company are taken at ${at}.`)
  t.notMatch(challenge, 'resource_metadata')
  const gwt = await post(at, mine.token, 'tools/list')
  t.equal(gwt.status, 401)
  t.match(gwt.body, /A token that begins with gwt_ is for \/mcp/)
  const none = await send(at, {
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  const metadata = `${origin}/.well-known/oauth-protected-resource/sso/mcp`
  t.equal(
    none.headers['www-authenticate'],
    `Bearer resource_metadata="${metadata}"`,
    'no error where no token was sent',
  )
  const statuses = async (paths: readonly string[]) =>
    Promise.all(
      paths.map(async (path) => {
        const answer = await fetch(origin + path)
        const { error } = (await answer.json()) as { error?: string }
        return [path, answer.status, error]
      }),
    )
  t.same(
    await statuses([
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-authorization-server/mcp',
      '/.well-known/openid-configuration',
    ]),
    [
      ['/.well-known/oauth-protected-resource/mcp', 404, 'not_found'],
      ['/.well-known/oauth-authorization-server', 404, 'not_found'],
      ['/.well-known/oauth-authorization-server/mcp', 404, 'not_found'],
      ['/.well-known/openid-configuration', 404, 'not_found'],
    ],
  )
  const other = await send(metadata, {
    method: 'GET',
    headers: { host: 'evil.example' },
  })
  t.equal(other.status, 403)
  const key = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  t.equal((await post(at, key, 'tools/list')).status, 401)
})

t.test('a client that goes away while its token is checked', async (t) => {
  const { company, at, list, gateway } = await serveLogin(t)
  let answer = () => {}
  const asked = new Promise<void>((resolve) => {
    company.fault = (_, response) => {
      answer = () => response.writeHead(503).end()
      resolve()
    }
  })
  const token = await company.sign()
  const gone = openEvents(at, {
    method: 'GET',
    headers: { authorization: `Bearer ${token}` },
  }).catch(() => 'gone')
  await asked
  company.fault = undefined
  answer()
  await gone
  t.equal(gateway.status().sessions, 0)
  t.equal((await list(token)).status, 503, 'asked again after a pause')
})

t.test(
  'other terms of the login end what was let in under the old ones',
  async (t) => {
    const { company, at, list, origin, reload, config, gateway } =
      await serveLogin(t)
    const token = await company.sign()
    const listen = () =>
      openEvents(at, {
        method: 'POST',
        headers: {
          ...modernHeaders(token, 'subscriptions/listen'),
          accept: 'text/event-stream',
        },
        body: JSON.stringify({
          ...{ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen' },
          params: {
            notifications: { toolsListChanged: true },
            _meta: ENVELOPE,
          },
        }),
      })
    const stream = await listen()
    await reload(config({ drain: '2s' }))
    t.equal(stream.ended(), undefined, 'another key ends nothing')
    await reload(config({}, { clients: ['vscode'] }))
    await until(() => stream.ended() !== undefined)
    t.match((await list(token)).body, /with a client that is not accepted/)
    await reload(config())
    t.equal((await list(token)).status, 200)
    const metadata = `${origin}/.well-known/oauth-protected-resource`
    t.equal((await fetch(metadata)).status, 200)
    const again = await listen()
    const { login: _, ...without } = config() as { login: object }
    await reload(without)
    await until(() => again.ended() !== undefined)
    t.equal((await post(at, token, 'tools/list')).status, 404)
    t.equal((await fetch(metadata)).status, 404)
    t.equal(gateway.status().login, null)
  },
)

t.test('many tokens at once, while the provider does not answer', async (t) => {
  const { company, list } = await serveLogin(t)
  const held: (() => void)[] = []
  company.fault = (_, response) => {
    held.push(() => response.writeHead(503).end())
  }
  const tokens = await Promise.all(
    Array.from({ length: 300 }, (_, at) => company.sign({ jti: `${at}` })),
  )
  const answers = tokens.map((token) => list(token))
  const first = await Promise.race(answers)
  t.equal(first.status, 503)
  t.match(first.body, /Too many tokens are being checked/)
  t.equal(first.headers['retry-after'], '1')
  await until(() => held.length > 0)
  for (const answer of held) answer()
  const all = await Promise.all(answers)
  t.same([...new Set(all.map(({ status }) => status))], [503])
  t.equal(held.length, 1, 'the provider was asked once')
})

t.test(
  'accounts at servers are of the person, however they come',
  async (t) => {
    const company = await startCompany()
    t.teardown(() => company.close())
    const login = {
      issuer: company.issuer,
      subject: 'sub',
      teams: { claim: 'groups', map: { 'mcp-platform': 'platform' } },
    }
    const teams = { platform: { roles: ['all'] } }
    const scene = await servePeople(t, {
      files: await writeLock(),
      more: { login, teams },
    })
    const { origin, ann, gateway, config, reload, records } = scene
    company.audience = origin + PATH
    const token = await company.sign({ sub: 'ann' })
    const call = () =>
      post(company.audience, token, 'tools/call', {
        name: 'notion__search_issues',
        arguments: { q: 'x' },
      })
    t.notMatch((await call()).body, 'found x', 'nobody has signed in')
    await signInAt(origin, ann, 'ann-of-acme')
    t.match((await call()).body, 'found x')
    const accounts = () =>
      gateway.status().servers.flatMap(({ accounts }) => accounts)
    t.equal(accounts().length, 1)
    await reload({ ...config, tokens: { grants: {} } })
    t.equal((await post(gateway.url, ann, 'tools/list')).status, 401)
    t.match((await call()).body, 'found x', 'people of the login need no token')
    await gateway.revoke({ kind: 'subject', value: 'ann' })
    await until(() => accounts().length === 0)
    t.equal((await call()).status, 401)
    await until(() =>
      records().some(
        ({ notice, detail }) =>
          notice === 'grant' && (detail as { kind: string }).kind === 'revoked',
      ),
    )
  },
)

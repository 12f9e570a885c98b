// Servers at which the company's provider vouches for people: nobody signs in
// there; what ends that, and what people read then.
// Covers src/runtime/oauth, src/runtime/login-server, src/runtime/connect.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import t from 'tap'
import { startIdentities } from '../harness/login/identities.ts'
import { readRefresh, signIn, Visitor } from '../harness/login/oauth-client.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'
import { JWT_BEARER } from '../harness/login/vouching.ts'
import { startAuthorizationServer } from '../harness/oauth/authorization-server.ts'
import { writeLock } from '../harness/oauth/locked.ts'
import { startProtectedServer } from '../harness/oauth/protected-server.ts'
import { makeClock, SECRET } from '../harness/oauth/scene.ts'
import { issue } from '../harness/served.ts'
import { until } from '../harness/until.ts'
import { post, readMessage } from '../harness/wire.ts'

const CLIENT = {
  client_id: 'gw',
  client_secret: SECRET,
  grant_types: [JWT_BEARER],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_basic',
  id_token_signed_response_alg: 'ES256',
}

const identities = await startIdentities()
const as = await startAuthorizationServer([])
as.register([CLIENT])
as.life = 100
as.trusts = {
  issuer: identities.issuer,
  jwk: identities.exchanges.jwk,
  accountOf: (sub) => (sub === 'eve' ? undefined : `account of ${sub}`),
}
const notion = await startProtectedServer(as)
t.teardown(async () => {
  await notion.close()
  await as.close()
  await identities.close()
})
identities.people.ben = { email: 'ben@acme.com', groups: ['mcp-platform'] }
identities.people.eve = { email: 'eve@acme.com', groups: ['mcp-platform'] }

const auth = {
  type: 'oauth',
  as: 'person',
  via: 'login',
  client: { id: 'gw', secret: { secret: 'file:gw.secret' } },
  issuer: as.issuer,
  scopes: ['read'],
}
const server = { type: 'http', url: notion.url, auth }
const clock = makeClock()
const tokens = {
  ada: issue({ subject: 'ada@acme.com', roles: ['all'] }),
  ben: issue({ subject: 'ben@acme.com', roles: ['all'] }),
  eve: issue({ subject: 'eve@acme.com', roles: ['all'] }),
}
const scene = await serveLoginServer(t, {
  identities,
  clock,
  config: {
    servers: { notion: server, wiki: server },
    roles: { all: { allow: { notion: ['*'], wiki: ['*'] } }, read: {} },
    teams: { platform: { roles: ['all'] }, interns: { roles: ['read'] } },
  },
  files: { ...(await writeLock()), 'gw.secret': SECRET },
  issued: Object.values(tokens),
})
const { origin, url, at, gateway, records, everything, folder } = scene
const { given } = identities.exchanges
const grants = () =>
  records()
    .filter(({ notice }) => notice === 'grant')
    .map(({ detail }) => detail as Readonly<Record<string, unknown>>)
const kinds = (from: number) =>
  grants()
    .slice(from)
    .map(({ kind, server }) => `${kind} ${server}`)

async function call(endpoint: string, token: string, of = 'notion') {
  const params = { name: `${of}__search_issues`, arguments: { q: 'x' } }
  const { body } = await post(endpoint, token, 'tools/call', params)
  const { result, error } = readMessage(body)
  return String(error?.message ?? result?.content?.[0]?.text)
}
/** Whose token the server got last. */
const lastAccount = () => {
  const token = (notion.accepted.at(-1) ?? '').replace('Bearer ', '')
  return token === '' ? undefined : decodeJwt(token).sub
}
/** Somebody at the page of a server, who takes the login of the company. */
async function signInAtPage(person: string, path = '/connect/notion') {
  identities.choices.person = person
  const visitor = new Visitor()
  await visitor.open(origin + path)
  const form = path === '/connect' ? {} : { server: path.slice(9) }
  const away = await visitor.open(`${origin}/connect/login`, { form })
  return await visitor.follow(readRefresh(away.body) ?? '', 'none:')
}

t.test('a person without a sign-in at the company signs in once', async (t) => {
  const before = await call(url, tokens.ada.token)
  t.match(before, `Open ${origin}/connect/notion in a browser, sign in`)
  t.equal(given.length, 0, 'the provider was not asked')
  const page = await signInAtPage('ada')
  t.match(page.at.href, `${origin}/connect/notion`)
  t.match(page.body, 'The login of your company opens it')
  t.match(page.body, 'class="state connected"', 'at once')
  t.notMatch(page.body, 'Disconnect')
  t.match(given[0]?.asked, {
    audience: as.issuer,
    resource: notion.url,
    scope: 'read',
  })
  t.equal(await call(url, tokens.ada.token), 'found x')
  t.equal(lastAccount(), 'account of ada')
  t.equal(
    await call(url, tokens.ada.token, 'wiki'),
    'found x',
    'and all others',
  )
  t.same(kinds(0), ['created notion', 'created wiki'])
  const outcome = records().filter(({ event }) => event === 'outcome')
  t.match(outcome.at(-1), { grant: /./ })
  t.match(
    records().find(({ upstreamIdentity }) => upstreamIdentity !== undefined),
    { upstreamIdentity: 'person' },
  )
  t.notOk(
    as.paths.some((path) => path.startsWith('/auth')),
    'no consent page',
  )
})

t.test('two people at the same time, each as themselves', async (t) => {
  identities.choices.person = 'ben'
  const ben = (await signIn(origin)).tokens.access_token
  identities.choices.person = 'ada'
  const ada = (await signIn(origin)).tokens.access_token
  const seen: string[] = []
  notion.heard = (token, body) => {
    const q = /"q":"(\w+)"/.exec(body)?.[1]
    if (q) seen.push(`${q} ${decodeJwt(token.replace('Bearer ', '')).sub}`)
  }
  const ask = (token: string, q: string) =>
    post(at, token, 'tools/call', {
      name: 'notion__search_issues',
      arguments: { q },
    })
  const all = Array.from({ length: 20 }, (_, i) =>
    i % 2 ? ask(ada, 'ada') : ask(ben, 'ben'),
  )
  const answers = await Promise.all(all)
  notion.heard = undefined
  t.ok(answers.every(({ body }) => body.includes('found')))
  t.equal(seen.length, 20)
  t.same([...new Set(seen)].sort(), [
    'ada account of ada',
    'ben account of ben',
  ])
  const own = grants().filter(({ subject }) => subject === 'ben@acme.com')
  t.equal(own.length, 1, 'one exchange for all calls that wait')
})

t.test(
  'at 80 % of its life, and at a 401, it is exchanged again',
  async (t) => {
    const from = grants().length
    const token = notion.accepted.at(-1)
    notion.revoked.add(
      notion.accepted.findLast((one) => {
        return decodeJwt(one.replace('Bearer ', '')).sub === 'account of ada'
      }) ?? '',
    )
    t.equal(await call(url, tokens.ada.token), 'found x')
    t.same(kinds(from), ['refreshed notion'], 'at a 401')
    clock.ahead += 85_000
    t.equal(await call(url, tokens.ada.token), 'found x')
    await until(() => kinds(from).length === 2)
    t.not(notion.accepted.at(-1), token)
    t.ok(as.requests.every(({ body }) => !body.includes('refresh_token')))
    // The ID token has ended by now: the refresh token of the provider gives one.
    const word = () => given.at(-1)?.asked.subject_token
    const before = word()
    clock.ahead += 700_000
    t.equal(await call(url, tokens.ada.token), 'found x')
    t.not(word(), before)
    t.ok(kinds(from).every((one) => one.startsWith('refreshed ')))
  },
)

t.test('a refusal by policy says who must allow it', async (t) => {
  const host = new URL(identities.issuer).host
  identities.exchanges.refuse = (sub) =>
    sub === 'ada' ? 'access_denied' : undefined
  // An exchange that had begun before may still end well.
  await call(url, tokens.ada.token)
  for (const code of ['access_denied', 'invalid_target', 'invalid_grant']) {
    identities.exchanges.refuse = (sub) => (sub === 'ada' ? code : undefined)
    clock.ahead += 200_000
    const said = await call(url, tokens.ada.token)
    t.equal(
      said,
      `Server notion is not open to you. The people who manage your account at ${host} must allow the gateway to use notion for you.`,
      code,
    )
  }
  const refused = grants().filter(
    ({ kind, server }) => kind === 'refused' && server === 'notion',
  )
  t.equal(refused.length, 1, 'ended once')
  t.match(refused[0], { subject: 'ada@acme.com', detail: /access_denied/ })
  t.equal(await call(url, tokens.ben.token), 'found x', 'others go on')
  const page = await signInAtPage('ada')
  t.match(page.body, 'The last try failed')
  identities.exchanges.refuse = () => undefined
  clock.ahead += 61_000
  t.equal(await call(url, tokens.ada.token), 'found x', 'allowed again')
})

t.test('the server does not know the person', async (t) => {
  await signInAtPage('eve')
  t.match(await call(url, tokens.eve.token), 'could not sign in to it')
  t.match(
    everything(),
    /it must trust the provider of `login`/,
    'the log says what to do',
  )
})

t.test('a provider that is down ends nothing', async (t) => {
  const from = grants().length
  identities.fault = (_, response) => response.writeHead(503).end()
  clock.ahead += 200_000
  t.match(await call(url, tokens.ada.token), 'cannot be used now')
  identities.fault = (request) => request.socket.destroy()
  clock.ahead += 61_000
  t.match(await call(url, tokens.ada.token), 'cannot be used now')
  identities.fault = undefined
  clock.ahead += 61_000
  t.equal(await call(url, tokens.ada.token), 'found x')
  t.ok(
    kinds(from).every((one) => one.startsWith('refreshed ')),
    'kept',
  )
})

t.test('what the provider has ended has ended', async (t) => {
  identities.kept.forget('RefreshToken')
  clock.ahead += 700_000
  t.match(await call(url, tokens.ben.token), 'sign in, and try again')
  const own = grants().findLast(({ subject }) => subject === 'ben@acme.com')
  t.match(own, {
    kind: 'refused',
    detail: /has ended the sign-in/,
  })
  await signInAtPage('ben')
  t.equal(await call(url, tokens.ben.token), 'found x')
})

t.test('a revocation of the person ends it at once', async (t) => {
  await signInAtPage('ada')
  t.equal(await call(url, tokens.ada.token), 'found x')
  clock.ahead += 5_000
  await gateway.revoke({ kind: 'subject', value: 'ada@acme.com' })
  await until(() =>
    grants().some(
      ({ kind, subject }) => kind === 'revoked' && subject === 'ada@acme.com',
    ),
  )
  const mine = gateway
    .status()
    .servers.flatMap(({ accounts = [] }) => accounts)
    .filter(({ subject }) => subject === 'ada@acme.com')
  t.same(mine, [])
})

t.test('nothing of it can be read', async (t) => {
  const words = given.flatMap(({ asked, assertion }) => [
    asked.subject_token ?? '',
    assertion,
  ])
  t.ok(words.length > 10 && words.every((one) => one.startsWith('ey')))
  const files = readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => statSync(file).isFile())
  const text = files.map((file) => readFileSync(file, 'latin1')).join('')
  const told = everything()
  for (const one of [...words, SECRET, 'canary-of-a-refusal']) {
    t.notOk(told.includes(one), 'in no log, status or record')
    if (one !== SECRET) t.notOk(text.includes(one), 'in no file')
  }
})

// Tokens of a company's provider at the endpoint of the login: good ones of every
// shape, and bad ones.
// Covers src/runtime/login.

import { Agent, request } from 'node:http'
import t from 'tap'
import { makeBadTokens } from '../harness/login/bad-tokens.ts'
import {
  makeSigner,
  type Signer,
  sign,
  startCompany,
} from '../harness/login/company.ts'
import { serveLogin } from '../harness/login/scene.ts'
import { makeClock } from '../harness/oauth/scene.ts'
import { openSchema } from '../harness/schema.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders } from '../harness/wire.ts'

t.test('bad tokens, each with its reason', async (t) => {
  const { company, list, origin, records, everything } = await serveLogin(t)
  const rows = await makeBadTokens(company)
  const fetched = () => company.countFetches('/jwks')
  t.ok(rows.length >= 60, `${rows.length}`)
  const metadata = `${origin}/.well-known/oauth-protected-resource/sso/mcp`
  // Early ones first: none of them asks for a key.
  const [early, late] = [
    rows.filter((one) => one.early),
    rows.filter((one) => !one.early),
  ]
  for (const { name, token, says, status = 401 } of [...early, ...late]) {
    const answer = await list(token)
    t.equal(answer.status, status, `${name}: ${answer.body}`)
    const { error } = JSON.parse(answer.body)
    t.match(error.message, says, name)
    const challenge = answer.headers['www-authenticate']
    if (status === 403) t.equal(challenge, undefined, name)
    else {
      t.match(
        challenge,
        /^Bearer error="invalid_token", error_description="[^"\\]+", /,
      )
      t.match(challenge, `resource_metadata="${metadata}"`)
    }
    if (name === early.at(-1)?.name)
      t.equal(fetched(), 0, 'no key was asked for')
  }
  t.equal(fetched(), 1, 'once for all of them')
  t.same(
    company.paths.filter((path) => path.includes('other-keys')),
    [],
  )
  t.equal((await list(await company.sign())).status, 200, 'a good one')
  const whole = everything()
  for (const { token } of rows) {
    if (token.length > 20) t.notMatch(whole, token)
  }
  const refusals = () => records().filter(({ event }) => event === 'refusal')
  await until(() => refusals().some(({ reason }) => reason === 'no team'))
  const [nobody] = refusals().filter(({ reason }) => reason === 'no team')
  t.match(nobody, {
    tokenId: /^sso_[0-9a-f]{16}$/,
    subject: 'ada@acme.com',
    team: null,
    decision: 'rejected',
    login: { issuer: company.issuer, client: 'claude' },
  })
  const judge = openSchema('audit.schema.json')
  t.same(records().flatMap(judge), [])
})

t.test('each provider in its own words', async (t) => {
  const claim = (login: object, own: object) => ({ login, own })
  const shapes: Readonly<Record<string, ReturnType<typeof claim>>> = {
    okta: claim(
      { audience: 'api://gateway', clients: ['0oa1'] },
      {
        aud: 'api://gateway',
        cid: '0oa1',
        scp: ['mcp'],
        sub: 'ada@acme.com',
        uid: '00u1',
        ver: 1,
      },
    ),
    entra: claim(
      {
        audience: ['6b1f', 'api://6b1f'],
        clients: ['vscode-id'],
        scopes: ['mcp.use'],
        subject: 'oid',
        teams: { claim: 'groups', map: { 'a1-guid': 'platform' } },
      },
      {
        aud: '6b1f',
        azp: 'vscode-id',
        cid: undefined,
        scp: 'mcp.use other',
        oid: 'oid-of-ada',
        groups: ['a1-guid'],
        email: undefined,
        tid: 't',
        ver: '2.0',
      },
    ),
    keycloak: claim(
      {
        audience: 'gateway',
        clients: ['mcp-inspector'],
        teams: {
          claim: '/realm_access/roles',
          map: { '/mcp/platform': 'platform' },
        },
      },
      {
        aud: ['account', 'gateway'],
        azp: 'mcp-inspector',
        cid: undefined,
        typ: 'Bearer',
        groups: undefined,
        email_verified: true,
        realm_access: { roles: ['x', '/mcp/platform'] },
      },
    ),
    auth0: claim(
      {
        audience: 'https://gateway.acme.com/sso/mcp',
        subject: 'https://acme.com/email',
        teams: { claim: 'https://acme.com/roles', map: { dev: 'platform' } },
      },
      {
        aud: [
          'https://gateway.acme.com/sso/mcp',
          'https://acme.auth0.com/userinfo',
        ],
        azp: 'x',
        cid: undefined,
        'https://acme.com/email': 'ada@acme.com',
        'https://acme.com/roles': ['dev'],
        groups: undefined,
        email: undefined,
      },
    ),
  }
  const scene = await serveLogin(t)
  const { company, list, call, records } = scene
  for (const [name, { login, own }] of Object.entries(shapes)) {
    await scene.reload(scene.config({}, login))
    const typ = name === 'okta' ? undefined : 'JWT'
    const token = await company.sign(own, { typ })
    const answer = await list(token)
    t.equal(answer.status, 200, `${name}: ${answer.body}`)
    t.match((await call(token)).body, 'found x', name)
    const made = { ...own, azp: 'of-another', cid: 'of-another' }
    const other = await list(await company.sign(made, { typ }))
    const isOpen = name === 'auth0'
    t.equal(other.status, isOpen ? 200 : 403, other.body)
    if (!isOpen)
      t.match(other.body, /client that is not accepted here: of-another/)
  }
  const calls = records().filter(({ event }) => event === 'intent')
  t.same(
    calls.map(({ subject, login }) => [subject, login?.client]),
    [
      ['ada@acme.com', '0oa1'],
      ['oid-of-ada', 'vscode-id'],
      ['ada@acme.com', 'mcp-inspector'],
      ['ada@acme.com', 'x'],
    ],
  )
  t.equal(new Set(calls.map(({ tokenId }) => tokenId)).size, 2, 'by sub')
})

t.test('a token without a scope that is needed', async (t) => {
  const { company, list, origin } = await serveLogin(t, {
    login: { scopes: ['mcp', 'tools'] },
  })
  const none = await list(await company.sign({ scope: 'mcp' }))
  t.equal(none.status, 403)
  const metadata = `${origin}/.well-known/oauth-protected-resource/sso/mcp`
  t.equal(
    none.headers['www-authenticate'],
    `Bearer error="insufficient_scope", error_description="The token lacks the scope tools.", resource_metadata="${metadata}", scope="mcp tools"`,
  )
  t.equal(
    (await list(await company.sign({ scp: ['tools', 'mcp'] }))).status,
    200,
  )
  const document = await (await fetch(metadata)).json()
  t.same(document, {
    resource: `${origin}/sso/mcp`,
    authorization_servers: [company.issuer],
    scopes_supported: ['mcp', 'tools'],
    bearer_methods_supported: ['header'],
    resource_name: 'Portcullis',
  })
})

t.test('keys: rotated, withdrawn, out of reach', async (t) => {
  const clock = makeClock()
  const company = await startCompany(clock.now)
  t.teardown(() => company.close())
  const { list, logged, gateway } = await serveLogin(t, { company, clock })
  const status = async (claims?: object, signer?: Signer) =>
    (await list(await company.sign(claims, {}, signer))).status
  const fetched = () => company.countFetches('/jwks')
  t.equal(await status(), 200)
  const unknown = await makeSigner('unknown')
  const flood = await Promise.all(
    Array.from({ length: 40 }, (_, at) => status({ jti: `${at}` }, unknown)),
  )
  t.same([...new Set(flood)], [401])
  t.equal(fetched(), 1, 'the keys are younger than a minute')
  const next = await makeSigner('next')
  company.keys = [next.publicJwk]
  clock.ahead += 61_000
  const kids = await Promise.all(
    Array.from({ length: 40 }, async (_, at) =>
      status({}, { ...unknown, kid: `unknown-${at}` }),
    ),
  )
  t.same([...new Set(kids)], [401])
  t.equal(fetched(), 2, 'one fetch for all of them')
  t.equal(await status({}, next), 200, 'the new key is known')
  t.equal(fetched(), 2)
  t.equal(await status({ jti: 'later' }), 401, 'the old one is not')
  company.fault = (_, response) => response.writeHead(503).end()
  clock.ahead += 11 * 60_000
  t.equal(await status({ jti: 'a' }, next), 200, 'the last keys hold')
  await until(() => fetched() === 3)
  await until(() => logged.some((line) => line.includes('HTTP 503')))
  t.match(gateway.status().login, { keys: 1, problem: /HTTP 503/ })
  const failed = await list(
    await company.sign({}, {}, { ...unknown, kid: 'u2' }),
  )
  t.equal(failed.status, 503, 'nobody knows whether this one is good')
  t.match(failed.headers['retry-after'], /^\d+$/)
  t.match(failed.body, /cannot be asked now/)
  clock.ahead += 25 * 3_600_000
  t.equal(await status({ jti: 'b' }, next), 503, 'they hold for a day')
  company.fault = undefined
  t.equal(await status({ jti: 'c' }, next), 503, 'asked again after a pause')
  clock.ahead += 6_000
  t.equal(await status({ jti: 'd' }, next), 200)
  t.match(gateway.status().login, { keys: 1, problem: null })
  t.ok(logged.some((line) => line.includes('answered again')))
})

t.test('clocks that differ by an hour', async (t) => {
  const clock = makeClock()
  const { company, list } = await serveLogin(t, { clock })
  clock.ahead = 3_600_000
  const late = await list(await company.sign())
  t.match(late.body, /has expired/)
  clock.ahead = -3_600_000
  const early = await list(await company.sign({ jti: 'early' }))
  t.match(early.body, /not valid yet/)
  clock.ahead = -20_000
  t.equal((await list(await company.sign({ jti: 'a' }))).status, 200)
})

t.test('a token is checked once, until it ends', async (t) => {
  const clock = makeClock()
  const scene = await serveLogin(t, { clock, login: { maxAge: '5m' } })
  const { company, list, at } = scene
  const token = await company.sign()
  const all = await Promise.all(Array.from({ length: 30 }, () => list(token)))
  t.same([...new Set(all.map(({ status }) => status))], [200])
  company.keys = []
  clock.ahead = 4 * 60_000
  t.equal((await list(token)).status, 200)
  // On one connection, with equal heads.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const again = () => sendBy(agent, at, token)
  t.equal(await again(), 200)
  t.equal(await again(), 200)
  clock.ahead = 5 * 60_000
  t.equal(await again(), 401, 'older than maxAge, though not expired')
})

t.test('tokens that begin alike are never mixed up', async (t) => {
  const { company, list } = await serveLogin(t)
  const pad = { aaa: 'x'.repeat(300), ...company.claims() }
  const both = await Promise.all([
    sign({ ...pad, groups: ['mcp-platform'] }, {}, company.signer),
    sign({ ...pad, groups: ['contractors'], sub: 'bob' }, {}, company.signer),
  ])
  t.equal(both[0]?.slice(0, 400), both[1]?.slice(0, 400))
  const counts = await Promise.all(
    Array.from({ length: 400 }, async (_, at) => {
      const { names } = await list(both[at % 2] ?? '')
      return (at % 2 === 0) === names.length > 1
    }),
  )
  t.same([...new Set(counts)], [true])
})

t.test('tokens that only the provider can read', async (t) => {
  const clock = makeClock()
  const company = await startCompany(clock.now)
  t.teardown(() => company.close())
  const client = { id: 'gw', secret: { secret: 'file:gw.secret' } }
  const scene = await serveLogin(t, {
    ...{ company, clock },
    login: { introspection: { client } },
    files: { 'gw.secret': 'the-secret-of-introspection' },
  })
  const { list, everything } = scene
  const { iat: _, ...claims } = company.claims()
  company.introspected['opaque-1'] = { active: true, ...claims }
  const all = await Promise.all(
    Array.from({ length: 20 }, () => list('opaque-1')),
  )
  t.same([...new Set(all.map(({ status }) => status))], [200])
  t.equal(company.asked.length, 1, 'asked once')
  const [{ body = '', authorization = '' } = {}] = company.asked
  t.same(Object.fromEntries(new URLSearchParams(body)), {
    token: 'opaque-1',
    token_type_hint: 'access_token',
  })
  const basic = Buffer.from(authorization.slice(6), 'base64').toString()
  t.equal(basic, 'gw:the-secret-of-introspection')
  t.match((await list('opaque-2')).body, /has ended, or the provider/)
  t.match((await list('opaque-2')).body, /has ended, or the provider/)
  t.equal(company.asked.length, 2, 'nor twice for a bad one')
  for (const [name, claim, says] of [
    ['other-aud', { aud: 'x' }, /another resource/],
    ['no-aud', { aud: undefined }, /another resource/],
    ['other-iss', { iss: 'https://x.example' }, /another issuer/],
    ['expired', { exp: 1 }, /has expired/],
    ['not-true', { active: 'true' }, /has ended/],
    ['dpop', { cnf: {} }, /bound to a key/],
  ] as const) {
    company.introspected[name] = { active: true, ...claims, ...claim }
    const answer = await list(name)
    t.match(answer.body, says, name)
    t.equal(answer.status, 401)
  }
  company.introspected['opaque-1'] = { active: false }
  t.equal((await list('opaque-1')).status, 200, 'believed for a minute')
  clock.ahead += 61_000
  t.equal((await list('opaque-1')).status, 401)
  company.fault = (_, response) => response.writeHead(500).end()
  const failed = await list('opaque-3')
  t.equal(failed.status, 503)
  t.match(failed.headers['retry-after'], /^\d+$/)
  const jwt = await company.sign()
  company.fault = undefined
  const asked = company.asked.length
  t.equal((await list(jwt)).status, 200, 'a JWT is checked here')
  t.equal(company.asked.length, asked)
  t.notMatch(everything(), /the-secret-of-introspection|opaque-1/)
})

function sendBy(agent: Agent, url: string, token: string): Promise<number> {
  const body = JSON.stringify({
    ...{ jsonrpc: '2.0', id: 1, method: 'tools/list' },
    params: { _meta: ENVELOPE },
  })
  const headers = {
    ...modernHeaders(token, 'tools/list'),
    'content-length': body.length,
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, (got) => {
      got.resume().on('end', () => resolve(got.statusCode ?? 0))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

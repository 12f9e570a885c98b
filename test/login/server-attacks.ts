// Attacks on the authorization server of the gateway.
// Covers src/runtime/login-server.

import { type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import {
  askToken,
  exchange,
  LOCAL,
  makeRequest,
  readField,
  readRefresh,
  register,
  signIn,
  Visitor,
} from '../harness/login/oauth-client.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'

const scene = await serveLoginServer(t)
const { origin, identities } = scene

/** Of an attacker, who has read all this. */
const EVIL = 'https://evil.example/callback'

async function registerEvil(): Promise<string> {
  const members = { client_name: 'Claude', redirect_uris: [EVIL] }
  return String((await register(origin, members)).body.client_id)
}

/** Up to the provider, whose address is not opened. */
async function leave(visitor: Visitor, url: URL): Promise<URL> {
  return (await visitor.follow(url, `${identities.issuer}/auth`)).at
}

/** Up to our callback, which is not opened. */
async function comeBack(visitor: Visitor, away: URL): Promise<URL> {
  return (await visitor.follow(away, `${origin}/login/callback`)).at
}

t.test('a link of an attacker ends at the consent page', async (t) => {
  const victim = new Visitor()
  await signIn(origin, victim)
  const evil = await registerEvil()
  const { url } = makeRequest(origin, evil, { redirect_uri: EVIL })
  const page = await victim.follow(url, EVIL)
  t.equal(page.status, 200, 'although the provider asks nothing')
  t.match(page.body, 'evil.example')
  t.match(page.body, 'calls itself')
  t.match(page.headers.get('content-security-policy'), "frame-ancestors 'none'")
  t.match(page.headers.get('x-frame-options'), 'DENY')
  t.match(page.headers.get('content-security-policy'), "form-action 'self'")
  t.match(page.headers.get('referrer-policy'), 'same-origin')
  t.notMatch(page.body, '<script')
})

t.test('a callback in another browser is refused', async (t) => {
  const [attacker, victim] = [new Visitor(), new Visitor()]
  await signIn(origin, victim)
  const evil = await registerEvil()
  const { url } = makeRequest(origin, evil, { redirect_uri: EVIL })
  const away = await leave(attacker, url)
  // The victim opens the address of the provider that the attacker got.
  const back = await comeBack(victim, away)
  t.ok(back.searchParams.get('code'), 'the provider has signed them in')
  const page = await victim.open(back)
  t.equal(page.status, 403)
  t.match(page.body, 'started elsewhere')
  const replayed = await attacker.open(back)
  t.equal(replayed.status, 400, 'and the state is used up')
  // Nor does the code go into a sign-in of the attacker's own browser.
  const own = await leave(attacker, url)
  const state = own.searchParams.get('state') ?? ''
  const mixed = new URL(back)
  mixed.searchParams.set('state', state)
  t.equal((await attacker.open(mixed)).status, 502, 'PKCE and nonce differ')
})

t.test('a consent in another browser, or twice, is refused', async (t) => {
  const [attacker, victim] = [new Visitor(), new Visitor()]
  const { body } = await register(origin)
  const id = String(body.client_id)
  const request = makeRequest(origin, id)
  const page = await victim.follow(request.url, LOCAL)
  const form = { form: readField(page.body), choice: 'allow' }
  t.equal((await attacker.open(page.at)).status, 403, 'the page')
  t.equal((await attacker.open(page.at, { form })).status, 403, 'the form')
  const other = makeRequest(origin, id)
  const mine = await attacker.follow(other.url, LOCAL)
  t.equal((await attacker.open(page.at, { form })).status, 403)
  const crossed = { form: readField(mine.body), choice: 'allow' }
  t.equal((await victim.open(mine.at, { form: crossed })).status, 403)
  const second = makeRequest(origin, id)
  const tab = await victim.follow(second.url, LOCAL)
  const wrong = { form: readField(tab.body), choice: 'allow' }
  t.equal((await victim.open(page.at, { form: wrong })).status, 403, 'mixed up')
  const odd = { ...form, choice: 'maybe' }
  t.equal((await victim.open(page.at, { form: odd })).status, 400)
  const headers = { origin: 'https://evil.example' }
  const foreign = await victim.open(page.at, { form, headers })
  t.equal(foreign.status, 403, 'from another site')
  const both = await Promise.all([
    victim.open(page.at, { form }),
    victim.open(page.at, { form }),
  ])
  t.same(both.map(({ status }) => status).sort(), [200, 400], 'a double click')
  const good = both.find(({ status }) => status === 200)
  const onward = new URL(readRefresh(good?.body ?? '') ?? '', origin)
  const stolen = await attacker.follow(onward, LOCAL)
  t.not(stolen.status, 0, 'nor does the way back count elsewhere')
  const { at } = await victim.follow(onward, LOCAL)
  t.ok(at.searchParams.get('code'))
  const again = await victim.follow(onward, LOCAL)
  t.not(again.status, 0, 'nor twice')
  const answer = await exchange(origin, id, request, at)
  t.equal(answer.status, 200, 'the other tab has ended nothing')
})

t.test('odd answers of the provider', async (t) => {
  const { body } = await register(origin)
  const id = String(body.client_id)
  const odd: [string, (url: URL) => void, number][] = [
    [
      'another issuer',
      (url) => url.searchParams.set('iss', 'https://evil.example'),
      502,
    ],
    ['no issuer', (url) => url.searchParams.delete('iss'), 502],
    ['no state', (url) => url.searchParams.delete('state'), 400],
    ['two states', (url) => url.searchParams.append('state', 'x'), 400],
    ['no code', (url) => url.searchParams.delete('code'), 502],
    ['another code', (url) => url.searchParams.set('code', 'x'), 502],
    ['two codes', (url) => url.searchParams.append('code', 'x'), 502],
  ]
  for (const [what, change, status] of odd) {
    const visitor = new Visitor()
    const { url } = makeRequest(origin, id)
    const back = await comeBack(visitor, await leave(visitor, url))
    change(back)
    const page = await visitor.open(back)
    t.equal(page.status, status, what)
    t.notMatch(page.body, 'evil.example', 'says nothing of others')
  }
})

t.test('odd authorization requests', async (t) => {
  const { body } = await register(origin, { redirect_uris: [LOCAL, EVIL] })
  const id = String(body.client_id)
  const shown: [string, Record<string, string>][] = [
    ['an unknown client', { client_id: 'nobody' }],
    ['another redirect', { redirect_uri: 'https://evil.example/other' }],
    ['a longer one', { redirect_uri: `${EVIL}/more` }],
    ['with a query', { redirect_uri: `${EVIL}?more` }],
    [
      'another host in loopback',
      { redirect_uri: 'http://127.0.0.2:1/callback' },
    ],
    [
      'a document that is not https',
      { client_id: 'http://app.example/c.json' },
    ],
    ['a document here', { client_id: 'https://127.0.0.1/c.json' }],
    [
      'a document in the cloud',
      { client_id: 'https://169.254.169.254/c.json' },
    ],
    ['a document on a private host', { client_id: 'https://[fd00::1]/c.json' }],
  ]
  for (const [what, more] of shown) {
    const page = await new Visitor().open(makeRequest(origin, id, more).url)
    t.equal(page.status, 400, what)
    t.match(page.body, 'This sign-in cannot go on')
    t.notOk(page.headers.get('location'))
    t.match(page.headers.get('content-security-policy'), "default-src 'none'")
  }
  const near = createServer((socket) => socket.destroy())
  let connections = 0
  near.on('connection', () => connections++)
  await new Promise<void>((resolve) => near.listen(0, '127.0.0.1', resolve))
  t.teardown(() => near.close())
  const { port: open } = near.address() as AddressInfo
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
    const client_id = `https://${host}:${open}/c.json`
    const page = await new Visitor().open(
      makeRequest(origin, id, { client_id }).url,
    )
    t.equal(page.status, 400, host)
  }
  t.equal(connections, 0, 'nobody was connected to')
  const told: [string, Record<string, string>, string][] = [
    ['no PKCE', { code_challenge: '' }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no method', { code_challenge_method: '' }, 'invalid_request'],
    ['implicit', { response_type: 'token' }, 'unsupported_response_type'],
    ['another resource', { resource: `${origin}/mcp` }, 'invalid_target'],
    ['a page with a script', { response_mode: 'form_post' }, 'unsupported'],
    ['without a person', { prompt: 'none' }, 'login_required'],
  ]
  for (const [what, more, error] of told) {
    const page = await new Visitor().open(makeRequest(origin, id, more).url)
    const back = new URL(page.headers.get('location') ?? 'none:')
    t.ok(back.href.startsWith(LOCAL), what)
    const said = new URLSearchParams(back.hash.slice(1) || back.search)
    t.match(said.get('error'), error, what)
    t.equal(said.get('iss'), `${origin}/login`)
  }
  const port = makeRequest(origin, id, {
    redirect_uri: 'http://127.0.0.1:9999/callback',
    resource: scene.at,
    scope: 'openid everything',
    nonce: 'x',
  })
  const page = await new Visitor().follow(port.url, LOCAL)
  t.equal(page.status, 200, 'any port of loopback, and what clients send')
})

t.test('odd registrations', async (t) => {
  const odd: [string, object][] = [
    ['nowhere', { redirect_uris: [] }],
    ['no list', { redirect_uris: EVIL }],
    ['plain http', { redirect_uris: ['http://evil.example/callback'] }],
    ['a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['data', { redirect_uris: ['data:text/html,x'] }],
    ['a fragment', { redirect_uris: [`${EVIL}#x`] }],
    ['credentials', { redirect_uris: ['https://claude.ai@evil.example/'] }],
    ['one bad', { redirect_uris: [LOCAL, 'http://evil.example/'] }],
    ['many', { redirect_uris: Array(21).fill(LOCAL) }],
    ['long', { redirect_uris: [`${EVIL}?${'x'.repeat(2_000)}`] }],
    ['an odd proof', { token_endpoint_auth_method: 'tls_client_auth' }],
    [
      'keys at home',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: 'file:///etc/passwd',
      },
    ],
  ]
  for (const [what, members] of odd) {
    const { status, body } = await register(origin, members)
    t.equal(status, 400, what)
    t.match(body.error, /invalid_(client_metadata|redirect_uri)/)
    t.notOk(body.client_id)
  }
  const large = await register(origin, { client_name: 'x'.repeat(20_000) })
  t.equal(large.status, 413)
  const kept = await register(origin, {
    client_name: 'A\u202egood\nname',
    client_id: 'mine',
    client_secret: 'mine',
    grant_types: ['implicit', 'client_credentials', 'refresh_token'],
    response_types: ['token'],
    scope: 'everything',
    logo_uri: 'https://evil.example/logo',
    redirect_uris: ['cursor://anysphere/callback', LOCAL],
  })
  t.equal(kept.status, 201)
  t.match(kept.body, {
    client_name: 'A good name',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
  })
  t.not(kept.body.client_id, 'mine')
  t.notOk(kept.body.logo_uri)
  const credentials = await askToken(origin, {
    grant_type: 'client_credentials',
    client_id: String(kept.body.client_id),
  })
  t.match(credentials.body, { error: 'unsupported_grant_type' })
})

t.test('what the operator allows', async (t) => {
  const own = await serveLoginServer(t, {
    server: { redirects: ['claude.example', 'loopback'] },
    identities,
  })
  const ask = (redirect: string) =>
    register(own.origin, { redirect_uris: [redirect] })
  t.equal((await ask('https://claude.example/callback')).status, 201)
  t.equal((await ask('http://localhost:1/callback')).status, 201)
  t.equal((await ask('cursor://callback')).status, 201)
  const { status, body } = await ask(EVIL)
  t.equal(status, 400)
  t.match(body.error_description, 'evil.example')
  const closed = own.config()
  const { login } = closed as unknown as { login: { server: object } }
  const server = { ...login.server, registration: 'documents' }
  const registered = await ask('http://localhost:1/callback')
  await own.reload({ ...closed, login: { ...login, server } })
  const after = await fetch(`${own.origin}/login/register`, { method: 'POST' })
  t.equal(after.status, 404)
  const at = '/.well-known/oauth-authorization-server/login'
  const about = await (await fetch(own.origin + at)).json()
  t.notOk(Object(about).registration_endpoint)
  const id = String(registered.body.client_id)
  const page = await new Visitor().open(makeRequest(own.origin, id).url)
  t.equal(page.status, 400, 'nor does one that was registered before count')
  await own.reload({ ...closed, login: { ...login, server: undefined } })
  const gone = await fetch(own.origin + at)
  t.equal(gone.status, 404, 'without a server there is nothing')
})

t.test('hosts, and addresses that are not served', async (t) => {
  for (const path of [
    '/login',
    '/login/me',
    '/login/session/end/confirm',
    '/login/request',
    '/login/consent/x/more',
    '/login/.well-known/openid-configuration',
  ]) {
    t.equal((await fetch(origin + path)).status, 404, path)
  }
  const visit = await fetch(`${origin}/login/consent/x`)
  t.equal(visit.status, 400)
  const { port } = new URL(origin)
  const asked = await new Visitor().open(
    makeRequest(`http://localhost:${port}`, 'x').url,
  )
  t.equal(asked.status, 303, 'one name of this host, for one set of cookies')
  t.ok(asked.headers.get('location')?.startsWith(origin))
})

t.test('a flood of registrations', async (t) => {
  const own = await serveLoginServer(t, { identities })
  const statuses = await Promise.all(
    Array.from({ length: 80 }, async () => {
      return (await register(own.origin, { redirect_uris: [] })).status
    }),
  )
  t.ok(statuses.filter((one) => one === 429).length >= 15)
})

t.test('behind https, addresses and cookies are of it alone', async (t) => {
  const home = 'https://gateway.example.com'
  const own = await serveLoginServer(t, {
    identities,
    config: { listen: { publicUrl: home } },
  })
  const at = '/.well-known/oauth-authorization-server/login'
  const near = new URL(own.gateway.localUrl).origin
  const about = await ask(near, at)
  t.equal(JSON.parse(about.body).token_endpoint, `${home}/login/token`)
  t.notMatch(about.body, '127.0.0.1')
  const { body } = await register(near)
  const { url } = makeRequest(near, String(body.client_id))
  const answer = await ask(near, url.pathname + url.search)
  t.equal(answer.status, 303)
  t.match(answer.headers.location, /^\/login\/consent\/|^https:\/\/gateway/)
  const cookies = answer.headers['set-cookie'] ?? []
  t.ok(cookies.length >= 3)
  for (const one of cookies) {
    t.match(one, /^__(?:Host|Secure)-/)
    for (const sign of [/; secure/i, /; httponly/i, /; samesite=lax/i]) {
      t.match(one, sign)
    }
    t.notMatch(one, /domain=/i)
  }
  t.match(cookies.join(), /__Host-portcullis-login=[^;]*; Path=\/;/)
  const page = await ask(
    near,
    new URL(answer.headers.location ?? '', home).pathname,
    {
      cookie: cookies.map((one) => one.split(';')[0]).join('; '),
    },
  )
  t.match(page.body, encodeURIComponent(`${home}/login/callback`))
  const other = await ask(near, at, { host: 'evil.example' })
  t.equal(other.status, 403)
  identities.register(origin)
})

/** As a proxy of `gateway.example.com` asks, with more that a client has sent. */
function ask(
  to: string,
  path: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}> {
  const headers = {
    host: 'gateway.example.com',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    forwarded: 'host=evil.example',
    ...more,
  }
  return new Promise((resolve, reject) => {
    request(to + path, { headers }, async (got) => {
      const body = await text(got)
      resolve({ status: got.statusCode ?? 0, headers: got.headers, body })
    })
      .on('error', reject)
      .end()
  })
}

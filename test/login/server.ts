// The authorization server of the gateway, in front of a real provider: what
// programs and people get, for how long, and what ends it.
// Covers src/runtime/login-server, src/runtime/grants.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import {
  allow,
  askToken,
  exchange,
  LOCAL,
  makeRequest,
  readRefresh,
  refresh,
  register,
  signIn,
  Visitor,
} from '../harness/login/oauth-client.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'
import { until } from '../harness/until.ts'

const scene = await serveLoginServer(t)
const { origin, at, list, records, identities } = scene
const people = { ...identities.people }
const steps = () => records().filter(({ notice }) => notice === 'connect')

t.test('a program registers, a person allows it, and it calls', async (t) => {
  const { everything, folder } = scene
  const metadata = await fetch(
    `${origin}/.well-known/oauth-authorization-server/login`,
  )
  t.equal(metadata.headers.get('access-control-allow-origin'), '*')
  const about = (await metadata.json()) as Record<string, string>
  t.match(about, {
    issuer: `${origin}/login`,
    authorization_endpoint: `${origin}/login/authorize`,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
  })
  const resource = await fetch(
    `${origin}/.well-known/oauth-protected-resource/sso/mcp`,
  )
  t.match(await resource.json(), {
    resource: at,
    authorization_servers: [about.issuer],
  })
  const { tokens, back, client } = await signIn(origin)
  t.equal(back.searchParams.get('iss'), `${origin}/login`)
  t.match(decodeProtectedHeader(tokens.access_token), {
    alg: 'ES256',
    typ: 'at+jwt',
  })
  const claims = decodeJwt(tokens.access_token)
  t.match(claims, {
    iss: `${origin}/login`,
    aud: at,
    client_id: client,
    scope: 'mcp',
    person: {
      issuer: scene.identities.issuer,
      sub: 'ada',
      subject: 'ada@acme.com',
      // Others give nothing here, and a token must stay short.
      groups: ['mcp-platform'],
    },
  })
  t.equal(tokens.expires_in, 600)
  t.equal((await list(tokens.access_token)).status, 200)
  const keys = await (await fetch(about.jwks_uri ?? '')).text()
  t.notMatch(keys, '"d"', 'public keys alone')
  t.match(steps(), [
    { detail: { step: 'sign-in', subject: 'ada@acme.com' } },
    { detail: { step: 'allow', client, host: 'loopback' } },
  ])
  const hidden = [
    tokens.access_token,
    tokens.refresh_token,
    'canary-secret',
    back.searchParams.get('code') ?? 'none',
  ]
  const files = join(folder, '.gateway/grants/login')
  const kept = readdirSync(join(folder), { recursive: true })
    .map(String)
    .filter((name) => name.includes('login/'))
  t.ok(kept.length >= 4, `${files}: keys, a client, a person, a sign-in`)
  const text = kept.map((name) => readFileSync(join(folder, name), 'latin1'))
  for (const one of hidden) {
    t.notOk(everything().includes(one), 'in no log, status or record')
    t.notOk(text.join('').includes(one), 'and in no file')
  }
  t.notOk(text.join('').includes('ada@acme.com'))
})

t.test('a refresh token counts once', async (t) => {
  const { client, tokens } = await signIn(origin)
  const second = await refresh(origin, client, tokens.refresh_token)
  t.equal(second.status, 200)
  t.not(second.body.refresh_token, tokens.refresh_token)
  t.equal((await list(second.body.access_token)).status, 200)
  const third = await refresh(origin, client, second.body.refresh_token)
  t.equal(third.status, 200)
  const other = await register(origin)
  const foreign = await refresh(
    origin,
    String(other.body.client_id),
    third.body.refresh_token,
  )
  t.match(foreign.body, { error: 'invalid_grant' }, 'of another client')
  const forged = third.body.refresh_token.replace(/.$/, '')
  const none = await refresh(origin, client, forged)
  t.match(none.body, { error: 'invalid_grant' })
  const fourth = await refresh(origin, client, third.body.refresh_token)
  t.equal(fourth.status, 200, 'which ended nothing')
  const again = await refresh(origin, client, second.body.refresh_token)
  t.match(again.body, { error: 'invalid_grant' }, 'an old one')
  const last = await refresh(origin, client, fourth.body.refresh_token)
  t.match(last.body, { error: 'invalid_grant' }, 'and all have ended')
})

t.test('a code counts once, with its verifier, for its client', async (t) => {
  const { body } = await register(origin)
  const id = String(body.client_id)
  const visitor = new Visitor()
  const bad: Readonly<Record<string, string>>[] = [
    { code_verifier: 'x'.repeat(43) },
    { code_verifier: '' },
    { redirect_uri: 'http://127.0.0.1:7777/other' },
    { client_id: String((await register(origin)).body.client_id) },
    { resource: `${origin}/mcp` },
  ]
  for (const more of bad) {
    const request = makeRequest(origin, id)
    const back = await allow(visitor, request)
    const answer = await exchange(origin, id, request, back, more)
    t.equal(answer.status, 400, JSON.stringify(more))
    t.notOk(answer.body.access_token)
  }
  const request = makeRequest(origin, id)
  const back = await allow(visitor, request)
  const first = await exchange(origin, id, request, back)
  t.equal(first.status, 200)
  const second = await exchange(origin, id, request, back)
  t.match(second.body, { error: 'invalid_grant' })
  const ended = await refresh(origin, id, first.body.refresh_token)
  t.match(ended.body, { error: 'invalid_grant' }, 'and ends what it gave')
})

t.test('what is revoked, or signed in anew, has ended', async (t) => {
  const { gateway } = scene
  identities.choices.person = 'ben'
  const visitor = new Visitor()
  const { client, tokens } = await signIn(origin, visitor)
  const post = (path: string, form: Record<string, string>) =>
    fetch(origin + path, { method: 'POST', body: new URLSearchParams(form) })
  const revoked = await post('/login/revoke', {
    client_id: client,
    token: tokens.refresh_token,
  })
  t.equal(revoked.status, 200)
  const gone = await refresh(origin, client, tokens.refresh_token)
  t.match(gone.body, { error: 'invalid_grant' })
  const again = await signIn(origin, visitor, client)
  const other = await signIn(origin)
  t.equal((await list(again.tokens.access_token)).status, 200)
  await gateway.revoke({ kind: 'subject', value: 'ben@acme.com' } as never)
  for (const one of [again, other]) {
    t.equal((await list(one.tokens.access_token)).status, 401)
    const ended = await refresh(origin, one.client, one.tokens.refresh_token)
    t.match(ended.body, { error: 'invalid_grant' })
  }
  identities.choices.person = 'ada'
})

t.test('the provider is asked again at each renewal', async (t) => {
  const { client, tokens } = await signIn(origin)
  identities.people.ada = { email: 'ada@acme.com', groups: ['contractors'] }
  const less = await refresh(origin, client, tokens.refresh_token)
  t.same((await list(less.body.access_token)).names, ['issues__search_issues'])
  identities.fault = (_, response) => response.writeHead(503).end()
  const busy = await refresh(origin, client, less.body.refresh_token)
  t.equal(busy.status, 503, 'while it cannot be asked')
  t.match(busy.body, { error: 'temporarily_unavailable' })
  identities.fault = undefined
  const more = await refresh(origin, client, less.body.refresh_token)
  t.equal(more.status, 200, 'nothing has ended')
  identities.people.ada = { email: 'ada@acme.com', groups: ['everyone'] }
  const none = await refresh(origin, client, more.body.refresh_token)
  t.match(none.body, { error: 'invalid_grant' }, 'no team any more')
  identities.people.ada = { email: 'ada@acme.com', groups: ['contractors'] }
  const back = await refresh(origin, client, more.body.refresh_token)
  t.equal(back.status, 200, 'and in one again')
  identities.kept.forget('RefreshToken')
  Object.assign(identities.people, people)
  const ended = await refresh(origin, client, back.body.refresh_token)
  t.match(ended.body, { error: 'invalid_grant' }, 'ended at the provider')
})

t.test('without offline access, a sign-in lasts for maxAge', async (t) => {
  const own = await serveLoginServer(t, {
    server: { scopes: ['openid', 'email', 'groups'] },
    login: { maxAge: '1s' },
  })
  own.identities.isSparse = true
  own.identities.register(own.origin)
  const { origin } = own
  const { client, tokens } = await signIn(origin)
  const claims = decodeJwt(tokens.access_token)
  t.match(claims.person, { subject: 'ada@acme.com' }, 'from userinfo')
  let token = tokens.refresh_token
  await until(async () => {
    const { body } = await refresh(origin, client, token)
    token = body.refresh_token ?? token
    return body.error === 'invalid_grant'
  })
  t.pass('however often it is renewed')
})

t.test('who has no team gets a page, and the program an error', async (t) => {
  identities.choices.person = 'eve'
  const { body } = await register(origin)
  const { url } = makeRequest(origin, String(body.client_id))
  const visitor = new Visitor()
  const page = await visitor.follow(url, LOCAL)
  t.equal(page.status, 403)
  t.match(page.body, 'eve@acme.com')
  t.match(page.body, 'None of your groups')
  const [, href = ''] = /class="button" href="([^"]+)"/.exec(page.body) ?? []
  const { at } = await visitor.follow(new URL(href, page.at), LOCAL)
  t.equal(at.searchParams.get('error'), 'access_denied')
  t.match(steps().at(-1), { detail: { step: 'failed', reason: 'no team' } })
  identities.choices.person = 'ada'
})

t.test('a refusal goes back to the program', async (t) => {
  const { body } = await register(origin)
  const request = makeRequest(origin, String(body.client_id))
  const back = await allow(new Visitor(), request, LOCAL, 'refuse')
  t.equal(back.searchParams.get('error'), 'access_denied')
  t.equal(back.searchParams.get('state'), request.state)
  t.equal(back.searchParams.get('iss'), `${origin}/login`)
})

t.test('consent is remembered for a site, not for a machine', async (t) => {
  const visitor = new Visitor()
  const site = 'https://claude.example/callback'
  const { body } = await register(origin, { redirect_uris: [site, LOCAL] })
  const id = String(body.client_id)
  const asked = async (redirect: string, more = {}) => {
    const { url } = makeRequest(origin, id, { redirect_uri: redirect, ...more })
    const page = await visitor.follow(url, redirect)
    return !page.at.href.startsWith(redirect)
  }
  t.ok(await asked(site), 'at first')
  const first = makeRequest(origin, id, { redirect_uri: site })
  await allow(visitor, first, site)
  t.notOk(await asked(site))
  t.ok(await asked(site, { prompt: 'login' }))
  await allow(visitor, makeRequest(origin, id))
  t.ok(await asked(LOCAL))
  const other = await register(origin, { redirect_uris: [site] })
  const second = makeRequest(origin, String(other.body.client_id), {
    redirect_uri: site,
  })
  const page = await visitor.follow(second.url, site)
  t.match(page.body, 'May this program act for you', 'of another client')
})

t.test('what the provider vouches for needs no browser', async (t) => {
  const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const { body } = await register(origin, {
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', grant],
  })
  const id = String(body.client_id)
  const ask = (assertion: string, client = body) =>
    askToken(origin, {
      grant_type: grant,
      client_id: String(client.client_id),
      client_secret: String(client.client_secret ?? ''),
      assertion,
    })
  let count = 0
  const good = () => ({
    sub: 'ben',
    aud: `${origin}/login`,
    resource: at,
    client_id: id,
    jti: `one-${count++}`,
    email: 'ben@acme.com',
    groups: ['contractors'],
  })
  const assertion = await identities.vouch(good())
  const answer = await ask(assertion)
  t.match(answer.body, { token_type: 'Bearer', expires_in: 600, scope: 'mcp' })
  t.notOk(answer.body.refresh_token)
  const listed = await list(answer.body.access_token)
  t.same(listed.names, ['issues__search_issues'])
  t.match((await ask(assertion)).body, { error: 'invalid_grant' }, 'once')
  const other = await register(origin, { grant_types: [grant] })
  const odd: [string, object, object?][] = [
    ['another server', { aud: 'https://other.example' }],
    ['several servers', { aud: [`${origin}/login`, 'https://other.example'] }],
    ['another resource', { resource: `${origin}/mcp` }],
    ['another client', { client_id: 'somebody' }],
    ['another issuer', { iss: 'https://other.example' }],
    ['no id', { jti: undefined }],
    ['an old one', { iat: 1_000_000_000 }],
    ['expired', { exp: Math.floor(Date.now() / 1_000) - 60 }],
    ['no team', { groups: ['everyone'] }],
    ['no name', { email: undefined }],
    ['an ID token', {}, { typ: 'JWT' }],
  ]
  for (const [why, claims, header] of odd) {
    const one = await identities.vouch({ ...good(), ...claims }, header)
    t.match((await ask(one)).body, { error: 'invalid_grant' }, why)
  }
  const unproven = await identities.vouch({
    ...good(),
    client_id: other.body.client_id,
  })
  t.match((await ask(unproven, other.body)).body, { error: 'invalid_grant' })
  // Somebody who has signed in: the provider is asked for the groups.
  await signIn(origin)
  identities.people.ada = { email: 'ada@acme.com', groups: ['contractors'] }
  const silent = { sub: 'ada', email: 'ada@acme.com', groups: undefined }
  const own = await ask(await identities.vouch({ ...good(), ...silent }))
  Object.assign(identities.people, people)
  const names = ['issues__search_issues']
  t.same((await list(own.body.access_token)).names, names)
})

t.test('a page in between leads on without a script', async (t) => {
  const { body } = await register(origin)
  const visitor = new Visitor()
  const { url } = makeRequest(origin, String(body.client_id))
  const place = (await visitor.open(url)).headers.get('location') ?? ''
  const page = await visitor.open(new URL(place, origin))
  t.match(readRefresh(page.body), '/auth?')
  t.match(page.headers.get('content-security-policy'), "default-src 'none'")
})

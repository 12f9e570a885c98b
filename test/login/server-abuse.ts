// What one browser or program without a token, a change of the config, a slow
// provider or a full disk must not do to the sign-ins of others.
// Covers src/runtime/login-server, src/runtime/login, src/runtime/stages.

import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../src/runtime/base/clock.ts'
import { ProviderKeys } from '../../src/runtime/login/provider-keys.ts'
import { makeAdapters } from '../../src/runtime/login-server/adapter.ts'
import { makeDocumentFetch } from '../../src/runtime/login-server/documents.ts'
import { nameSite } from '../../src/runtime/login-server/pace.ts'
import { Passing } from '../../src/runtime/login-server/passing.ts'
import { Renewals } from '../../src/runtime/login-server/renewals.ts'
import { Visits } from '../../src/runtime/login-server/visits.ts'
import { findCommonOutward } from '../../src/runtime/outward/outward.ts'
import { makeSigner } from '../harness/login/company.ts'
import {
  askToken,
  exchange,
  LOCAL,
  makeRequest,
  readField,
  readRefresh,
  refresh,
  register,
  signIn,
  Visitor,
} from '../harness/login/oauth-client.ts'
import { serveLogin } from '../harness/login/scene.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'
import { until } from '../harness/until.ts'

const scene = await serveLoginServer(t)
const { origin, identities } = scene
const SITE = 'https://claude.example/callback'
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

t.test('nothing but a visit goes on below the authorization', async (t) => {
  const id = String((await register(origin)).body.client_id)
  const { search } = makeRequest(origin, id, { scope: 'openid' }).url
  for (const more of ['', '?', '%2f', '%20', 'token', 'x'.repeat(61)]) {
    const to = `${origin}/login/authorize/${more}${search}`
    const answer = await fetch(to, { redirect: 'manual' })
    t.equal(answer.status, 404, `“${more}”`)
  }
})

t.test('a browser that leaves often ends no visit but its own', async (t) => {
  const visits = new Visits(systemClock)
  const place = { host: 'loopback', isLocal: true }
  const one = { client: 'c', name: '', place, prompt: undefined }
  const [a, b] = [
    { browser: 'a', network: nameSite('192.0.2.1') },
    { browser: 'b', network: nameSite('2001:db8:0:1::1') },
  ]
  visits.begin({ ...one, ...a, uid: 'victim' })
  visits.begin({ ...one, ...b, uid: 'evil' })
  const away = visits.depart(a, { uid: 'victim' }, undefined)
  const first = visits.depart(b, { uid: 'evil' }, undefined)
  for (let count = 0; count < 10_100; count++) {
    visits.depart(b, { uid: 'evil' }, undefined)
    // Who has one IPv6 network has many others.
    const network = nameSite(`2001:db8:0:${(count % 60_000).toString(16)}::1`)
    visits.begin({ ...one, ...b, network, uid: `evil-${count}` })
    visits.depart({ ...b, network }, { server: undefined }, undefined)
  }
  for (let count = 0; count < 10_100; count++) {
    // A provider of networks has many of these too.
    const network = nameSite(`2001:db8:${count.toString(16)}::1`)
    visits.begin({ ...one, ...b, network, uid: `evil-far-${count}` })
    visits.depart({ ...b, network }, { server: undefined }, undefined)
  }
  t.match(visits.find('victim', 'a'), { uid: 'victim' }, 'of another network')
  t.match(visits.comeBack(away.state, 'a'), { browser: 'a' })
  t.equal(visits.comeBack(first.state, 'b'), undefined, 'the last one counts')
})

t.test('many proofs of a client push out no visit and no code', async (t) => {
  const passing = new Passing(systemClock)
  let from = '192.0.2.1'
  const network = () => from
  const options = { passing, clock: systemClock, network } as never
  const adapters = makeAdapters(options)
  await adapters('Interaction').upsert('one', { of: 'a person' }, 600)
  await adapters('AuthorizationCode').upsert('one', { of: 'a person' }, 600)
  const proofs = adapters('ReplayDetection')
  for (let count = 0; count < 20_100; count++) {
    await proofs.upsert(String(count), {}, 600)
  }
  from = '192.0.2.2'
  for (let count = 0; count < 20_100; count++) {
    await adapters('Interaction').upsert(String(count), {}, 600)
  }
  t.ok(await adapters('Interaction').find('one'))
  t.ok(await makeAdapters(options)('AuthorizationCode').find('one'))
})

t.test('what is asked wrongly leads to no site by itself', async (t) => {
  for (const to of [SITE, 'search-ms:query', 'https://localhost/x']) {
    const { body } = await register(origin, { redirect_uris: [to] })
    for (const more of [{ prompt: 'none' }, { response_type: 'token' }]) {
      const id = String(body.client_id)
      const { url } = makeRequest(origin, id, { redirect_uri: to, ...more })
      const page = await new Visitor().open(url)
      t.equal(page.status, 400, to)
      t.notOk(page.headers.get('location'))
      t.match(page.body, 'This sign-in cannot go on')
      t.match(page.body, `Go back to ${new URL(to).host}`)
      t.match(page.body, 'error=')
    }
  }
})

t.test('a change of the config ends no sign-in on its way', async (t) => {
  const own = await serveLoginServer(t, { identities })
  const id = String((await register(own.origin)).body.client_id)
  const vouched = await register(own.origin, {
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', GRANT],
  })
  const { client_id, client_secret } = vouched.body as Record<string, string>
  const assertion = await identities.vouch({
    ...{ sub: 'ben', email: 'ben@acme.com', groups: ['contractors'] },
    ...{ aud: `${own.origin}/login`, resource: own.at, client_id, jti: 'a' },
  })
  const ask = () =>
    askToken(own.origin, {
      ...{ grant_type: GRANT, client_id: client_id ?? '' },
      ...{ client_secret: client_secret ?? '', assertion },
    })
  t.equal((await ask()).status, 200)
  identities.register(own.origin)
  const visitor = new Visitor()
  const request = makeRequest(own.origin, id)
  const page = await visitor.follow(request.url, LOCAL)
  const other = await register(own.origin, { redirect_uris: [SITE] })
  const site = { redirect_uri: SITE }
  const evil = String(other.body.client_id)
  const narrowed = makeRequest(own.origin, evil, site)
  const asked = await visitor.follow(narrowed.url, SITE)
  const config = own.config() as unknown as {
    login: { server: object; teams: { map: object } }
  }
  const { login } = config
  const server = { ...login.server, redirects: ['loopback'] }
  // The provider signs by ES256; what the gateway signs is no matter of this.
  const changed = { ...login, server, algorithms: ['RS256', 'PS256'] }
  await own.reload({ ...config, login: changed })
  t.match((await ask()).body, { error: 'invalid_grant' }, 'used is used')
  const form = { form: readField(page.body), choice: 'allow' }
  const allowed = await visitor.open(page.at, { form })
  t.equal(allowed.status, 200)
  const onward = new URL(readRefresh(allowed.body) ?? '', own.origin)
  const { at } = await visitor.follow(onward, LOCAL)
  const { body } = await exchange(own.origin, id, request, at)
  t.equal((await own.list(body.access_token)).status, 200)
  const late = { form: readField(asked.body), choice: 'allow' }
  const refused = await visitor.open(asked.at, { form: late })
  t.equal(refused.status, 400, 'a place that is not allowed any more')
  identities.register(origin)
})

t.test('who is ended before they allow a program is told so', async (t) => {
  const id = String((await register(origin)).body.client_id)
  identities.choices.person = 'ben'
  const visitor = new Visitor()
  const request = makeRequest(origin, id)
  const page = await visitor.follow(request.url, LOCAL)
  await scene.gateway.revoke({
    kind: 'subject',
    value: 'Ben@acme.com',
  } as never)
  const form = { form: readField(page.body), choice: 'allow' }
  const ended = await visitor.open(page.at, { form })
  identities.choices.person = 'ada'
  t.equal(ended.status, 403)
  t.match(ended.body, 'has ended your sign-ins')
  const [, href = ''] = /class="button" href="([^"]+)"/.exec(ended.body) ?? []
  const { at } = await visitor.follow(new URL(href, origin), LOCAL)
  t.equal(at.searchParams.get('error'), 'access_denied')
})

t.test('a document that fails is not fetched again at once', async (t) => {
  const sockets: unknown[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const own = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { signal } = new AbortController()
  const outward = () =>
    findCommonOutward({ proxy: null, tls: null } as never, {} as never)
  const get = makeDocumentFetch({ redirects: null, signal, own, outward })
  await t.rejects(get(`${own}/client.json`))
  await t.rejects(get(`${own}/client.json`))
  t.equal(sockets.length, 1)
})

t.test('a refusal of an old sign-in ends no new one', async (t) => {
  const { client, tokens } = await signIn(origin)
  const held: ServerResponse[] = []
  identities.fault = (_, response) => held.push(response)
  const late = refresh(origin, client, tokens.refresh_token)
  await until(() => held.length > 0)
  identities.fault = undefined
  const again = await signIn(origin)
  held[0]?.writeHead(400, { 'content-type': 'application/json' })
  held[0]?.end('{"error":"invalid_grant"}')
  await late
  const next = await refresh(origin, again.client, again.tokens.refresh_token)
  t.equal(next.status, 200)
})

t.test(
  'what was withdrawn while the provider was asked stays so',
  async (t) => {
    const { client, tokens } = await signIn(origin)
    const { renewals, state } = await openParts()
    const asked = renewals.renew('ada')
    await state.people.set('ada', { ...state.people.get('ada'), allowed: [] })
    state.answer({ claims: { email: 'a@acme.com', groups: ['staff'] } })
    await asked
    t.match(state.people.get('ada'), { allowed: [], groups: ['staff'] })
    const silent = renewals.renew('ada')
    state.answer({ refreshToken: 'next' })
    t.match(await silent, { groups: ['staff'] }, 'within maxAge')
    state.later()
    const late = renewals.renew('ada')
    state.answer({})
    t.equal(await late, undefined, 'a provider that says nothing, after it')
    t.match(state.people.get('ada'), { refreshToken: 'next' })
    t.equal((await refresh(origin, client, tokens.refresh_token)).status, 200)
  },
)

/** With a provider that answers when it is told to. */
async function openParts() {
  let now = 1_000_000
  let answer: (said: object) => void = () => {}
  const kept = new Map<string, object>()
  const people = {
    get: (id: string) => kept.get(id),
    set: async (id: string, one: object) => void kept.set(id, one),
  }
  const person = { sub: 'ada', subject: 'a@acme.com', groups: ['old'] }
  const allowed = [{ client: 'c', host: 'claude.example', at: 1 }]
  const more = { refreshToken: 'first', seen: now, allowed }
  kept.set('ada', { ...person, ...more })
  const renewals = new Renewals({
    login: {
      maxAge: 3_600_000,
      subject: 'email',
      teams: { claim: 'groups', map: [{ group: 'staff' }] },
    },
    company: { renew: () => new Promise((resolve) => (answer = resolve)) },
    state: { people },
    now: () => now,
    keepsWords: () => false,
    log: { info: () => {}, warn: () => {} },
  } as never)
  const state = {
    people,
    answer: (said: object) => answer(said),
    later: () => (now += 3_600_001),
  }
  return { renewals, state }
}

t.test('a full disk ends no sign-in', async (t) => {
  const own = await serveLoginServer(t, { identities })
  identities.register(own.origin)
  const { client, tokens } = await signIn(own.origin)
  const all = readdirSync(own.folder, { recursive: true }).map(String)
  const file = all.find((one) => one.endsWith('.signin')) ?? ''
  const folder = dirname(join(own.folder, file))
  renameSync(folder, `${folder}-away`)
  writeFileSync(folder, 'no folder')
  const busy = await refresh(own.origin, client, tokens.refresh_token)
  t.equal(busy.status, 503)
  rmSync(folder)
  renameSync(`${folder}-away`, folder)
  const next = await refresh(own.origin, client, tokens.refresh_token)
  t.equal(next.status, 200, 'although the provider has given another token')
  identities.register(origin)
})

t.test('without its folder, the server answers that it cannot', async (t) => {
  const own = await serveLoginServer(t, { identities })
  const grants = join(own.folder, 'grants')
  mkdirSync(grants, { recursive: true })
  writeFileSync(join(grants, 'login'), 'no folder')
  const signal = AbortSignal.timeout(20_000)
  const answer = await fetch(`${own.origin}/login/keys`, { signal })
  t.equal(answer.status, 503)
})

t.test('a provider whose clock is ahead', async (t) => {
  const now = () => Date.now() - 3_600_000
  const clock = { ...systemClock, now }
  const own = await serveLoginServer(t, { identities, clock })
  identities.register(own.origin)
  const { client, tokens } = await signIn(own.origin)
  await own.gateway.revoke({ kind: 'subject', value: 'ada@acme.com' } as never)
  const ended = await refresh(own.origin, client, tokens.refresh_token)
  t.match(ended.body, { error: 'invalid_grant' }, 'no sign-in is of tomorrow')
  identities.register(origin)
})

t.test('unknown keys keep no token with a known one waiting', async (t) => {
  const { publicJwk } = await makeSigner('known')
  let clock = 0
  let reads = 0
  const keys = new ProviderKeys({
    clock: { ...systemClock, monotonic: () => clock },
    read: () => {
      reads++
      return reads === 1 ? Promise.resolve([publicJwk]) : new Promise(() => {})
    },
    note: () => {},
  })
  const known = { algorithm: 'ES256', kid: 'known' }
  await keys.find(known)
  clock = 61_000
  const ended: unknown[] = []
  for (let count = 0; count < 300; count++) {
    void keys
      .find({ algorithm: 'ES256', kid: `unknown-${count}` })
      .then((one) => ended.push(one))
  }
  t.notMatch(await keys.find(known), { problem: String })
  await until(() => ended.length >= 236)
  t.match(ended[0], { problem: 'unreachable' })
  t.equal(reads, 2)
})

t.test('who guesses makes the gateway ask no more', async (t) => {
  process.env.CANARY_INTROSPECTION = 'canary-introspection'
  const secret = { secret: 'env:CANARY_INTROSPECTION' }
  const introspection = { client: { id: 'gateway', secret } }
  const own = await serveLogin(t, { login: { introspection } })
  const { company, list } = own
  company.introspected.good = { active: true, ...company.claims() }
  t.equal((await list('good')).status, 200)
  const stop = new AbortController()
  const { signal } = stop
  const guess = (one: unknown) =>
    fetch(own.at, {
      method: 'POST',
      headers: {
        authorization: `Bearer guess-${one}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: '{}',
      signal,
    }).catch(() => undefined)
  const statuses: unknown[] = []
  let count = 0
  // The first 60 are answered at once, then one in a second.
  await until(() => {
    for (let left = count === 0 ? 120 : 4; left > 0; left--) {
      void guess(count++).then((answer) => statuses.push(answer?.status))
    }
    return statuses.includes(503)
  })
  t.ok(company.asked.length < count)
  t.equal((await list('good')).status, 200, 'what is known is served')
  stop.abort()
})

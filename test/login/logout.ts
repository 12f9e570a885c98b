// Somebody logs out at the company's provider: what ends here, and what does not;
// what anybody else may send in its place.
// Covers src/runtime/login, src/runtime/login-server, src/runtime/control.

import t, { type Test } from 'tap'
import { runHere } from '../harness/gateway.ts'
import { makeBadLogouts } from '../harness/login/bad-logouts.ts'
import { makeSigner } from '../harness/login/company.ts'
import { leave } from '../harness/login/leave.ts'
import {
  restart,
  servePlain,
  serveSlow,
} from '../harness/login/logout-scene.ts'
import {
  allow,
  exchange,
  LOCAL,
  makeRequest,
  readField,
  refresh,
  signIn,
  Visitor,
} from '../harness/login/oauth-client.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'
import { openHolder } from '../harness/revocation/holder.ts'
import { until } from '../harness/until.ts'
import { post } from '../harness/wire.ts'

async function serveOwn(t: Test) {
  const scene = await serveLoginServer(t, await serveSlow(t))
  const { origin, identities } = scene
  const come = (person: string, visitor = new Visitor(), client?: string) => {
    identities.choices.person = person
    return signIn(origin, visitor, client)
  }
  return { ...scene, come }
}

const PATH = '/login/backchannel-logout'

/** The instants of the provider are whole seconds. */
async function nextSecond(): Promise<void> {
  const now = Math.floor(Date.now() / 1_000)
  await until(() => Math.floor(Date.now() / 1_000) > now)
}

t.test('a logout at the provider ends all of that session', async (t) => {
  const scene = await serveOwn(t)
  const { at, come, list, records, identities, origin, folder, url } = scene
  const [ada, elsewhere, ben] = [
    await come('ada'),
    await come('ada'),
    await come('ben'),
  ]
  const holders = await Promise.all([
    openHolder(at, 'ada', ada.tokens.access_token),
    openHolder(at, 'ben', ben.tokens.access_token),
    openHolder(at, 'elsewhere', elsewhere.tokens.access_token),
  ])
  const ended = new Set<string>()
  for (const { id, streams } of holders) {
    for (const stream of streams) void stream.ended.then(() => ended.add(id))
  }
  const began = performance.now()
  await leave(identities, ada.visitor)
  await Promise.all(holders[0]?.streams.map((one) => one.ended) ?? [])
  t.comment(
    `two calls and two streams ended ${Math.round(performance.now() - began)} ms after the logout`,
  )
  const found = () => records().filter(({ notice }) => notice === 'logout')
  await until(() => found().length === 1)
  t.same(
    [...ended],
    ['ada'],
    'what others have open goes on, or another session',
  )
  const gone = await list(ada.tokens.access_token)
  t.equal(gone.status, 401)
  t.match(gone.body, 'The provider has ended the session of this sign-in')
  const again = await refresh(origin, ada.client, ada.tokens.refresh_token)
  t.match(again.body, { error: 'invalid_grant' })
  t.equal((await list(ben.tokens.access_token)).status, 200)
  t.equal(
    (await list(elsewhere.tokens.access_token)).status,
    200,
    'a session in another browser',
  )
  const renewed = await refresh(
    origin,
    elsewhere.client,
    elsewhere.tokens.refresh_token,
  )
  t.equal(renewed.status, 200, String(renewed.body.error_description))
  t.match(found()[0], {
    detail: {
      tokenId: /^sso_/,
      sessions: 'one',
      calls: 2,
      streams: 2,
      signIns: 1,
      lost: null,
    },
  })
  t.match(scene.gateway.status().login, {
    logouts: 1,
    server: { clients: 3, people: 2, signIns: 2, refused: 1 },
  })
  const live = await runHere(['check', '--live'], { cwd: folder })
  const said = live.stdout + live.stderr
  t.match(said, /browsers back to \S+\/login\/callback: register this address/)
  t.match(said, /report logouts to \S+\/login\/backchannel-logout: register/)
  await nextSecond()
  const back = await come('ada', ada.visitor)
  t.equal((await list(back.tokens.access_token)).status, 200, 'welcome again')
  await restart(t, folder, url, scene.gateway)
  t.equal((await list(ada.tokens.access_token)).status, 401, 'after a restart')
  t.equal((await list(back.tokens.access_token)).status, 200)
})

t.test('a provider that names no sessions ends all of them', async (t) => {
  const scene = await serveOwn(t)
  const { come, list, identities, origin } = scene
  identities.namesSessions = false
  identities.register(origin)
  const [ada, elsewhere, ben] = [
    await come('ada'),
    await come('ada'),
    await come('ben'),
  ]
  // On their way: at the page of consent, and with a code.
  identities.choices.person = 'ada'
  const visitor = new Visitor()
  const page = await visitor.follow(makeRequest(origin, ada.client).url, LOCAL)
  t.equal(page.status, 200)
  const request = makeRequest(origin, elsewhere.client)
  const back = await allow(new Visitor(), request)
  await leave(identities, ada.visitor)
  const choice = { form: readField(page.body), choice: 'allow' }
  const late = await visitor.open(page.at, { form: choice })
  t.equal(late.status, 403)
  t.match(late.body, 'has ended the session that you signed in with')
  const code = await exchange(origin, elsewhere.client, request, back)
  t.match(code.body, { error: 'invalid_grant' })
  for (const { tokens, client } of [ada, elsewhere]) {
    t.equal((await list(tokens.access_token)).status, 401)
    const next = await refresh(origin, client, tokens.refresh_token)
    t.match(next.body, { error: 'invalid_grant' })
  }
  t.equal((await list(ben.tokens.access_token)).status, 200)
})

t.test('tokens of the provider itself end too', async (t) => {
  const scene = await servePlain(t)
  const { company, at, list, logout, tell, now, clock, folder, url } = scene
  const ada = await company.sign({ sid: 'one' })
  const other = await company.sign({ sid: 'two' })
  const silent = await company.sign({ auth_time: undefined })
  const ben = await company.sign({ sub: 'ben', email: 'ben@acme.com' })
  for (const token of [ada, other, silent, ben]) {
    t.equal((await list(token)).status, 200)
  }
  const [own, others] = await Promise.all([
    openHolder(at, 'ada', ada),
    openHolder(at, 'ben', ben),
  ])
  let isOver = false
  for (const stream of others.streams) {
    void stream.ended.then(() => {
      isOver = true
    })
  }
  const done = await tell(await logout({ sid: 'one' }))
  t.equal(done.status, 200, done.body)
  t.equal(done.headers.get('cache-control'), 'no-store')
  await Promise.all(own.streams.map((one) => one.ended))
  t.notOk(isOver, 'what others have open goes on')
  t.equal((await list(ada)).status, 401)
  t.equal((await list(silent)).status, 401, 'it may be of that session')
  t.equal((await list(other)).status, 200, 'another session')
  const renewed = await company.sign({ sid: 'one', iat: now() + 5 })
  t.equal((await list(renewed)).status, 401, 'a newer token of that session')
  t.equal((await tell(await logout())).status, 200)
  t.equal((await list(other)).status, 401, 'all sessions')
  t.equal((await list(ben)).status, 200)
  clock.ahead += 5_000
  const back = await company.sign({
    sid: 'three',
    ...{ auth_time: now(), iat: now() },
  })
  t.equal((await list(back)).status, 200, 'welcome again')
  const alone = await tell(await logout({ sub: undefined, sid: 'three' }))
  t.equal(alone.status, 200)
  t.equal((await list(back)).status, 401, 'by the session alone')
  const { reload, config } = scene
  await reload(config({ drain: '2s' }))
  t.equal((await list(other)).status, 401, 'after a reload')
  await restart(t, folder, url, scene.gateway)
  t.equal((await post(at, other, 'tools/list')).status, 401, 'and a restart')
  t.equal((await post(at, ben, 'tools/list')).status, 200)
})

t.test('nobody but the provider ends anything', async (t) => {
  const scene = await servePlain(t)
  const { company, list, tell, records, everything } = scene
  const ada = await company.sign()
  t.equal((await list(ada)).status, 200)
  const bad = await makeBadLogouts(scene, await makeSigner('foreign'))
  t.ok(bad.length >= 20, `${bad.length} shapes`)
  for (const [name, token] of bad) {
    // Unknown keys are looked for at most once in five seconds.
    if (name.includes('key')) scene.clock.ahead += 6_000
    const answer = await tell(token)
    t.equal(answer.status, 400, `${name}: ${answer.body}`)
    t.equal(answer.headers.get('cache-control'), 'no-store', name)
    t.match(JSON.parse(answer.body), { error: 'invalid_request' }, name)
    t.notOk(token !== '' && everything().includes(token), 'in no log')
  }
  const good = await scene.logout({ sub: 'nobody' })
  const bodies: readonly [string, string][] = [
    ['no token', ''],
    ['another name', `token=${good}`],
    ['twice', `logout_token=${good}&logout_token=${good}`],
    ['too long', `logout_token=${'x'.repeat(30_000)}`],
  ]
  for (const [name, body] of bodies) {
    t.equal((await tell('', body)).status, 400, name)
  }
  const json = await fetch(scene.origin + PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ logout_token: good }),
  })
  t.equal(json.status, 400, 'JSON')
  t.equal((await fetch(scene.origin + PATH)).status, 404, 'GET')
  t.equal((await tell(good)).status, 200, 'which was good')
  const twice = await tell(good)
  t.equal(twice.status, 400)
  t.match(twice.body, 'it was used already')
  t.equal((await list(ada)).status, 200, 'and nothing of hers has ended')
  const reasons = () => records().map(({ reason }) => reason)
  await until(() => reasons().some((one) => one?.startsWith('logout token: ')))
  t.equal(records().filter(({ notice }) => notice === 'logout').length, 1)
})

t.test('a flood keeps out no logout, and costs little', async (t) => {
  const scene = await servePlain(t)
  const { company, list, tell, logout, records } = scene
  const ada = await company.sign()
  t.equal((await list(ada)).status, 200)
  const forged = await logout()
  const [head, body] = forged.split('.')
  const tries = Array.from({ length: 400 }, (_, at) => {
    const signature = Buffer.alloc(64, at % 251).toString('base64url')
    return tell(`${head}.${body}.${signature}`)
  })
  const flood = Promise.allSettled(tries)
  let status = 503
  await until(async () => {
    status = (await tell(await logout())).status
    return status !== 503
  })
  t.equal(status, 200, 'while they come')
  t.equal((await list(ada)).status, 401)
  scene.clock.ahead += 60_000
  const all = await flood
  t.ok(
    all.every((one) => one.status === 'rejected' || one.value.status !== 200),
  )
  await until(() =>
    records().some(
      ({ reason }) =>
        reason === 'logout token: The signature of the token is wrong.',
    ),
  )
  const kept = records().filter(({ reason }) =>
    reason?.startsWith('logout token'),
  )
  t.ok(kept.length < 20, `${kept.length} records of 400`)
})

t.test('without a client that could be meant, nothing is taken', async (t) => {
  const scene = await servePlain(t, { clients: undefined })
  t.equal((await scene.tell(await scene.logout())).status, 400)
  const { login: _, ...without } = scene.config() as { login: object }
  await scene.reload(without)
  t.equal((await scene.tell(await scene.logout())).status, 404)
})

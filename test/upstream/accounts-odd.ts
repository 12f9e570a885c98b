// Sign-in of people at authorization servers that answer in ways of their own.
// The answers of the token endpoint are made here; all else is real.
// Covers src/runtime/oauth.

import t from 'tap'
import { failureOf, openAccounts } from '../harness/oauth/accounts.ts'
import type { AuthorizationServer } from '../harness/oauth/authorization-server.ts'
import { type Scene, startPeers } from '../harness/oauth/scene.ts'

/** Its token endpoint answers with this. */
function answerWith(as: AuthorizationServer, said: object, status = 200): void {
  as.fault = (request, response) => {
    if (request.url !== '/token') return as.answer(request, response)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(said))
  }
}

/** A config without metadata, as for Slack. */
const endpointsOf = ({ as }: Scene) => ({
  issuer: as.issuer,
  authorizationEndpoint: `${as.issuer}/auth`,
  tokenEndpoint: `${as.issuer}/token`,
})

t.test('a token in a member of the answer', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.register([
    {
      client_id: 'A0123',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1:4600/connect/ledger/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ])
  const auth = {
    ...endpointsOf(scene),
    client: { id: 'A0123' },
    scopes: ['read'],
    tokenIn: 'authed_user',
  }
  const { accounts, signIn, clock } = openAccounts(t, scene, { auth })
  answerWith(as, {
    ok: true,
    access_token: 'of-a-bot',
    token_type: 'bot',
    authed_user: {
      id: 'U1',
      scope: 'read',
      access_token: 'xoxe-1',
      token_type: 'user',
      refresh_token: 'xoxr-1',
      expires_in: 100,
    },
  })
  await signIn('ann')
  const ann = accounts.credentialOf('ann')
  t.equal(ann.authorization, 'Bearer xoxe-1')
  t.notOk(
    as.paths.some((path) => path.startsWith('/.well-known')),
    'not asked',
  )
  const next = { access_token: 'xoxe-2', token_type: 'user', expires_in: 100 }
  answerWith(as, { ok: true, authed_user: next })
  clock.ahead += 100_000
  await ann.obtain()
  t.equal(ann.authorization, 'Bearer xoxe-2')
  answerWith(as, { ok: true, authed_user: { ...next, access_token: 'xoxe-3' } })
  clock.ahead += 100_000
  await ann.obtain()
  t.match(as.requests.at(-1)?.body, 'refresh_token=xoxr-1', 'it is kept')
  answerWith(as, { ok: false, error: 'invalid_refresh_token' })
  clock.ahead += 100_000
  t.match(await failureOf(ann.obtain()), {
    kind: 'person',
    detail: /the sign-in has ended: .*: invalid_refresh_token/,
  })
})

const GOOD = { access_token: 'one', token_type: 'Bearer', expires_in: 100 }

t.test('a refusal with HTTP 200', async (t) => {
  const scene = await startPeers(t)
  const { walk, comeBack } = openAccounts(t, scene)
  const callback = await walk('ann')
  answerWith(scene.as, {
    error: 'bad_verification_code',
    error_description: 'The code passed is incorrect or expired.',
  })
  t.match(await failureOf(comeBack(callback)), {
    kind: 'signin',
    detail: /bad_verification_code \(it says: The code passed is incorrect/,
  })
})

t.test('fewer scopes at a renewal', async (t) => {
  const scene = await startPeers(t)
  const { accounts, walk, comeBack, clock } = openAccounts(t, scene)
  const callback = await walk('ann')
  answerWith(scene.as, { ...GOOD, refresh_token: 'r', scope: 'write read' })
  t.same((await comeBack(callback)).scopes, ['read', 'write'])
  answerWith(scene.as, { ...GOOD, access_token: 'two', scope: 'read' })
  clock.ahead += 100_000
  const ann = accounts.credentialOf('ann')
  await ann.obtain()
  t.same(accounts.accountOf('ann')?.scopes, ['read'])
  answerWith(scene.as, { ...GOOD, access_token: 'three' })
  clock.ahead += 100_000
  await ann.obtain()
  t.same(accounts.accountOf('ann')?.scopes, ['read'])
})

t.test('answers that hold no token', async (t) => {
  const scene = await startPeers(t)
  const answers: Readonly<Record<string, object>> = {
    'is not a token response': {},
    'it gives no bearer tokens': { ...GOOD, token_type: 'DPoP' },
    'cannot be sent in a header': { ...GOOD, access_token: 'a\r\nb: c' },
    'its refresh token is too long': {
      ...GOOD,
      refresh_token: 'x'.repeat(16_385),
    },
  }
  for (const [text, answer] of Object.entries(answers)) {
    const { walk, comeBack, accounts } = openAccounts(t, scene)
    scene.as.fault = undefined
    const callback = await walk('ann')
    answerWith(scene.as, answer)
    const { detail } = await failureOf(comeBack(callback))
    t.match(detail, text)
    t.same(accounts.list(), [])
  }
})

t.test('an identity token that nobody asked for', async (t) => {
  const scene = await startPeers(t)
  const { walk, comeBack, accounts } = openAccounts(t, scene)
  const callback = await walk('ann')
  answerWith(scene.as, { ...GOOD, id_token: 'no.such.token' })
  await comeBack(callback)
  t.equal(accounts.credentialOf('ann').authorization, 'Bearer one')
})

t.test('a token without a known end', async (t) => {
  const scene = await startPeers(t)
  const { walk, comeBack, accounts, clock } = openAccounts(t, scene)
  const callback = await walk('ann')
  answerWith(scene.as, { access_token: 'one', token_type: 'bearer' })
  const account = await comeBack(callback)
  t.equal(account.until, null)
  clock.ahead += 400 * 86_400_000
  t.equal(accounts.credentialOf('ann').keepFresh(), true)
  t.equal(accounts.accountOf('ann')?.state, 'connected')
})

t.test('what was revoked is of no use', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const { accounts, store, signIn } = openAccounts(t, scene)
  await signIn('ann')
  const grant = store.find('ann', 'ledger')
  const introspect = async () => {
    const answer = await fetch(`${as.issuer}/token/introspection`, {
      method: 'POST',
      body: new URLSearchParams({
        token: grant?.refreshToken ?? '',
        client_id: grant?.client ?? '',
      }),
    })
    return Object(await answer.json()).active
  }
  t.equal(await introspect(), true)
  await accounts.disconnect('ann')
  t.equal(await introspect(), false)
})

t.test('tokens are hidden, those of the last ones who came', async (t) => {
  const scene = await startPeers(t)
  const { accounts, store, redactor, clock } = openAccounts(t, scene)
  const tokenOf = (subject: string, turn: number) =>
    `token-of-${subject}-in-turn-${turn}-${'x'.repeat(20)}`
  const save = async (subject: string, turn: number) => {
    await store.save({
      subject,
      server: 'ledger',
      issuer: scene.as.issuer,
      client: 'c',
      state: 'connected',
      accessToken: tokenOf(subject, turn),
      refreshToken: 'r',
      requested: [],
      scopes: [],
      since: clock.now(),
      renewed: clock.now(),
      ends: clock.now() + 60_000,
    })
    accounts.credentialOf(subject).keepFresh()
  }
  const isHidden = (subject: string, turn: number) =>
    redactor.redactText(tokenOf(subject, turn)) === '[redacted]'
  for (const turn of [1, 2, 3]) await save('ann', turn)
  t.same(
    [1, 2, 3].map((turn) => isHidden('ann', turn)),
    [false, true, true],
    'the current one, and the one before',
  )
  for (let at = 0; at < 255; at++) await save(`p${at}`, 1)
  t.ok(isHidden('ann', 3))
  await save('p255', 1)
  t.notOk(isHidden('ann', 3), 'of 256 others the tokens are newer')
  t.ok(isHidden('p0', 1))
  t.ok(isHidden('p255', 1))
})

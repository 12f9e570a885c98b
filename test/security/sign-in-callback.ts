// Attacks on the sign-in in a browser: answers that are another's, used twice,
// late or not whole; issuers that change or are too weak.
// Covers src/runtime/oauth.

import t from 'tap'
import { failureOf, openAccounts } from '../harness/oauth/accounts.ts'
import {
  type AuthorizationServer,
  rewriteMetadata,
  startAuthorizationServer,
} from '../harness/oauth/authorization-server.ts'
import { startPeers } from '../harness/oauth/scene.ts'

/** Token requests that a code was sent in. */
const codesOf = ({ requests }: AuthorizationServer) =>
  requests.filter(({ body }) => body.includes('code='))

t.test('answers that are not of this sign-in', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const { accounts, walk, comeBack, flows, kinds } = openAccounts(t, scene)
  const attacks: Readonly<Record<string, [(at: URL) => void, RegExp]>> = {
    'another issuer': [
      (at) => at.searchParams.set('iss', 'https://evil.example'),
      /the answer is from https:\/\/evil.example, not from/,
    ],
    'an issuer with a slash more': [
      (at) => at.searchParams.set('iss', `${as.issuer}/`),
      /the answer is from/,
    ],
    'no issuer': [
      (at) => at.searchParams.delete('iss'),
      /the answer is from nobody/,
    ],
    'two issuers': [
      (at) => at.searchParams.append('iss', as.issuer),
      /holds `iss` twice/,
    ],
    'two codes': [
      (at) => at.searchParams.append('code', 'x'),
      /holds `code` twice/,
    ],
    'no code': [(at) => at.searchParams.delete('code'), /holds no code/],
    'an error beside a code': [
      (at) => at.searchParams.set('error', 'access_denied'),
      /has not signed the person in: access_denied/,
    ],
    'an error of another issuer': [
      (at) => {
        at.searchParams.set('error', 'access_denied')
        at.searchParams.set('error_description', 'call 555')
        at.searchParams.set('iss', 'https://evil.example')
      },
      /^the answer is from https:\/\/evil.example, not from \S* ?\S* ?\S* ?\S*$/,
    ],
  }
  for (const [name, [change, text]] of Object.entries(attacks)) {
    const callback = await walk('ann')
    change(callback)
    t.match(
      await failureOf(comeBack(callback)),
      { kind: 'signin', detail: text },
      name,
    )
  }
  t.equal(
    codesOf(as).filter(({ body }) => !isProbe(body)).length,
    0,
    'no code was sent',
  )
  const callback = await walk('ann')
  const state = callback.searchParams.get('state') ?? ''
  const flow = flows.take(state)
  t.ok(flow)
  t.equal(flows.take(state), undefined, 'a state is used once')
  t.equal(flows.take('another'), undefined)
  const stranger = await walk('bob')
  const theirs = accounts.finish(flow ?? never(), stranger.searchParams)
  t.match(await failureOf(theirs), {
    detail: 'the answer belongs to another sign-in',
  })
  t.same(kinds(), [])
  t.same(accounts.list(), [])
})

/** What asks whether a client is known has a code of 43 signs as its verifier. */
function isProbe(body: string): boolean {
  const sent = new URLSearchParams(body)
  return sent.get('code') === sent.get('code_verifier')
}

function never(): never {
  throw new Error('there was none')
}

t.test('the person refuses', async (t) => {
  const scene = await startPeers(t)
  scene.as.choices.refuses = true
  const { walk, comeBack } = openAccounts(t, scene)
  t.match(await failureOf(comeBack(await walk('ann'))), {
    kind: 'signin',
    detail: /access_denied \(it says: The person pressed Cancel\)/,
  })
})

t.test('a sign-in ends after ten minutes, and few are open', async (t) => {
  const scene = await startPeers(t)
  const { accounts, walk, flows, clock } = openAccounts(t, scene)
  const late = await walk('ann')
  clock.ahead += 600_000
  t.equal(flows.take(late.searchParams.get('state') ?? ''), undefined)
  const stateOf = async (subject: string) =>
    (await accounts.begin(subject, '')).searchParams.get('state') ?? ''
  const others = await stateOf('bob')
  const states: string[] = []
  for (let at = 0; at < 7; at++) states.push(await stateOf('ann'))
  t.equal(new Set(states).size, 7)
  t.same(
    states.map((state) => flows.take(state) !== undefined),
    [false, false, true, true, true, true, true],
  )
  t.ok(flows.take(others))
  for (const state of states) t.match(state, /^[\w-]{43}$/)
})

t.test('a callback of another server', async (t) => {
  const scene = await startPeers(t)
  const { walk, open, flows } = openAccounts(t, scene)
  const callback = await walk('ann')
  const flow = flows.take(callback.searchParams.get('state') ?? '')
  const other = open({ name: 'other' })
  const work = other.finish(flow ?? never(), callback.searchParams)
  t.match(await failureOf(work), {
    detail: 'the sign-in began for another server',
  })
  other.close()
})

t.test('an authorization server without S256', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  for (const methods of [undefined, [], ['plain']]) {
    rewriteMetadata(as, { code_challenge_methods_supported: methods })
    const { accounts } = openAccounts(t, scene)
    t.match(await failureOf(accounts.begin('ann', '')), {
      kind: 'signin',
      detail: /does not say that it takes PKCE with S256/,
    })
  }
})

t.test('addresses where nobody may be sent', async (t) => {
  const scene = await startPeers(t)
  for (const at of [
    'javascript:alert(1)',
    'http://login.example/auth',
    'data:text/html,x',
    'https://ann:secret@login.example/auth',
  ]) {
    rewriteMetadata(scene.as, { authorization_endpoint: at })
    const { accounts } = openAccounts(t, scene)
    t.match(
      await failureOf(accounts.begin('ann', '')),
      {
        detail: /is not an https address/,
      },
      at,
    )
  }
})

t.test('the server names another authorization server', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  as.life = 100
  const other = await startAuthorizationServer()
  t.teardown(() => other.close())
  const one = openAccounts(t, scene)
  const { accounts, walk, signIn, clock, kinds } = one
  await signIn('ann')
  const callback = await walk('bob')
  ledger.metadata = {
    ...Object(ledger.metadata),
    authorization_servers: [other.issuer],
  }
  const next = one.open()
  const flow = one.flows.take(callback.searchParams.get('state') ?? '')
  const sent = codesOf(as).length
  const work = next.finish(flow ?? never(), callback.searchParams)
  t.match(await failureOf(work), { detail: /but the sign-in began at/ })
  t.equal(codesOf(as).length, sent)
  t.same(codesOf(other), [], 'the code goes to nobody')
  clock.ahead += 100_000
  const ann = next.credentialOf('ann')
  t.match(await failureOf(ann.obtain()), {
    kind: 'person',
    detail: /the server now names the authorization server .*, not /,
  })
  t.same(other.requests, [], 'the refresh token goes to nobody')
  t.match(next.accountOf('ann'), { state: 'ended' })
  ledger.metadata = {
    ...Object(ledger.metadata),
    authorization_servers: [as.issuer],
  }
  clock.ahead += 60_000
  await ann.obtain()
  t.match(next.accountOf('ann'), { state: 'connected' }, 'the grant was kept')
  next.close()
  t.notOk(kinds().includes('refused'))
  accounts.close()
})

t.test('a secret is for the first issuer that is named', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const other = await startAuthorizationServer()
  t.teardown(() => other.close())
  const secret = 'a-client-secret-of-thirty-signs'
  const redirect = 'http://127.0.0.1:4600/connect/ledger/callback'
  for (const one of [as, other]) {
    one.register([
      {
        client_id: 'mine',
        client_secret: secret,
        application_type: 'native',
        redirect_uris: [redirect],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ])
  }
  const client = { id: 'mine', secret: { secret: 'env:MINE' } } as const
  const options = { auth: { client }, env: { MINE: secret } }
  const { signIn, folder } = openAccounts(t, scene, options)
  await signIn('ann')
  t.match(codesOf(as).at(-1)?.authorization, /^Basic /)
  t.notOk(as.paths.includes('/reg'))
  ledger.metadata = {
    ...Object(ledger.metadata),
    authorization_servers: [other.issuer],
  }
  const next = openAccounts(t, scene, { ...options, folder })
  t.match(await failureOf(next.accounts.begin('ann', '')), {
    detail: `the server names the authorization server ${other.issuer}, but \`client.secret\` of servers.ledger is for ${as.issuer}; write \`issuer\` with the one that it is for`,
  })
  const named = {
    auth: { client, issuer: other.issuer },
    env: { MINE: secret },
  }
  const own = openAccounts(t, scene, { ...named, folder })
  t.match(await failureOf(own.accounts.credentialOf('ann').obtain()), {
    kind: 'person',
    detail: /at another authorization server/,
  })
  const address = await own.accounts.begin('ann', '')
  t.equal(address.searchParams.get('scope'), 'offline_access read')
  await own.signIn('ann')
  t.equal(own.accounts.accountOf('ann')?.issuer, other.issuer)
  t.equal(own.accounts.list().length, 1, 'one grant for each person')
})

t.test('a code that the authorization server does not take', async (t) => {
  const scene = await startPeers(t)
  const { walk, comeBack, kinds } = openAccounts(t, scene)
  const callback = await walk('ann')
  callback.searchParams.set('code', 'another-code-of-an-attacker')
  const failure = await failureOf(comeBack(callback))
  t.match(failure, { kind: 'signin', detail: /invalid_grant.*sign in again/ })
  t.notMatch(failure.detail, 'another-code')
  t.same(kinds(), [])
})

t.test(
  'what an authorization server repeats of a code or a token',
  async (t) => {
    const scene = await startPeers(t)
    const { as } = scene
    as.life = 100
    const { accounts, walk, comeBack, signIn, clock, events } = openAccounts(
      t,
      scene,
    )
    await signIn('ann')
    const callback = await walk('bob')
    as.fault = (request, response) => {
      if (request.url !== '/token') return as.answer(request, response)
      const { body = '' } = as.requests.at(-1) ?? {}
      const sent = Object.fromEntries(new URLSearchParams(body))
      const said = `you sent ${JSON.stringify(sent)}`
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ error: 'invalid_grant', error_description: said }),
      )
    }
    const code = callback.searchParams.get('code') ?? ''
    const failure = await failureOf(comeBack(callback))
    t.match(failure.detail, 'you sent')
    clock.ahead += 100_000
    const ended = await failureOf(accounts.credentialOf('ann').obtain())
    const all = JSON.stringify([
      failure,
      ended,
      events,
      accounts.list(),
      accounts.describe(),
    ])
    const sent = as.requests
      .slice(-2)
      .map(({ body }) => new URLSearchParams(body))
    t.equal(sent[0]?.get('code'), code)
    for (const name of ['code', 'code_verifier', 'refresh_token']) {
      const secret = sent
        .map((one) => one.get(name))
        .find((one) => one !== null)
      t.ok(secret && secret.length > 20, name)
      t.notMatch(all, secret?.slice(0, 12), `${name} is in no text`)
    }
  },
)

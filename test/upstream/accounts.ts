// Sign-in of people in a browser, with a real authorization server: the whole
// path, renewals, and what ends a grant.
// Covers src/runtime/oauth, src/runtime/grants.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { failureOf, ORIGIN, openAccounts } from '../harness/oauth/accounts.ts'
import type { AuthorizationServer } from '../harness/oauth/authorization-server.ts'
import { startPeers } from '../harness/oauth/scene.ts'
import { until } from '../harness/until.ts'

t.test('the whole path of a person', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const { accounts, signIn, walk, events, folder } = openAccounts(t, scene)
  const ann = accounts.credentialOf('ann')
  t.equal(ann.keepFresh(), false)
  t.same(await failureOf(ann.obtain()), {
    kind: 'person',
    detail: 'nobody has signed in',
  })
  t.match(ann.failure, { kind: 'person' })
  t.equal(accounts.accountOf('ann'), undefined)
  t.match(accounts.describe(), '0 people are connected')
  const callback = await walk('ann')
  t.equal(
    callback.origin + callback.pathname,
    `${ORIGIN}/connect/ledger/callback`,
  )
  t.equal(callback.searchParams.get('iss'), as.issuer)
  const account = await signIn('ann')
  t.match(account, {
    server: 'ledger',
    subject: 'ann',
    issuer: as.issuer,
    state: 'connected',
    until: null,
    trouble: undefined,
  })
  t.equal(ann.keepFresh(), true)
  t.match(ann.authorization, /^Bearer eyJ/)
  t.equal(ann.failure, undefined)
  const [, payload = ''] = ann.authorization.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  t.match(claims, { aud: ledger.url, scope: 'read' })
  t.equal(accounts.credentialOf('bob').keepFresh(), false, 'hers alone')
  t.same(events, [
    {
      kind: 'created',
      server: 'ledger',
      subject: 'ann',
      grantId: account.grantId,
      issuer: as.issuer,
    },
  ])
  t.match(account.grantId, /^[0-9a-f]{16}$/)
  t.match(
    accounts.describe(),
    `accounts of ${as.issuer}: 1 person is connected`,
  )
  const registrations = as.paths.filter((path) => path === '/reg')
  t.equal(registrations.length, 1, 'one client for all')
  for (const name of readdirSync(folder)) {
    t.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
    const bytes = readFileSync(join(folder, name))
    for (const word of ['ann', 'ledger', 'eyJ', as.issuer]) {
      t.notOk(bytes.includes(word), `${word} is in no file`)
    }
  }
  t.equal(statSync(folder).mode & 0o777, 0o700)
})

const refreshes = ({ requests }: AuthorizationServer) =>
  requests.filter(({ body }) => body.includes('grant_type=refresh_token'))

t.test('a restart needs nobody, and no authorization server', async (t) => {
  const scene = await startPeers(t)
  const first = openAccounts(t, scene)
  const account = await first.signIn('ann')
  const { authorization } = first.accounts.credentialOf('ann')
  first.accounts.close()
  await first.store.close()
  await scene.as.close()
  const { folder } = first
  const { accounts, problems } = openAccounts(t, scene, { folder })
  const ann = accounts.credentialOf('ann')
  t.equal(ann.keepFresh(), true)
  t.equal(ann.authorization, authorization)
  t.same(accounts.accountOf('ann'), account)
  t.same(accounts.list(), [account])
  t.same(problems, [])
})

t.test('fifty calls at the end of a token ask once', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  as.life = 60
  const { accounts, signIn, clock, open, folder, kinds } = openAccounts(
    t,
    scene,
  )
  await signIn('ann')
  const own = accounts.credentialOf('ann')
  const before = own.authorization
  const [old] = tokensOf(as)
  // Of another table, during a swap.
  const next = open()
  const other = next.credentialOf('ann')
  clock.ahead += 49_000
  t.equal(own.keepFresh(), true, 'it is used while it is renewed')
  await until(() => own.authorization !== before)
  t.equal(refreshes(as).length, 1)
  clock.ahead += 56_000
  t.equal(own.keepFresh(), false)
  const calls = Array.from({ length: 25 }, () => [own.obtain(), other.obtain()])
  await Promise.all(calls.flat())
  t.equal(refreshes(as).length, 2, 'one for both tables')
  t.equal(own.authorization, other.authorization)
  t.not(own.authorization, before)
  t.same(kinds(), ['created', 'refreshed', 'refreshed'])
  t.notOk(tokensOf(as).includes(old ?? ''), 'the refresh token was rotated')
  t.match(refreshes(as)[0]?.body, `resource=${encodeURIComponent(ledger.url)}`)
  next.close()
  clock.ahead += 56_000
  const { accounts: later } = openAccounts(t, scene, { folder, clock })
  await later.credentialOf('ann').obtain()
  t.equal(refreshes(as).length, 3, 'the new one was on disk')
})

/** Refresh tokens that it takes. */
function tokensOf({ kept }: AuthorizationServer): readonly string[] {
  return [...kept.entries]
    .filter(([key, one]) => key.startsWith('RefreshToken:') && !one.consumed)
    .map(([key]) => key)
}

t.test('an account of the gateway', async (t) => {
  const scene = await startPeers(t)
  const { accounts, signIn } = openAccounts(t, scene, {
    auth: { as: 'gateway' },
  })
  const own = accounts.credentialOf(null)
  const run = 'run `gateway connect ledger --as gateway`'
  t.same(await failureOf(own.obtain()), {
    kind: 'signin',
    detail: `nobody has signed in: ${run}`,
  })
  t.match(accounts.describe(), `nobody has signed in: ${run}`)
  await signIn(null)
  await own.obtain()
  t.equal(
    accounts.describe().split(', ')[0],
    `account of ${scene.as.issuer}: connected`,
  )
})

t.test(
  'scopes that a call needs are asked for at the next sign-in',
  async (t) => {
    const scene = await startPeers(t)
    const { accounts, signIn, walk, comeBack } = openAccounts(t, scene)
    await signIn('ann')
    const ann = accounts.credentialOf('ann')
    const bob = accounts.credentialOf('bob')
    const challenge = 'Bearer error="insufficient_scope", scope="read write"'
    const used = ann.authorization
    t.match(await failureOf(ann.judge(used, 403, challenge)), {
      kind: 'person',
      detail:
        /it wants the scopes read write, which the sign-in did not ask for/,
    })
    t.equal(ann.authorization, used, 'other calls keep the token')
    const first = await accounts.begin('bob', '')
    t.equal(first.searchParams.get('scope'), 'offline_access read')
    t.equal(bob.keepFresh(), false)
    scene.as.choices.withheld = ['write']
    const address = await accounts.begin('ann', '')
    t.equal(address.searchParams.get('scope'), 'offline_access read write')
    t.equal(address.searchParams.get('prompt'), 'consent')
    const account = await comeBack(await walk('ann'))
    t.notMatch(account.scopes, ['write'])
    t.match(await failureOf(ann.judge(ann.authorization, 403, challenge)), {
      kind: 'refused',
      status: 403,
      detail: /which was requested/,
    })
  },
)

t.test('a token that the server refuses is renewed once', async (t) => {
  const scene = await startPeers(t)
  const { accounts, signIn } = openAccounts(t, scene)
  await signIn('ann')
  const ann = accounts.credentialOf('ann')
  const used = ann.authorization
  const challenge = 'Bearer error="invalid_token"'
  await Promise.all([
    ann.judge(used, 401, challenge),
    ann.judge(used, 401, challenge),
  ])
  t.not(ann.authorization, used)
  await ann.judge(used, 401, challenge)
  t.equal(refreshes(scene.as).length, 1)
})

t.test('a refused token without another is used for other tools', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const { accounts, signIn, clock } = openAccounts(t, scene)
  await signIn('ann')
  const ann = accounts.credentialOf('ann')
  const used = ann.authorization
  as.fault = (request, response) =>
    request.url === '/token'
      ? void response.writeHead(500).end()
      : as.answer(request, response)
  const refused = failureOf(ann.judge(used, 401, ''))
  t.equal(ann.keepFresh(), false, 'calls wait for another')
  await ann.obtain()
  t.match(await refused, { kind: 'signin', detail: /fails: HTTP 500/ })
  t.equal(ann.keepFresh(), true)
  t.equal(ann.authorization, used)
  as.fault = undefined
  clock.ahead += 60_000
  await ann.judge(used, 401, '')
  t.not(ann.authorization, used)
})

t.test('a token that cannot be renewed', async (t) => {
  const scene = await startPeers(t)
  scene.as.life = 60
  const auth = { scopes: ['read'] }
  const { accounts, signIn, clock } = openAccounts(t, scene, { auth })
  const { until } = await signIn('ann')
  t.ok(until && until > Date.now())
  const ann = accounts.credentialOf('ann')
  const used = ann.authorization
  t.match(await failureOf(ann.judge(used, 401, '')), {
    kind: 'person',
    detail: /the server refuses the token, which cannot be renewed/,
  })
  t.equal(ann.keepFresh(), true, 'it may be good for other tools')
  t.equal(ann.authorization, used)
  t.match(accounts.accountOf('ann'), { state: 'ended', trouble: /refuses/ })
  clock.ahead += 60_000
  t.equal(ann.keepFresh(), false)
  t.match(ann.failure, { kind: 'person', detail: /the token has ended/ })
  t.match(accounts.accountOf('ann'), { state: 'ended', until })
  t.match(accounts.describe(), '0 people are connected, 1 must sign in again')
})

t.test(
  'the end of an account is told to the authorization server',
  async (t) => {
    const scene = await startPeers(t)
    const { as } = scene
    const { accounts, signIn, folder, kinds, events } = openAccounts(t, scene)
    t.equal(await accounts.disconnect('ann'), undefined)
    await signIn('ann')
    await signIn('bob')
    t.equal(tokensOf(as).length, 2)
    const outcome = await accounts.disconnect('ann')
    t.match(outcome, { revoked: true, detail: /it ends by itself at/ })
    t.equal(tokensOf(as).length, 1, 'hers alone')
    t.equal(accounts.accountOf('ann'), undefined)
    t.equal(accounts.credentialOf('ann').authorization, '')
    t.equal(
      readdirSync(folder).filter((one) => one.endsWith('.grant')).length,
      1,
    )
    t.same(kinds(), ['created', 'created', 'revoked'])
    await as.close()
    const late = await accounts.disconnect('bob')
    t.match(late, { revoked: false, detail: /cannot be reached/ })
    t.match(events.at(-1), {
      kind: 'revoked',
      subject: 'bob',
      detail: late?.detail,
    })
    t.same(accounts.list(), [])
  },
)

t.test('a client that the authorization server has forgotten', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 60
  const { accounts, signIn, walk, comeBack, clock, kinds } = openAccounts(
    t,
    scene,
  )
  const registrations = () => as.paths.filter((path) => path === '/reg').length
  await signIn('ann')
  as.kept.forget('Client')
  clock.ahead += 60_000
  const ann = accounts.credentialOf('ann')
  t.match(await failureOf(ann.obtain()), {
    kind: 'signin',
    detail: /does not know the gateway at the moment/,
  })
  t.equal(registrations(), 1, 'it may be known again in a moment')
  t.same(kinds(), ['created'])
  clock.ahead += 60_000
  t.match(await failureOf(ann.obtain()), {
    kind: 'person',
    detail: /invalid_grant/,
  })
  t.equal(registrations(), 2, 'it was registered again')
  t.same(kinds(), ['created', 'refused'])
  await signIn('ann')
  t.equal(registrations(), 2)
  as.kept.forget('Client')
  await t.rejects(walk('bob'), /HTTP 400/, 'only the browser is told')
  await comeBack(await walk('bob'))
  t.equal(registrations(), 3, 'the second try looks first')
})

t.test('listeners hear of a sign-in, not of a renewal', async (t) => {
  const scene = await startPeers(t)
  scene.as.life = 60
  const { accounts, signIn, clock, open } = openAccounts(t, scene)
  const next = open()
  const heard: (string | null)[] = []
  const stop = next.onGranted((subject) => heard.push(subject))
  await signIn('ann')
  t.same(heard, ['ann'], 'of another table too')
  clock.ahead += 60_000
  await accounts.credentialOf('ann').obtain()
  t.same(heard, ['ann'])
  await signIn('ann')
  t.same(heard, ['ann', 'ann'])
  stop()
  await signIn('ann')
  t.equal(heard.length, 2)
  next.close()
})

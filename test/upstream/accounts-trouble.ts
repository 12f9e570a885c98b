// Sign-in of people when the authorization server or the server is out of order.
// Covers src/runtime/oauth.

import { readdirSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import t from 'tap'
import { failureOf, openAccounts } from '../harness/oauth/accounts.ts'
import { startPeers } from '../harness/oauth/scene.ts'
import { until } from '../harness/until.ts'

const FAULTS: Readonly<Record<string, RequestListener>> = {
  'HTTP 500': (_, response) => void response.writeHead(500).end(),
  'HTTP 503, asks to wait': (_, response) =>
    void response.writeHead(503, { 'retry-after': '30' }).end(),
  'HTTP 429': (_, response) => void response.writeHead(429).end(),
  'a reset': (request) => void request.socket.destroy(),
  'a page': (_, response) => void response.end('<html>'),
  'HTTP 400 without a word': (_, response) =>
    void response.writeHead(400).end(),
  'another error': (_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end('{"error":"invalid_request"}')
  },
}

t.test('a renewal that fails keeps the grant', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, signIn, clock, kinds } = openAccounts(t, scene)
  await signIn('ann')
  const ann = accounts.credentialOf('ann')
  for (const [name, fault] of Object.entries(FAULTS)) {
    const used = ann.authorization
    as.fault = (request, response) =>
      request.url === '/token'
        ? fault(request, response)
        : as.answer(request, response)
    clock.ahead += 80_000
    t.equal(ann.keepFresh(), true, `${name}: the old token is used`)
    await until(() => accounts.accountOf('ann')?.trouble !== undefined)
    t.equal(ann.authorization, used)
    t.match(accounts.accountOf('ann'), { state: 'connected' })
    t.match(accounts.describe(), '1 person is connected, 1 cannot be renewed')
    clock.ahead += 20_000
    t.equal(ann.keepFresh(), false, name)
    const asked = as.requests.length
    const failure = await failureOf(ann.obtain())
    t.match(failure, { kind: 'signin', waitMs: Number }, name)
    t.match(ann.failure, { kind: 'signin' })
    await failureOf(ann.obtain())
    t.ok(as.requests.length <= asked + 1, 'it is not asked again at once')
    as.fault = undefined
    clock.ahead += 60_000
    await ann.obtain()
    t.not(ann.authorization, used, name)
    t.match(accounts.accountOf('ann'), { trouble: undefined })
  }
  t.notOk(kinds().includes('refused'))
})

t.test('a server that is away keeps the grant too', async (t) => {
  const scene = await startPeers(t)
  scene.as.life = 100
  const { accounts, signIn, clock, folder } = openAccounts(t, scene)
  await signIn('ann')
  accounts.close()
  const next = openAccounts(t, scene, { folder, clock })
  await scene.ledger.close()
  clock.ahead += 100_000
  const ann = next.accounts.credentialOf('ann')
  t.match(await failureOf(ann.obtain()), { kind: 'unreachable' })
  t.match(next.accounts.accountOf('ann'), { state: 'connected' })
})

t.test('an authorization server that ends the grant', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, signIn, clock, kinds, events, folder } = openAccounts(
    t,
    scene,
  )
  await signIn('ann')
  await signIn('bob')
  as.kept.forget('RefreshToken')
  as.kept.forget('Grant')
  clock.ahead += 100_000
  const ann = accounts.credentialOf('ann')
  const failure = await failureOf(ann.obtain())
  t.match(failure, {
    kind: 'person',
    detail: /^the sign-in has ended: .*invalid_grant/,
  })
  t.same(kinds(), ['created', 'created', 'refused'])
  t.match(events.at(-1), { subject: 'ann', detail: /invalid_grant/ })
  t.match(accounts.accountOf('ann'), { state: 'ended', until: null })
  const asked = as.requests.length
  await failureOf(ann.obtain())
  t.equal(as.requests.length, asked, 'nothing is asked for it any more')
  const next = openAccounts(t, scene, { folder, clock })
  t.match(next.accounts.accountOf('ann'), { state: 'ended' })
  t.match(
    next.accounts.describe(),
    '1 person is connected, 1 must sign in again',
  )
  await next.signIn('ann')
  await next.accounts.credentialOf('ann').obtain()
  t.match(next.accounts.accountOf('ann'), { state: 'connected' })
})

t.test('another process has renewed the grant', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const one = openAccounts(t, scene)
  await one.signIn('ann')
  const { folder, clock } = one
  const two = openAccounts(t, scene, { folder, clock })
  clock.ahead += 100_000
  await one.accounts.credentialOf('ann').obtain()
  const asked = as.requests.length
  await two.accounts.credentialOf('ann').obtain()
  t.equal(as.requests.length, asked, 'what it has written is used')
  clock.ahead += 100_000
  await two.accounts.credentialOf('ann').obtain()
  await one.accounts.credentialOf('ann').obtain()
  t.equal(as.requests.length, asked + 1)
  t.same(two.kinds(), ['refreshed'])
})

t.test('an account that is taken away while it is renewed', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, signIn, clock, folder, kinds, store } = openAccounts(
    t,
    scene,
  )
  await signIn('ann')
  let isHeld = false
  let release = () => {}
  as.fault = async (request, response) => {
    const [last] = as.requests.slice(-1)
    if (last?.body.includes('refresh_token=') && request.url === '/token') {
      isHeld = true
      await new Promise<void>((resolve) => {
        release = resolve
      })
    }
    return as.answer(request, response)
  }
  clock.ahead += 100_000
  const ann = accounts.credentialOf('ann')
  const renewal = failureOf(ann.obtain())
  await until(() => isHeld)
  const ended = accounts.disconnect('ann')
  await until(() => accounts.accountOf('ann') === undefined)
  release()
  t.match(await renewal, { kind: 'person' })
  await ended
  await store.close()
  t.equal(ann.authorization, '')
  t.equal(accounts.accountOf('ann'), undefined)
  t.same(kinds(), ['created', 'revoked'])
  t.same(
    readdirSync(folder).filter((one) => one.endsWith('.grant')),
    [],
  )
  const tokens = () =>
    [...as.kept.entries].filter(
      ([key, { consumed }]) => key.startsWith('RefreshToken:') && !consumed,
    )
  await until(() => tokens().length === 0, 'the new token is revoked too')
})

t.test('a renewal that waits takes the grant of then', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, store, signIn, clock, kinds, open } = openAccounts(t, scene)
  const { grantId } = await signIn('ann')
  clock.ahead += 100_000
  let release = () => {}
  const held = store.exclusive(
    grantId,
    () =>
      new Promise<void>((resolve) => {
        release = resolve
      }),
  )
  const ann = accounts.credentialOf('ann')
  const waiting = ann.obtain()
  await until(() => release.length === 1)
  // Meanwhile she has signed in again, and that token has ended too.
  await signIn('ann')
  clock.ahead += 100_000
  release()
  await held
  await waiting
  t.match(ann.authorization, 'Bearer ')
  t.same(kinds(), ['created', 'created', 'refreshed'])
  const next = open()
  t.equal(next.credentialOf('ann').authorization, ann.authorization)
  next.close()
})

t.test('fifty people at an authorization server that fails', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, signIn, clock } = openAccounts(t, scene)
  const people = Array.from({ length: 50 }, (_, at) => `p${at}`)
  for (const one of people) await signIn(one)
  as.fault = (request, response) =>
    request.url === '/token'
      ? void response.writeHead(500).end()
      : as.answer(request, response)
  clock.ahead += 100_000
  as.paths.length = 0
  const failures = await Promise.all(
    people.map((one) => failureOf(accounts.credentialOf(one).obtain())),
  )
  t.ok(failures.every(({ kind }) => kind === 'signin'))
  const tokens = as.paths.filter((path) => path === '/token').length
  t.equal(tokens, 50)
  t.ok(as.paths.length - tokens <= 2, 'its metadata is read once for all')
  t.match(accounts.describe(), '50 people are connected, 50 cannot be renewed')
})

t.test('an authorization server that never answers', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, signIn, clock, kinds } = openAccounts(t, scene)
  await signIn('ann')
  await signIn('bob')
  as.fault = (request, response) => {
    if (!request.url?.startsWith('/token')) as.answer(request, response)
  }
  const revoked = accounts.disconnect('bob')
  clock.ahead += 100_000
  const ann = accounts.credentialOf('ann')
  const failure = failureOf(ann.obtain())
  t.same(await revoked, {
    revoked: false,
    detail: 'its tokens are not revoked: it did not answer in time',
  })
  t.match(await failure, {
    kind: 'signin',
    detail: /it did not answer in time/,
  })
  t.match(accounts.accountOf('ann'), { state: 'connected' })
  as.fault = undefined
  clock.ahead += 60_000
  await ann.obtain()
  t.same(kinds(), ['created', 'created', 'revoked', 'refreshed'])
})

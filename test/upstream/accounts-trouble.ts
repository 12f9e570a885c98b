// Sign-in of people when something is out of order: the authorization server,
// the disk, the files of grants.
// Covers src/runtime/grants, src/runtime/oauth.

import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
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

t.test('a disk that cannot be written', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.life = 100
  const { accounts, store, signIn, clock, folder, problems } = openAccounts(
    t,
    scene,
  )
  await signIn('ann')
  const [name = ''] = readdirSync(folder).filter((one) =>
    one.endsWith('.grant'),
  )
  const path = join(folder, name)
  const before = readFileSync(path)
  const ann = accounts.credentialOf('ann')
  const used = ann.authorization
  const fail = breakFolder(folder)
  clock.ahead += 100_000
  await ann.obtain()
  t.not(ann.authorization, used, 'what the server has given is used')
  t.equal(problems.length, 1)
  t.match(
    problems[0],
    /^grant [0-9a-f]{16} of server ledger cannot be written: \w+; it is used, and lost at a restart$/,
  )
  t.match(accounts.accountOf('ann'), {
    trouble: /it cannot be written to disk: /,
  })
  fail.mend()
  t.same(readFileSync(path), before, 'the old file is whole')
  await store.close()
  t.notSame(readFileSync(path), before)
  t.match(accounts.accountOf('ann'), { trouble: undefined })
  const next = openAccounts(t, scene, { folder, clock })
  t.equal(next.accounts.credentialOf('ann').authorization, ann.authorization)
})

/** A folder in which nothing can be written, though its owner is root: it is a
 * file for a while. */
function breakFolder(folder: string) {
  const files = readdirSync(folder).map(
    (name) => [name, readFileSync(join(folder, name))] as const,
  )
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  return {
    mend: () => {
      rmSync(folder)
      mkdirSync(folder, { mode: 0o700 })
      for (const [name, bytes] of files) {
        writeFileSync(join(folder, name), bytes, { mode: 0o600 })
      }
    },
  }
}

t.test('it is written later by itself', async (t) => {
  const scene = await startPeers(t)
  const { accounts, signIn, folder } = openAccounts(t, scene)
  writeFileSync(folder, '')
  await signIn('ann')
  t.match(accounts.accountOf('ann'), { trouble: /cannot be written/ })
  rmSync(folder)
  await until(() => accounts.accountOf('ann')?.trouble === undefined)
  t.equal(readdirSync(folder).filter((one) => one.endsWith('.grant')).length, 1)
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

t.test('files that are not what they were', async (t) => {
  const scene = await startPeers(t)
  const one = openAccounts(t, scene)
  await one.signIn('ann')
  const [ofAnn = ''] = grantsIn(one.folder)
  await one.signIn('bob')
  const [ofBob = ''] = grantsIn(one.folder).filter((name) => name !== ofAnn)
  one.accounts.close()
  await one.store.close()
  const { folder } = one
  const bytes = readFileSync(join(folder, ofAnn))

  copyFileSync(join(folder, ofBob), join(folder, ofAnn))
  const moved = openAccounts(t, scene, { folder })
  t.equal(moved.accounts.accountOf('ann'), undefined, 'it is not hers')
  t.match(moved.accounts.accountOf('bob'), { state: 'connected' })
  t.equal(moved.problems.length, 1)
  t.match(moved.problems[0], `${ofAnn} cannot be opened`)

  for (const cut of [0, 3, 40, bytes.length - 1]) {
    writeFileSync(join(folder, ofAnn), bytes.subarray(0, cut))
    const { accounts, problems } = openAccounts(t, scene, { folder })
    t.equal(accounts.accountOf('ann'), undefined)
    t.equal(problems.length, 1, `cut at ${cut}`)
  }
  const other = Buffer.alloc(32, 8)
  const left = readFileSync(join(folder, ofBob))
  const foreign = openAccounts(t, scene, { folder, key: other })
  t.same(foreign.accounts.list(), [])
  t.equal(foreign.problems.length, readdirSync(folder).length)
  t.same(readFileSync(join(folder, ofBob)), left, 'they are left as they are')

  writeFileSync(join(folder, ofAnn), 'x')
  const again = openAccounts(t, scene, { folder })
  await again.signIn('ann')
  const last = openAccounts(t, scene, { folder })
  t.match(last.accounts.accountOf('ann'), { state: 'connected' })
  t.same(last.problems, [], 'a new sign-in has replaced it')
})

function grantsIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.grant'))
}

t.test('drafts, links and strangers in the folder', async (t) => {
  const scene = await startPeers(t)
  const { folder, accounts, store, signIn } = openAccounts(t, scene)
  await signIn('ann')
  accounts.close()
  await store.close()
  const [name = ''] = grantsIn(folder)
  const old = join(folder, `${name}.1.abcd.draft`)
  writeFileSync(old, 'x')
  utimesSync(old, 1, 1)
  writeFileSync(join(folder, `${name}.2.abcd.draft`), 'x')
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  const next = openAccounts(t, scene, { folder })
  t.same(next.problems, [])
  t.equal(next.accounts.list().length, 1)
  const names = readdirSync(folder)
  t.notOk(names.includes(`${name}.1.abcd.draft`), 'left by a crash')
  t.ok(names.includes(`${name}.2.abcd.draft`), 'another may be writing it')
  t.ok(names.includes('notes.txt'))
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

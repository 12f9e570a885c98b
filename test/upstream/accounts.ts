// Sign-in of people in a browser, with a real authorization server: the whole
// path, renewals, and what ends a grant.
// Covers src/runtime/oauth, src/runtime/grants.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { failureOf, ORIGIN, openAccounts } from '../harness/oauth/accounts.ts'
import { startPeers } from '../harness/oauth/scene.ts'

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

// What clients get of the authorization server when they ask again, name the
// endpoint in their own way, or when the provider is Google.
// Covers src/runtime/login-server.

import { decodeJwt } from 'jose'
import t from 'tap'
import { answerAsGoogle, OPAQUE } from '../harness/login/google.ts'
import { CLIENT_ID } from '../harness/login/identities.ts'
import {
  allow,
  askToken,
  exchange,
  LOCAL,
  makeRequest,
  refresh,
  register,
  signIn,
  Visitor,
} from '../harness/login/oauth-client.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'
import { makeClock } from '../harness/oauth/scene.ts'

const { origin, at } = await serveLoginServer(t)

t.test('who did not get the answer may ask again', async (t) => {
  const { client, tokens } = await signIn(origin)
  const first = tokens.refresh_token
  const both = await Promise.all([
    refresh(origin, client, first),
    refresh(origin, client, first),
  ])
  const again = await refresh(origin, client, first)
  const all = [...both, again]
  t.same(
    all.map(({ status }) => status),
    [200, 200, 200],
  )
  const next = new Set(all.map(({ body }) => body.refresh_token))
  t.equal(next.size, 1, 'one successor, whoever asks')
  t.notOk(next.has(first))
  const other = String((await register(origin)).body.client_id)
  const foreign = await refresh(origin, other, first)
  t.match(foreign.body, { error: 'invalid_grant' }, 'another client')
  const second = String([...next][0])
  const third = await refresh(origin, client, second)
  t.equal(third.status, 200)
  const late = await refresh(origin, client, first)
  t.match(late.body, { error: 'invalid_grant' }, 'its successor was used')
  const last = await refresh(origin, client, third.body.refresh_token)
  t.match(last.body, { error: 'invalid_grant' }, 'and all have ended')
})

t.test('only for half a minute', async (t) => {
  const clock = makeClock()
  const own = await serveLoginServer(t, { clock })
  const { client, tokens } = await signIn(own.origin)
  const ask = (token: string) => refresh(own.origin, client, token)
  const next = await ask(tokens.refresh_token)
  clock.ahead += 29_000
  t.equal((await ask(tokens.refresh_token)).status, 200)
  clock.ahead += 2_000
  const late = await ask(tokens.refresh_token)
  t.match(late.body, { error: 'invalid_grant' }, 'which asking did not prolong')
  const last = await ask(next.body.refresh_token)
  t.match(last.body, { error: 'invalid_grant' }, 'and all have ended')
  const again = await signIn(own.origin)
  const first = again.tokens.refresh_token
  t.equal((await refresh(own.origin, again.client, first)).status, 200)
  clock.ahead -= 3_600_000
  const back = await refresh(own.origin, again.client, first)
  t.match(back.body, { error: 'invalid_grant' }, 'nor a clock that is put back')
})

t.test('the endpoint is named in each form that clients write', async (t) => {
  const { body } = await register(origin)
  const id = String(body.client_id)
  const upper = at.replace('http://', 'HTTP://')
  for (const resource of [`${at}/`, upper]) {
    const request = makeRequest(origin, id, { resource })
    const back = await allow(new Visitor(), request)
    const answer = await exchange(origin, id, request, back, { resource })
    t.equal(answer.status, 200, resource)
    t.equal(decodeJwt(answer.body.access_token).aud, at, 'one audience')
    const next = await askToken(origin, {
      grant_type: 'refresh_token',
      client_id: id,
      refresh_token: answer.body.refresh_token,
      resource,
    })
    t.equal(next.status, 200)
  }
  for (const resource of [`${at}//`, `${at}/x`, `${at}?x`, `${at}#x`, origin]) {
    const { url } = makeRequest(origin, id, { resource })
    const page = await new Visitor().follow(url, LOCAL)
    const error = page.at.searchParams.get('error') ?? page.body
    t.match(error, /invalid_target|tokens of this server are for/, resource)
  }
})

t.test('somebody comes with Google', async (t) => {
  const serve = async (teams: object) => {
    const own = await serveLoginServer(t, { login: { teams } })
    answerAsGoogle(own.identities)
    return own
  }
  const domain = { claim: 'hd', map: { 'acme.com': 'platform' } }
  const listed = { claim: 'email', map: { 'ada@acme.com': 'interns' } }
  const own = await serve(domain)
  const { tokens } = await signIn(own.origin)
  t.match(decodeJwt(tokens.access_token).person, {
    sub: '109876543210987654321',
    subject: 'ada@acme.com',
    groups: ['acme.com'],
  })
  t.equal((await own.list(tokens.access_token)).names.length > 1, true)
  const named = await serve(listed)
  const { tokens: few } = await signIn(named.origin)
  t.same((await named.list(few.access_token)).names, ['issues__search_issues'])
  t.equal((await own.list(OPAQUE)).status, 401)
  const { body } = await register(own.origin)
  const { url } = makeRequest(own.origin, String(body.client_id))
  const rows: readonly [string, object, RegExp | undefined][] = [
    ['an audience in a list', { aud: [CLIENT_ID] }, undefined],
    ['two audiences, for us', { aud: [CLIENT_ID, 'other'] }, undefined],
    ['a private account', { hd: undefined }, /None of your groups/],
    ['of another domain', { hd: 'evil.example' }, /None of your groups/],
    ['a list of domains', { hd: ['x', 'acme.com'] }, undefined],
    ['not verified', { email_verified: false }, /is not verified/],
    ['no email', { email: undefined }, /did not send the name/],
    ['of another client', { azp: 'other' }, /of another client/],
    ['two audiences, for another', { aud: [CLIENT_ID, 'x'], azp: 'x' }, /JWT/],
    ['two, for nobody', { aud: [CLIENT_ID, 'x'], azp: undefined }, /JWT/],
    ['for another', { aud: 'other' }, /JWT/],
    ['of another issuer', { iss: 'https://accounts.google.com' }, /JWT/],
    ['with another nonce', { nonce: 'x' }, /JWT/],
  ]
  for (const [name, more, says] of rows) {
    answerAsGoogle(own.identities, more)
    const page = await new Visitor().follow(url, LOCAL)
    if (says) t.not(page.status, 200, name)
    t.match(page.body, says ?? /May this program act for you/, name)
  }
})

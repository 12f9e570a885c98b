// People who came by the login: what ends what they have open, and who is let
// in again; what is theirs across tokens.
// Covers src/runtime/stages, src/runtime/control.

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runHere } from '../harness/gateway.ts'
import { startCompany } from '../harness/login/company.ts'
import { serveLogin } from '../harness/login/scene.ts'
import { makeClock } from '../harness/oauth/scene.ts'
import { startRawServer } from '../harness/raw-server.ts'
import { Calls } from '../harness/revocation/calls.ts'
import { openHolder } from '../harness/revocation/holder.ts'
import { until } from '../harness/until.ts'
import { post, send } from '../harness/wire.ts'

/** Two people, each with two streams and two calls that last. */
async function serveHolders(t: Test) {
  const clock = makeClock()
  const company = await startCompany(clock.now)
  t.teardown(() => company.close())
  const calls = new Calls(50)
  t.teardown(() => calls.close())
  const raw = await startRawServer(t, {
    slow: (call, response) => calls.hold(call, response),
  })
  const scene = await serveLogin(t, {
    ...{ company, clock, upstream: raw.url },
    login: {
      teams: {
        claim: 'groups',
        map: { 'mcp-platform': 'platform', ops: 'platform' },
      },
    },
    config: {
      servers: { raw: { type: 'http', url: raw.url } },
      roles: { all: { allow: { raw: ['*'] } }, read: {} },
    },
  })
  const soon = Math.floor(clock.now() / 1_000) + 45
  const token = await company.sign({ exp: soon })
  const bob = { sub: 'bob', email: 'bob@acme.com', groups: ['everyone', 'ops'] }
  const stays = { exp: Math.floor(clock.now() / 1_000) + 3_000, cid: 'claude' }
  const other = await company.sign({ ...bob, ...stays })
  return { ...scene, clock, calls, token, other }
}

type Holders = Awaited<ReturnType<typeof serveHolders>>

/** What ends what somebody has open, and what their token is worth then. */
const ENDS: Readonly<
  Record<string, readonly [(scene: Holders) => unknown, number, RegExp]>
> = {
  'a revocation by subject, in other letters': [
    ({ gateway }) => gateway.revoke({ kind: 'subject', value: 'Ada@ACME.com' }),
    401,
    /Access was revoked here/,
  ],
  'a line in gateway.revoked': [
    ({ folder }) =>
      appendFileSync(
        join(folder, 'gateway.revoked'),
        `subject ada@acme.com ${new Date().toISOString()}\n`,
      ),
    401,
    /Access was revoked here/,
  ],
  'a group that has no team any more': [
    ({ reload, config }) =>
      reload(
        config({}, { teams: { claim: 'groups', map: { ops: 'platform' } } }),
      ),
    403,
    /none of their groups has a team/,
  ],
  'a team that may do nothing any more': [
    ({ reload, config }) =>
      reload(
        config(
          {
            teams: {
              platform: { roles: ['read'] },
              interns: { roles: ['all'] },
            },
          },
          {
            teams: {
              claim: 'groups',
              map: { ops: 'interns', 'mcp-platform': 'platform' },
            },
          },
        ),
      ),
    200,
    /"tools":\[\]/,
  ],
  'the end of the token': [
    ({ clock }) => {
      clock.ahead += 46_000
    },
    401,
    /has expired/,
  ],
}

for (const [name, [end, status, says]] of Object.entries(ENDS)) {
  t.test(`what somebody has open ends by ${name}`, async (t) => {
    const scene = await serveHolders(t)
    const { at, token, other, list, records } = scene
    const [ada, bob] = await Promise.all([
      openHolder(at, 'ada', token),
      openHolder(at, 'bob', other),
    ])
    const ended = new Set<string>()
    for (const holder of [ada, bob]) {
      for (const stream of holder.streams) {
        void stream.ended.then(() => ended.add(holder.id))
      }
    }
    await end(scene)
    if (status === 200) {
      // Streams may stay: they show nothing; calls are ended.
      const [, legacy, modern] = ada.streams
      await Promise.all([legacy?.ended, modern?.ended])
    } else await Promise.all(ada.streams.map((one) => one.ended))
    const answer = await list(token)
    t.equal(answer.status, status, answer.body)
    t.match(answer.body, says)
    t.notOk(ended.has('bob'), 'what others have open goes on')
    t.equal((await list(other)).status, 200)
    const revoked = () =>
      records().filter(
        ({ outcome, subject }) =>
          outcome === 'revoked' && subject === 'ada@acme.com',
      )
    await until(() => revoked().length >= 2)
    t.ok(revoked().every(({ tokenId }) => tokenId?.startsWith('sso_')))
  })
}

t.test('who has been revoked comes back by a new sign-in alone', async (t) => {
  const clock = makeClock()
  const company = await startCompany(clock.now)
  t.teardown(() => company.close())
  const scene = await serveLogin(t, { company, clock })
  const { list, adminUrl, folder, records } = scene
  const old = await company.sign({ jti: 'old' })
  const silent = await company.sign({ auth_time: undefined })
  t.equal((await list(old)).status, 200)
  t.equal((await list(silent)).status, 200)
  const there = ['--gateway', adminUrl, '--reason', 'left us']
  const revoke = (...args: string[]) =>
    runHere(['token', 'revoke', ...args, ...there], { cwd: folder })
  const done = await revoke('--subject', 'ada@acme.com')
  t.equal(done.code, 0, done.stderr)
  const renewed = await company.sign({ jti: 'renewed' })
  const loud = await company.sign({ email: 'ADA@Acme.com' })
  for (const token of [old, renewed, silent, loud]) {
    const answer = await list(token)
    t.equal(answer.status, 401, 'they signed in before, or do not say when')
    t.match(answer.body, /Access was revoked here: sign in again/)
  }
  clock.ahead += 3_000
  const now = Math.floor(clock.now() / 1_000)
  const again = await company.sign({ auth_time: now, iat: now })
  t.equal((await list(again)).status, 200)
  t.equal((await list(silent)).status, 401)
  // Whoever has nothing open, and no record, is revoked all the same.
  const bob = { sub: 'bob', email: 'bob@acme.com' }
  const early = await revoke('--subject', 'bob@acme.com')
  t.equal(early.code, 0)
  t.match(early.stderr, 'whoever signed in before that instant is refused')
  t.equal((await list(await company.sign(bob))).status, 401)
  const all = await revoke('--team', 'platform')
  t.equal(all.code, 0)
  t.equal((await list(again)).status, 401, 'by team')
  const intern = { sub: 'eve', email: 'eve@acme.com', groups: ['contractors'] }
  t.equal((await list(await company.sign(intern))).status, 200)
  const reasons = () => records().map(({ reason }) => reason)
  await until(() => reasons().includes('revoked'))
  const [one] = records().filter(({ reason }) => reason === 'revoked')
  t.match(one, { tokenId: /^sso_/, subject: 'ada@acme.com' })
})

t.test(
  'a session and its limits are of the person, not of the token',
  async (t) => {
    const { company, at, call, mine, url } = await serveLogin(t, {
      config: {
        limits: {
          each: {
            on: { issues: ['*'] },
            each: 'subject',
            calls: 3,
            per: 'hour',
          },
        },
      },
    })
    const [first, second] = [
      await company.sign({ jti: '1' }),
      await company.sign({ jti: '2', groups: ['contractors'] }),
    ]
    const eve = await company.sign({ sub: 'eve', email: 'eve@acme.com' })
    const headers = (token: string, session?: string) => ({
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(session && { 'mcp-session-id': session }),
    })
    const params = { protocolVersion: '2025-11-25', capabilities: {} }
    const opened = await send(at, {
      headers: headers(first),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params,
      }),
    })
    const session = String(opened.headers['mcp-session-id'])
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const ask = (token: string, path = at) =>
      send(path, {
        headers: headers(token, session),
        body: JSON.stringify(list),
      })
    t.match((await ask(first)).body, 'create_issue')
    const narrow = await ask(second)
    t.equal(narrow.status, 200, 'a newer token of theirs')
    t.notMatch(narrow.body, 'create_issue', 'with other groups')
    t.equal((await ask(eve)).status, 404, 'nobody else')
    t.equal((await ask(mine.token, url)).status, 404, 'not by another door')
    // Of one subject, whatever they come with.
    t.match((await call(first)).body, 'found x')
    t.match((await call(second)).body, 'found x')
    const name = 'issues__search_issues'
    const by = { name, arguments: { q: 'x' } }
    t.match((await post(url, mine.token, 'tools/call', by)).body, 'found x')
    t.match((await call(first)).body, /Rate limit/)
    t.match((await call(eve)).body, 'found x')
  },
)

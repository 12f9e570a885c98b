// Calls that wait for a sign-in, in great number, cancelled and revoked.
// Covers src/runtime/relay.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { PendingSignIns } from '../../src/runtime/relay/pending-sign-ins.ts'
import { writeLock } from '../harness/oauth/locked.ts'
import { servePeople } from '../harness/oauth/people.ts'
import { begin, consentThere, logIn, Walker } from '../harness/oauth/walk.ts'
import { until } from '../harness/until.ts'
import { ENVELOPE, modernHeaders, readMessage } from '../harness/wire.ts'

const TOOL = 'notion__search_issues'

async function serve(t: Test) {
  const scene = await servePeople(t, { files: await writeLock() })
  const meta = {
    ...ENVELOPE,
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
  }
  const ask = async (
    token: string,
    more: object = {},
    signal?: AbortSignal,
    q = 'x',
  ) => {
    const params = { name: TOOL, arguments: { q }, _meta: meta, ...more }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const answer = await request(scene.gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...modernHeaders(token, 'tools/call', TOOL),
      },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    })
    return { status: answer.statusCode, body: await answer.body.text() }
  }
  const signIn = async (token: string, login: string) => {
    const walker = new Walker()
    const page = await logIn(walker, scene.origin, token, '/connect/notion')
    await consentThere(walker, await begin(walker, page, 'notion'), login)
  }
  return { ...scene, ask, signIn }
}

const ACCEPT = { 'portcullis-sign-in-0': { action: 'accept' } }

t.test('a client that answers at once, a thousand times', async (t) => {
  const { ask, ann, bob, signIn, gateway, notion } = await serve(t)
  const accepted = { inputResponses: ACCEPT }
  let done = 0
  const all = Array.from({ length: 1_000 }, async () => {
    // One that waits for long is a stream, which a revocation cuts.
    const cut = { status: 200, body: '' }
    const one = await ask(ann, accepted).catch(() => cut)
    done++
    return one
  })
  await until(() => done === 1_000 - 16, 'few wait')
  const other = ask(bob, accepted)
  await signIn(bob, 'bob-at-notion')
  t.match((await other).body, /found x/, 'bob waits, and goes on')
  t.equal(done, 1_000 - 16, 'ann does not')
  await gateway.revoke({ kind: 'subject', value: 'ann' })
  const answers = await Promise.all(all)
  const others = answers.filter(({ body }) => !body.includes('"result"'))
  const ended = others.filter(({ status }) => status === 401 || status === 200)
  t.equal(ended.length, 16)
  t.equal(others.length, 16)
  t.equal(notion.calls.length, 1)
})

t.test('one person at many servers takes no place of others', (t) => {
  const pending = new PendingSignIns()
  const ended: boolean[] = []
  const end = (signed: boolean) => void ended.push(signed)
  const all = Array.from({ length: 100 }, (_, server) =>
    Array.from({ length: 20 }, () => pending.add(`s${server}`, 'ann', end)),
  ).flat()
  const forget = all.filter((one) => one !== undefined)
  t.equal(forget.length, 64)
  t.ok(pending.add('s0', 'bob', end))
  forget[0]?.()
  forget[0]?.()
  t.ok(pending.add('s0', 'ann', end), 'one may follow')
  t.notOk(pending.add('s9', 'ann', end), 'no other')
  pending.signedIn('s0', 'ann')
  t.equal(ended.length, 16)
  t.ok(pending.add('s9', 'ann', end))
  pending.clear()
  t.equal(ended.filter((signed) => !signed).length, 48 + 1 + 1)
  t.end()
})

t.test('a client that goes away leaves no wait behind', async (t) => {
  const { ask, ann, signIn, notion, records } = await serve(t)
  const accepted = { inputResponses: ACCEPT }
  for (let round = 0; round < 3; round++) {
    const stop = new AbortController()
    const many = Array.from({ length: 16 }, () =>
      ask(ann, accepted, stop.signal).catch(() => undefined),
    )
    const ended = () =>
      records().filter(({ outcome }) => outcome === 'cancelled').length
    await new Promise((resolve) => setTimeout(resolve, 300))
    stop.abort()
    await Promise.all(many)
    await until(() => ended() === 16 * (round + 1), 'cancelled')
  }
  const last = ask(ann, accepted)
  await signIn(ann, 'ann-at-notion')
  t.match((await last).body, /found x/)
  t.equal(notion.calls.length, 1, 'nobody else ran')
})

t.test('a state is for one call of one person', async (t) => {
  const { ask, ann, signIn } = await serve(t)
  const { result } = readMessage((await ask(ann)).body)
  await signIn(ann, 'ann-at-notion')
  const { requestState } = result
  const more = { requestState, inputResponses: ACCEPT }
  t.match((await ask(ann, more, undefined, 'other')).body, /-32602/)
  t.match((await ask(ann, more)).body, /found x/)
  t.match((await ask(ann, more)).body, /-32602/, 'once')
})

t.test('other answers beside ours', async (t) => {
  const { ask, ann, notion } = await serve(t)
  for (const inputResponses of [
    { 'portcullis-sign-in-0': null },
    { 'portcullis-sign-in-0': [] },
    { 'portcullis-sign-in-0': { action: 1 } },
    { 'portcullis-sign-in-0': { action: 'cancel' } },
    { 'portcullis-sign-in-0': { action: 'decline' }, x: ACCEPT },
  ]) {
    const { body } = await ask(ann, { inputResponses })
    t.match(body, /needs you to sign in|-32602/, JSON.stringify(inputResponses))
  }
  t.same(notion.calls, [])
})

t.test('a session that cancels its calls is asked again', async (t) => {
  const { gateway, ann } = await serve(t)
  const client = new Client(
    { name: 'session', version: '1' },
    { capabilities: { elicitation: { url: {} } } },
  )
  const withdrawn: string[] = []
  let asked = 0
  client.setRequestHandler(ElicitRequestSchema, (_, { signal }) => {
    asked++
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        withdrawn.push(String(signal.reason))
        resolve({ action: 'cancel' })
      })
    })
  })
  const requestInit = { headers: { authorization: `Bearer ${ann}` } }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(gateway.url), {
      requestInit,
    }) as never,
  )
  t.teardown(() => client.close())
  for (let round = 1; round <= 70; round++) {
    const stop = new AbortController()
    const params = { name: TOOL, arguments: { q: 'x' } }
    const call = client.callTool(params, undefined, { signal: stop.signal })
    const ended = call.then(
      ({ content }) => `answered: ${JSON.stringify(content)}`,
      () => 'cancelled',
    )
    await Promise.race([until(() => asked === round, `${round}`), ended])
    stop.abort('enough')
    if ((await ended) !== 'cancelled') break
    await until(() => withdrawn.length === round, 'the question is withdrawn')
  }
  t.equal(asked, 70)
})

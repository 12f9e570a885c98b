// A gateway that takes tokens of the provider itself, which reports logouts to it.
// In: what of the login is other than usual. Out: tokens and logout tokens; a server
// with calls that last.

import { pino } from 'pino'
import type { Test } from 'tap'
import { compile } from '../../../src/compile.ts'
import { startGateway } from '../../../src/runtime/gateway.ts'
import { makeClock } from '../oauth/scene.ts'
import { type RawAnswer, startRawServer } from '../raw-server.ts'
import { Calls } from '../revocation/calls.ts'
import { startCompany } from './company.ts'
import { serveLogin } from './scene.ts'

const PATH = '/login/backchannel-logout'

/** What `sign` puts into access tokens. */
const NOT_OF_ACCESS = Object.freeze({
  email: undefined,
  groups: undefined,
  auth_time: undefined,
  cid: undefined,
})

/** A gateway that takes tokens of the provider itself. */
export async function servePlain(t: Test, login: object = {}) {
  const clock = makeClock()
  const company = await startCompany(clock.now)
  t.teardown(() => company.close())
  const slow = await serveSlow(t)
  const scene = await serveLogin(t, {
    ...{ ...slow, company, clock },
    login: { clients: ['claude', 'vscode'], ...login },
  })
  const now = () => Math.floor(clock.now() / 1_000)
  const claims = () => ({
    iss: company.issuer,
    aud: 'claude',
    sub: '00u-ada',
    iat: now(),
    exp: now() + 120,
    jti: `logout-${Math.random()}`,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    ...NOT_OF_ACCESS,
  })
  const logout = (more: object = {}, header: object = {}) =>
    company.sign({ ...claims(), ...more }, { typ: 'logout+jwt', ...header })
  const tell = async (token: string, body?: string) => {
    const answer = await fetch(scene.origin + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body ?? new URLSearchParams({ logout_token: token }).toString(),
    })
    const { status, headers } = answer
    return { status, headers, body: await answer.text() }
  }
  return {
    ...scene,
    calls: slow.calls,
    ended: slow.ended,
    company,
    clock,
    now,
    claims,
    logout,
    tell,
  }
}

/** Calls that wait for an answer of their client; `ended`: those that wait no more. */
function makeAsk(ended: number[]): RawAnswer {
  const requestedSchema = { type: 'object', properties: {} }
  const params = { mode: 'form', message: 'who?', requestedSchema }
  const method = 'elicitation/create'
  return ({ id }, response) => {
    const question = { jsonrpc: '2.0', id: `q${id}`, method, params }
    response.on('close', () => ended.push(id))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify(question)}\n\n`)
  }
}

/** A server with calls that last. */
export async function serveSlow(t: Test) {
  const calls = new Calls(50)
  const ended: number[] = []
  t.teardown(() => calls.close())
  const raw = await startRawServer(t, {
    slow: (call, response) => calls.hold(call, response),
    ask: makeAsk(ended),
  })
  const config = {
    servers: { raw: { type: 'http', url: raw.url } },
    roles: { all: { allow: { raw: ['*'] } }, read: { allow: { raw: ['*'] } } },
  }
  return { upstream: raw.url, config, calls, ended }
}

/** Another process on the same folder, at the same address. */
export async function restart(
  t: Test,
  folder: string,
  url: string,
  gateway: object,
) {
  await (gateway as { close(): Promise<void> }).close()
  const { artefact } = await compile({
    cwd: folder,
    now: Date.now(),
    places: 'always',
  })
  if (!artefact) throw new Error('it does not compile')
  const again = await startGateway({
    artefact,
    root: folder,
    version: '0.0.0-test',
    log: pino({ level: 'silent' }),
    env: process.env,
    port: Number(new URL(url).port),
    adminPort: 0,
  })
  t.teardown(() => again.close())
  return again
}

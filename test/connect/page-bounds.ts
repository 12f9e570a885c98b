// What the pages below /connect refuse by itself: bodies, methods, floods.
// Covers src/runtime/connect.

import t from 'tap'
import { request } from 'undici'
import { servePeople } from '../harness/oauth/people.ts'
import { begin, consentThere, logIn, Walker } from '../harness/oauth/walk.ts'
import { until } from '../harness/until.ts'

t.test('bodies are small forms', async (t) => {
  const { origin, ann } = await servePeople(t)
  const send = async (body: string, type: string | undefined) => {
    const answer = await request(`${origin}/connect/session`, {
      method: 'POST',
      headers: { origin, ...(type !== undefined && { 'content-type': type }) },
      body,
    })
    await answer.body.dump()
    return answer.statusCode
  }
  const form = 'application/x-www-form-urlencoded'
  const token = `token=${ann}`
  t.equal(await send(`${token}&x=${'x'.repeat(8_192)}`, form), 413)
  t.equal(await send(`${token}&x=${'x'.repeat(1_000_000)}`, form), 413)
  t.equal(await send(`${token}&x=${'x'.repeat(4_000)}`, form), 303)
  t.equal(await send(token, 'text/plain'), 415)
  t.equal(await send(JSON.stringify({ token: ann }), 'application/json'), 415)
  t.equal(
    await send(`--x\r\n\r\n${ann}`, 'multipart/form-data; boundary=x'),
    415,
  )
  t.ok([401, 415].includes(await send(token, undefined)))
  t.equal(await send('', form), 401)
  t.equal(await send('%%%=%zz&token=%00', form), 401)
  t.equal(await send(token, `${form}; charset=utf-8`), 303)
})

t.test('methods and hosts', async (t) => {
  const { origin } = await servePeople(t)
  const ask = async (method: string, path: string, host?: string) => {
    const answer = await request(origin + path, {
      method: method as 'GET',
      headers: { origin, ...(host !== undefined && { host }) },
    })
    await answer.body.dump()
    return `${answer.statusCode} ${answer.headers.allow ?? ''}`.trim()
  }
  t.equal(await ask('HEAD', '/connect'), '200')
  t.equal(await ask('OPTIONS', '/connect'), '204 GET, HEAD, OPTIONS')
  t.equal(await ask('PUT', '/connect'), '405 GET, HEAD, OPTIONS')
  t.equal(await ask('POST', '/connect/notion'), '405 GET, HEAD, OPTIONS')
  t.equal(await ask('DELETE', '/connect/notion'), '405 GET, HEAD, OPTIONS')
  t.equal(await ask('GET', '/connect/notion/begin'), '405 POST, OPTIONS')
  t.equal(await ask('POST', '/connect/notion/callback'), '405 GET, OPTIONS')
  t.equal(await ask('GET', '/connect/session'), '200', 'a server of this name')
  t.equal(await ask('PUT', '/connect/leave'), '405 GET, HEAD, POST, OPTIONS')
  t.equal(await ask('GET', '/connect', 'evil.example'), '403')
  t.equal(await ask('GET', '/connect/notion/client.json'), '404', 'http')
  t.equal(await ask('GET', '/connect/notion/other'), '404')
})

t.test('wrong tokens are counted, slowed and recorded', async (t) => {
  const { origin, ann, records } = await servePeople(t)
  const walker = new Walker()
  const form = await walker.get(`${origin}/connect`)
  const tries = await Promise.allSettled(
    Array.from({ length: 100 }, (_, at) => {
      const token = `${ann.slice(0, -8)}${String(at).padStart(8, '0')}`
      return new Walker().submit(form, '/connect/session', { token })
    }),
  )
  const answered = tries.flatMap((one) =>
    one.status === 'fulfilled' ? [one.value] : [],
  )
  t.ok(answered.length >= 60)
  for (const { status, text } of answered) {
    t.equal(status, 401)
    t.notMatch(text, 'gwt_0')
  }
  const page = await logIn(walker, origin, ann)
  t.match(page.text, 'You are', 'a good token is not slowed')
  await until(() => count() === 100)
  function count(): number {
    return records()
      .filter(({ decision }) => decision === 'unauthenticated')
      .reduce((sum, one) => sum + (one.count ?? 0), 0)
  }
})

t.test('forms and returns are bounded for each address', async (t) => {
  const { origin, ann } = await servePeople(t)
  const walker = new Walker()
  let last = await walker.get(`${origin}/connect/notion/callback?state=x`)
  for (let tries = 0; tries < 500 && last.status === 400; tries++) {
    last = await walker.get(`${origin}/connect/notion/callback?state=x`)
  }
  t.equal(last.status, 429)
  t.match(last.headers.get('retry-after'), /^\d+$/)
  t.match((await logIn(walker, origin, ann)).text, 'You are')
  const page = await walker.get(`${origin}/connect/notion`)
  const onward = await begin(walker, page, 'notion')
  const back = await consentThere(walker, onward, 'ann')
  t.match(back.text, 'Notion is connected.', 'others are in nobody’s way')
  let act = await walker.submit(back, '/connect/notion/disconnect')
  for (let tries = 0; tries < 500 && act.status === 200; tries++) {
    act = await walker.submit(back, '/connect/notion/disconnect')
  }
  t.equal(act.status, 429, 'nor does one person ask without end')
})

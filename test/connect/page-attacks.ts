// Attacks on the pages below /connect, by HTTP alone: forms, callbacks, addresses.
// Covers src/runtime/connect.

import t from 'tap'
import { request } from 'undici'
import { renderOnward } from '../../src/runtime/connect/onward-page.ts'
import { servePeople } from '../harness/oauth/people.ts'
import {
  begin,
  findCallback,
  findForm,
  findOnward,
  logIn,
  Walker,
} from '../harness/oauth/walk.ts'

t.test('a form of another site is refused, whatever it holds', async (t) => {
  const { origin, ann, bob, steps } = await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  const { hidden } = findForm(page, '/connect/notion/begin')
  const paths = [
    ['/connect/session', { token: bob }],
    ['/connect/leave', findForm(page, '/connect/leave').hidden],
    ['/connect/notion/begin', hidden],
    ['/connect/notion/disconnect', hidden],
    ['/connect/wiki/operator', { code: 'ABCD-EFGH' }],
  ] as const
  const evil = 'http://evil.example/page'
  const liars: readonly Record<string, string>[] = [
    {},
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { origin: 'null', 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-origin' },
  ]
  const before = steps().length
  for (const [path, fields] of paths) {
    for (const headers of liars) {
      const { status, text } = await walker.post(
        origin + path,
        fields,
        evil,
        headers,
      )
      t.equal(status, 403, path)
      t.match(text, 'This form was not accepted')
    }
    const { statusCode } = await request(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'token=x',
    })
    t.equal(statusCode, 403, 'of nowhere')
  }
  t.equal(steps().length, before, 'nothing happened')
  t.match((await walker.get(`${origin}/connect`)).text, 'You are')
})

t.test('a form counts for its session, its server and its act', async (t) => {
  const { origin, ann } = await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  const begins = findForm(page, '/connect/notion/begin')
  const ends = findForm(page, '/connect/leave')
  const drive = `${origin}/connect/drive/begin`
  const of = (form: string | undefined) => ({ form: form ?? '' })
  for (const { status, text } of [
    await walker.post(drive, begins.hidden),
    await walker.post(begins.action, ends.hidden),
    await walker.post(begins.action, of('')),
    await walker.post(begins.action, of(begins.hidden.form?.slice(1))),
    await walker.post(
      begins.action.replace('begin', 'disconnect'),
      begins.hidden,
    ),
  ]) {
    t.equal(status, 403)
    t.match(text, 'This form is out of date')
  }
  const other = new Walker()
  await logIn(other, origin, ann)
  t.equal((await other.post(begins.action, begins.hidden)).status, 403)
  t.match(
    findOnward(await walker.submit(page, '/connect/notion/begin')),
    'http',
  )
})

t.test('a sign-in counts in the browser that began it, once', async (t) => {
  const { origin, ann, bob, records } = await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  const start = async () => {
    const onward = await begin(walker, page, 'notion')
    return findCallback(walker, onward, 'ann')
  }
  const elsewhere = new Walker()
  await logIn(elsewhere, origin, bob)
  const annElsewhere = new Walker()
  await logIn(annElsewhere, origin, ann)
  for (const thief of [elsewhere, annElsewhere, new Walker()]) {
    const callback = await start()
    const stolen = await thief.get(callback)
    t.equal(stolen.status, 403)
    t.match(stolen.text, 'This sign-in was started elsewhere')
    const late = await walker.get(callback)
    t.equal(late.status, 400, 'and it is used up')
    t.match(late.text, 'This sign-in is over')
  }
  const moved = await walker.get((await start()).replace('/notion/', '/drive/'))
  t.equal(moved.status, 400, 'it is of its server')
  const callback = await start()
  const head = await fetch(callback, { method: 'HEAD', redirect: 'manual' })
  t.equal(head.status, 405, 'a look at it uses nothing up')
  t.equal(head.headers.get('allow'), 'GET, OPTIONS')
  t.match((await walker.get(callback)).text, 'Notion is connected.')
  const replayed = await walker.get(callback)
  t.equal(replayed.status, 400)
  const twice = await start()
  t.equal((await walker.get(`${twice}&state=x`)).status, 400, 'two states')
  const created = records().filter(({ notice }) => String(notice) === 'grant')
  t.equal(created.length, 1, 'one sign-in, one grant')
})

t.test('what the authorization server says is judged', async (t) => {
  const { origin, ann, logins, steps } = await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  const start = async () => {
    const onward = await begin(walker, page, 'notion')
    return new URL(await findCallback(walker, onward, 'ann'))
  }
  const foreign = await start()
  foreign.searchParams.set('iss', 'https://evil.example')
  const mixed = await walker.get(foreign.href)
  t.equal(mixed.status, 502)
  t.match(mixed.text, 'The sign-in did not succeed')
  const anonymous = await start()
  anonymous.searchParams.delete('iss')
  t.equal((await walker.get(anonymous.href)).status, 502)
  t.notOk(
    logins.paths.some((path) => path.startsWith('/token')),
    'the code was sent nowhere',
  )
  const said = await start()
  said.searchParams.delete('code')
  said.searchParams.set('error', 'server_error')
  said.searchParams.set('error_description', '<script>alert(1)</script>')
  const failed = await walker.get(said.href)
  t.equal(failed.status, 502)
  t.notMatch(failed.text, '<script')
  const declined = await start()
  declined.searchParams.delete('code')
  declined.searchParams.set('error', 'access_denied')
  const no = await walker.get(declined.href)
  t.equal(no.status, 400)
  t.match(no.text, 'The sign-in was cancelled')
  const wrong = await start()
  wrong.searchParams.set('code', 'of-somebody-else')
  t.equal((await walker.get(wrong.href)).status, 502)
  const down = await start()
  logins.fault = (_, response) => response.writeHead(500).end('<b>oops</b>')
  const broken = await walker.get(down.href)
  t.equal(broken.status, 502)
  t.notMatch(broken.text, 'oops')
  logins.fault = undefined
  const failures = steps().filter(({ step }) => step === 'failed')
  t.equal(failures.length, 6)
  for (const { reason } of failures) t.type(reason, 'string')
  const after = await walker.get(`${origin}/connect/notion`)
  t.match(after.text, 'Not connected')
})

t.test('a browser is sent to https, or to this host', (t) => {
  const send = (url: string) => renderOnward(new URL(url))
  for (const url of ['https://id.example.com/a?b=c', 'http://localhost:1/a']) {
    t.equal(send(url)?.onward, url)
  }
  for (const url of [
    'http://id.example.com/',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'ftp://localhost/',
  ]) {
    t.equal(send(url), undefined, url)
  }
  t.end()
})

t.test('who is sent where is decided here', async (t) => {
  const { origin, ann, logins } = await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann, '/connect?next=//evil.example')
  t.equal(page.url, `${origin}/connect`)
  const form = await new Walker().get(`${origin}/connect`)
  for (const server of ['//evil.example', '../mcp', 'a/b', 'A', '']) {
    const other = new Walker()
    const fields = { token: ann, server }
    const to = await other.submit(form, '/connect/session', fields)
    t.equal(to.url, `${origin}/connect`, server)
  }
  logins.fault = (request, response) => {
    if (!request.url?.startsWith('/.well-known/')) {
      return logins.answer(request, response)
    }
    const { issuer } = logins
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        issuer,
        authorization_endpoint: 'javascript:alert(1)',
        token_endpoint: `${issuer}/token`,
        registration_endpoint: `${issuer}/reg`,
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
      }),
    )
  }
  const refused = await walker.submit(page, '/connect/notion/begin')
  t.equal(refused.status, 502)
  t.notMatch(refused.text, 'javascript:')
  t.match(refused.text, 'the authorization endpoint')
  const local = await fetch(
    `${origin.replace('127.0.0.1', 'localhost')}/connect/notion?x`,
    {
      redirect: 'manual',
    },
  )
  t.equal(local.status, 303, 'one name of this host has the cookies')
  t.equal(local.headers.get('location'), `${origin}/connect/notion?x`)
})

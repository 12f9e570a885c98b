// The pages below /connect as any program can use them: what they ask, refuse
// and tell, by HTTP alone.
// Covers src/runtime/connect.

import t from 'tap'
import { request } from 'undici'
import { servePeople } from '../harness/oauth/people.ts'
import {
  begin,
  consentThere,
  findCallback,
  findForm,
  findOnward,
  logIn,
  Walker,
} from '../harness/oauth/walk.ts'
import { issue, serveConfig } from '../harness/served.ts'
import { until } from '../harness/until.ts'

t.test('a person connects, sees it, disconnects', async (t) => {
  const { origin, ann, logged, records, steps, logins, ids } =
    await servePeople(t)
  const walker = new Walker()
  const entrance = await walker.get(`${origin}/connect/notion`)
  t.equal(entrance.status, 200)
  t.match(entrance.text, 'Gateway token')
  t.notMatch(entrance.text, 'Notion', 'nobody is told which servers exist')
  const nope = await new Walker().get(`${origin}/connect/nope`)
  t.equal(
    nope.text,
    entrance.text.replace('value="notion"', 'value="nope"'),
    'a server that does not exist looks the same',
  )
  const page = await walker.submit(entrance, '/connect/session', {
    token: ` ${ann}\n`,
  })
  t.equal(page.url, `${origin}/connect/notion`, 'back where they were')
  t.match(page.text, 'You are <strong>ann</strong>')
  t.match(page.text, 'Not connected')
  const onward = await begin(walker, page, 'notion')
  t.ok(onward.startsWith(`${logins.issuer}/auth?`))
  const back = await consentThere(walker, onward, 'ann.at.notion')
  t.equal(back.url, `${origin}/connect/notion`, 'and no more in the address')
  t.match(back.text, 'Notion is connected.')
  t.match(back.text, /As <strong>ann<\/strong>, since <time datetime="20/)
  const again = await walker.get(back.url)
  t.notMatch(again.text, 'Notion is connected.', 'told once')
  const all = await walker.get(`${origin}/connect`)
  for (const text of ['Notion', 'Drive', 'Team wiki']) t.match(all.text, text)
  t.throws(() => findForm(all, '/connect/wiki/begin'), 'shared: state only')
  const gone = await walker.submit(all, '/connect/notion/disconnect')
  t.match(gone.text, 'Notion is disconnected.')
  t.ok(logins.paths.some((path) => path.startsWith('/token/revocation')))
  const jar = walker.cookies.get(new URL(origin).host) ?? []
  const cookie = [...jar].map((one) => one.join('=')).join('; ')
  const left = await walker.submit(gone, '/connect/leave')
  t.match(left.text, 'You are logged out')
  t.match((await walker.get(`${origin}/connect`)).text, 'Gateway token')
  const copied = await fetch(`${origin}/connect`, { headers: { cookie } })
  t.match(await copied.text(), 'Gateway token', 'nor does a copy of the cookie')
  t.same(
    steps().map(({ step, server, subject, tokenId }) => [
      step,
      server,
      subject,
      tokenId,
    ]),
    [
      ['session', 'notion', 'ann', ids.ann],
      ['begin', 'notion', 'ann', ids.ann],
      ['finish', 'notion', 'ann', ids.ann],
      ['disconnect', 'notion', 'ann', ids.ann],
      ['leave', null, 'ann', ids.ann],
    ],
  )
  const everything = JSON.stringify([records(), logged])
  const sent = [...walker.visited].map((url) => new URL(url).searchParams)
  const secrets = sent.flatMap((one) => [one.get('code'), one.get('state')])
  t.ok(secrets.filter(Boolean).length >= 2)
  for (const secret of [ann, ...secrets]) {
    if (secret) t.notMatch(everything, secret, 'no secret is told')
  }
})

t.test('every page has the headers that keep it safe', async (t) => {
  const { origin, ann } = await servePeople(t)
  const walker = new Walker()
  const pages = [
    await walker.get(`${origin}/connect`),
    await walker.get(`${origin}/connect/notion/callback?state=x`),
    await walker.get(`${origin}/connect/wiki/operator`),
    await logIn(walker, origin, ann),
    await walker.get(`${origin}/connect/nope`),
    await walker.post(`${origin}/connect/leave`, {}, 'http://localhost:1/'),
  ]
  for (const { headers, url } of pages) {
    const policy = headers.get('content-security-policy') ?? ''
    t.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      url,
    )
    t.equal(headers.get('x-frame-options'), 'DENY')
    t.equal(headers.get('referrer-policy'), 'same-origin')
    t.equal(headers.get('cache-control'), 'no-store')
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    t.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    t.equal(headers.get('access-control-allow-origin'), null)
  }
  for (const { text } of pages) t.notMatch(text, /<script|\son\w+=/i)
})

t.test('cookies are sealed, bounded in time and out of reach', async (t) => {
  const { origin, ann } = await servePeople(t)
  const { port } = new URL(origin)
  const answer = await request(`${origin}/connect/session`, {
    method: 'POST',
    headers: {
      origin,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token: ann }).toString(),
  })
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/connect')
  const cookies = [answer.headers['set-cookie'] ?? []].flat()
  const rest = 'Path=/; Max-Age=3600; HttpOnly; SameSite=Lax'
  t.match(
    cookies[0],
    new RegExp(`^__Host-portcullis-${port}=[\\w-]+; ${rest}; Secure$`),
  )
  t.match(cookies[1], new RegExp(`^portcullis-${port}=[\\w-]+; ${rest}$`))
  t.notMatch(cookies.join(), /ann|gwt_/)
  const ask = async (cookie: string) => {
    const { body } = await request(`${origin}/connect`, { headers: { cookie } })
    return (await body.text()).includes('You are <strong>ann</strong>')
  }
  const [own = ''] = (cookies[0] ?? '').split(';')
  t.ok(await ask(own))
  t.ok(await ask(`a=b; ${own}`))
  const at = own.length - 20
  const other = own[at] === 'A' ? 'B' : 'A'
  t.notOk(await ask(own.slice(0, at) + other + own.slice(at + 1)), 'changed')
  t.notOk(await ask(own.slice(0, -1)), 'cut')
  t.notOk(await ask(own.replace('portcullis', 'portcullis-operator')), 'moved')
  t.notOk(await ask(`__Host-portcullis-${port}=`), 'empty')
})

t.test('a session ends with its token', async (t) => {
  const { origin, ann, gateway, ids, reload, config } = await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  const onward = await begin(walker, page, 'notion')
  const callback = await findCallback(walker, onward, 'ann')
  await reload({ ...config, drain: '2s' })
  t.match((await walker.get(`${origin}/connect`)).text, 'You are')
  await gateway.revoke({ kind: 'token', value: ids.ann })
  t.match((await walker.get(`${origin}/connect`)).text, 'Gateway token')
  const refused = await walker.submit(page, '/connect/notion/begin')
  t.equal(refused.status, 401)
  t.match(refused.text, 'Gateway token')
  const late = await walker.get(callback)
  t.equal(late.status, 403)
  t.match(late.text, 'Nothing was connected')
})

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

t.test('other people, other servers', async (t) => {
  const { origin, ann, bob } = await servePeople(t)
  const [hers, his] = [new Walker(), new Walker()]
  const page = await logIn(hers, origin, ann)
  await consentThere(hers, await begin(hers, page, 'notion'), 'ann')
  const bobs = await logIn(his, origin, bob, '/connect/notion')
  t.match(bobs.text, 'Not connected', 'the link of another connects nothing')
  for (const name of ['drive', 'nope', 'wiki', 'a'.repeat(33), '%3Cb%3E']) {
    const { status, text } = await his.get(`${origin}/connect/${name}`)
    t.equal(status, 404, name)
    t.match(text, 'There is no such server for you')
  }
  t.equal(
    (await his.get(`${origin}/connect/drive`)).text,
    (await his.get(`${origin}/connect/nope`)).text,
  )
})

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
  t.equal(await ask('GET', '/connect', 'evil.example'), '403')
  t.equal(await ask('GET', '/connect/notion/client.json'), '404', 'http')
  t.equal(await ask('GET', '/connect/notion/other'), '404')
})

t.test('without such servers there are no pages', async (t) => {
  const { id, token, record } = issue({ subject: 'ann', roles: ['all'] })
  const url = 'http://127.0.0.1:1/mcp'
  const config = {
    servers: { plain: { type: 'http', url } },
    roles: { all: { allow: { plain: ['*'] } } },
  }
  const { gateway } = await serveConfig(t, config, [{ id, token, record }])
  const { origin } = new URL(gateway.url)
  for (const path of ['', '/plain', '/state', '/plain/callback?state=x']) {
    const answer = await fetch(`${origin}/connect${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    t.equal(answer.status, 404)
    t.same(await answer.json(), { error: 'not_found' })
  }
  const sent = await fetch(`${origin}/connect/session`, {
    method: 'POST',
    headers: { origin },
    body: new URLSearchParams({ token }),
  })
  t.equal(sent.status, 404)
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

t.test('a program asks for the state with a token, not a cookie', async (t) => {
  const { origin, ann, bob } = await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${origin}/connect/state`, { headers })
    // biome-ignore lint/suspicious/noExplicitAny: it is what is tested
    return { status: answer.status, body: (await answer.json()) as any }
  }
  const absent = { state: 'absent', since: null, until: null }
  t.same(await ask(ann), {
    status: 200,
    body: {
      subject: 'ann',
      servers: [
        { name: 'drive', title: 'Drive', ...absent },
        { name: 'notion', title: 'Notion', ...absent },
      ],
    },
  })
  await consentThere(walker, await begin(walker, page, 'notion'), 'ann')
  const { servers } = (await ask(ann)).body
  t.match(servers[1], { name: 'notion', state: 'connected', until: null })
  t.match(servers[1].since, /^20.*Z$/)
  t.same((await ask(bob)).body.servers, [
    { name: 'notion', title: 'Notion', ...absent },
  ])
  t.same(await ask(`${ann}x`), {
    status: 401,
    body: { error: 'unauthorized' },
  })
  const { text, status } = await walker.get(`${origin}/connect/state`)
  t.equal(status, 404)
  t.match(text, 'There is no such server for you', 'a page, for a cookie')
})

t.test('names of others are shown as they are written', async (t) => {
  const title = '<img src=x onerror=alert(1)>"\' &amp;'
  const subject = 'ann"><b>x</b>'
  const { origin, ann } = await servePeople(t, { title, subject })
  const walker = new Walker()
  const pages = [
    await logIn(walker, origin, ann),
    await walker.get(`${origin}/connect/notion`),
  ]
  const last = pages[1] as (typeof pages)[0]
  pages.push(
    await consentThere(walker, await begin(walker, last, 'notion'), 'a'),
  )
  for (const { text } of pages) {
    t.match(text, '&#60;img src=x onerror=alert(1)&#62;&#34;&#39; &#38;amp;')
    t.match(text, 'ann&#34;&#62;&#60;b&#62;x')
    t.notMatch(text, /<img|<b>x/)
  }
})

// The pages below /connect as any program can use them: what they ask and tell,
// by HTTP alone.
// Covers src/runtime/connect.

import t from 'tap'
import { request } from 'undici'
import { writeLock } from '../harness/oauth/locked.ts'
import { servePeople } from '../harness/oauth/people.ts'
import {
  begin,
  consentThere,
  findCallback,
  findForm,
  logIn,
  Walker,
} from '../harness/oauth/walk.ts'
import { issue, serveConfig } from '../harness/served.ts'

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
  const { origin, ann, gateway, ids, grants, reload, config } =
    await servePeople(t)
  const walker = new Walker()
  const page = await logIn(walker, origin, ann)
  const onward = await begin(walker, page, 'notion')
  const callback = await findCallback(walker, onward, 'ann')
  await reload({ ...config, drain: '2s' })
  t.match((await walker.get(`${origin}/connect`)).text, 'You are')
  const other = { ...grants.ann, sha256: 'f'.repeat(64) }
  await reload({ ...config, tokens: { grants: { [ids.ann]: other } } })
  t.match((await walker.get(`${origin}/connect`)).text, 'Gateway token')
  await reload(config)
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

t.test('other people, other servers', async (t) => {
  const files = await writeLock()
  const { origin, ann, bob } = await servePeople(t, { files })
  const [hers, his] = [new Walker(), new Walker()]
  const page = await logIn(hers, origin, ann)
  await consentThere(hers, await begin(hers, page, 'notion'), 'ann')
  const bobs = await logIn(his, origin, bob, '/connect/notion')
  t.match(bobs.text, '1 tool for you', 'as the lock says')
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

t.test('behind a proxy, at a public address', async (t) => {
  const publicUrl = 'https://gateway.example.com'
  const { origin, ann } = await servePeople(t, { listen: { publicUrl } })
  const send = (path: string, own: string, host: string) =>
    request(origin + path, {
      method: 'POST',
      headers: {
        host,
        origin: own,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token: ann }).toString(),
    })
  const { host } = new URL(publicUrl)
  const entered = await send('/connect/session', publicUrl, host)
  t.equal(entered.statusCode, 303)
  const cookies = [entered.headers['set-cookie'] ?? []].flat()
  t.equal(cookies.length, 1)
  t.match(cookies[0], /^__Host-portcullis=[\w-]+; Path=\/; .*; Secure$/)
  const rewritten = await send('/connect/session', publicUrl, '127.0.0.1')
  t.equal(rewritten.statusCode, 303, 'some proxies send another Host')
  const inside = await send('/connect/session', origin, '127.0.0.1')
  t.equal(inside.statusCode, 403, 'the origin is the public one')
  const page = await fetch(`${origin}/connect`, { redirect: 'manual' })
  t.equal(page.status, 200, 'nobody is sent in a circle')
  const answer = await fetch(`${origin}/connect/notion/client.json`)
  t.equal(answer.status, 200)
  const { client_id, redirect_uris } = (await answer.json()) as {
    readonly client_id: string
    readonly redirect_uris: readonly string[]
  }
  t.equal(client_id, `${publicUrl}/connect/notion/client.json`)
  t.same(redirect_uris, [`${publicUrl}/connect/notion/callback`])
  const none = await fetch(`${origin}/connect/nope/client.json`)
  t.equal(none.status, 404)
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
  t.match(await ask(`${ann}x`), {
    status: 401,
    body: { error: 'unauthorized', error_description: /^Characters of the/ },
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

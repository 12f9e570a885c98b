// A person with the company's login in a real Chromium: consent, a second
// program, refusal, the pages of accounts, logging out; and attacks.
// Covers src/runtime/login-server, src/runtime/connect.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { findBarriers, openBrowser, openPerson } from '../harness/browser.ts'
import { findChromium, NO_CHROMIUM } from '../harness/chromium.ts'
import {
  exchange,
  makeRequest,
  refresh,
  register,
  signIn,
} from '../harness/login/oauth-client.ts'
import { serveLoginServer } from '../harness/login/server-scene.ts'
import { writeLock } from '../harness/oauth/locked.ts'
import { startLogins } from '../harness/oauth/logins.ts'
import { consent } from '../harness/oauth/people.ts'
import { startProtectedServer } from '../harness/oauth/protected-server.ts'
import { post } from '../harness/wire.ts'

const skip = findChromium() === undefined ? NO_CHROMIUM : false
const test = (name: string, run: (t: Test) => Promise<void>) =>
  t.test(name, { skip }, run)

async function judge(t: Test, page: Page, what: string): Promise<void> {
  for (const width of [320, 1_000]) {
    await page.setViewportSize({ width, height: 800 })
    t.same(await findBarriers(page), [], `${what}, ${width} px`)
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    t.ok(Number(wide) <= width, `${what} fits ${width} px`)
  }
}

/** A site on loopback: a program that people come back to, or an attacker. */
async function serveSite(t: Test, body = () => 'You are back.') {
  const came: URL[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    if (url.pathname === '/callback') came.push(url)
    response.setHeader('content-type', 'text/html')
    response.end(body())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { came, port, back: `http://127.0.0.1:${port}/callback` }
}

/** One for all: each person has cookies of their own. */
const chromium = skip === false ? await openBrowser(t) : undefined

function openPage(t: Test, options: Parameters<typeof openPerson>[2] = {}) {
  if (!chromium) throw new Error(NO_CHROMIUM)
  return openPerson(t, chromium, options)
}

const button = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true })

test('consent, a second program, a refusal, without scripts', async (t) => {
  const { origin, at } = await serveLoginServer(t)
  const { back, came } = await serveSite(t)
  const page = await openPage(t, { javaScriptEnabled: false })
  const ask = async (name: string) => {
    const { body } = await register(origin, { client_name: name })
    const id = String(body.client_id)
    const request = makeRequest(origin, id, { redirect_uri: back })
    await page.goto(request.url.href)
    await page.getByText('May this program act for you?').waitFor()
    return { id, request }
  }
  const { id, request } = await ask('Claude Code')
  t.match(await page.locator('main').textContent(), /ada@acme.com.*platform/s)
  t.match(await page.locator('main').textContent(), /“Claude Code”.*4 tools/s)
  await button(page, 'Allow').click()
  await page.waitForURL(`${back}?**`)
  const url = new URL(page.url())
  const more = { redirect_uri: back }
  const { body } = await exchange(origin, id, request, url, more)
  t.equal((await post(at, body.access_token, 'tools/list')).status, 200)
  await page.goBack()
  t.equal(came.length, 1)
  await ask('<b>Another</b>')
  t.equal(await page.locator('b', { hasText: 'Another' }).count(), 0)
  await button(page, 'Refuse').click()
  await page.waitForURL(`${back}?**`)
  t.match(page.url(), 'error=access_denied')
})

test('the pages, at each width', async (t) => {
  const { origin, identities } = await serveLoginServer(t)
  const { back } = await serveSite(t)
  const page = await openPage(t)
  const { body } = await register(origin, { client_name: 'x'.repeat(80) })
  const id = String(body.client_id)
  const { url } = makeRequest(origin, id, { redirect_uri: back })
  await page.goto(url.href)
  await page.getByText('May this program act for you?').waitFor()
  await judge(t, page, 'consent')
  const place = page.url()
  identities.choices.person = 'eve'
  await button(page, 'Use another account').click()
  await page.getByText('You have no access here').waitFor()
  await judge(t, page, 'no team')
  await page.goto(place)
  await page.getByText('This sign-in is over').waitFor()
  await page.goto(makeRequest(origin, 'nobody').url.href)
  await page.getByText('This sign-in cannot go on').waitFor()
  await judge(t, page, 'an unknown client')
})

test('accounts by the company’s login, and logging out', async (t) => {
  const logins = await startLogins()
  const notion = await startProtectedServer(logins)
  t.teardown(async () => {
    await notion.close()
    await logins.close()
  })
  const server = {
    type: 'http',
    url: notion.url,
    title: 'Notion',
    auth: { type: 'oauth', as: 'person' },
  }
  const files = await writeLock()
  const { origin, at, identities, gateway } = await serveLoginServer(t, {
    files,
    config: {
      servers: { notion: server },
      roles: { all: { allow: { notion: ['*'] } } },
      teams: { platform: { roles: ['all'] } },
    },
    login: {
      teams: { claim: 'groups', map: { 'mcp-platform': 'platform' } },
    },
  })
  const page = await openPage(t)
  await page.goto(`${origin}/connect/notion`)
  await judge(t, page, 'entrance')
  const { host } = new URL(identities.issuer)
  await button(page, `Sign in with ${host}`).click()
  await page.waitForURL(`${origin}/connect/notion`)
  await page.getByText('You are ada@acme.com').waitFor()
  await button(page, 'Connect Notion').click()
  await consent(page, 'ada.at.notion')
  await page.getByText('Notion is connected.').waitFor()
  const { tokens, client } = await signIn(origin)
  const name = 'notion__search_issues'
  const called = await post(at, tokens.access_token, 'tools/call', {
    name,
    arguments: { q: 'x' },
  })
  t.match(called.body, 'found x', 'as the person of the page')
  await page.goto(`${origin}/connect`)
  await page.getByText('Programs that may act for you').waitFor()
  await judge(t, page, 'programs')
  await button(page, 'End “A program”').click()
  await page.getByText('Programs that may').waitFor({ state: 'detached' })
  const ended = await refresh(origin, client, tokens.refresh_token)
  t.match(ended.body, { error: 'invalid_grant' })
  await button(page, 'Log out').click()
  await page.getByText('You are logged out').waitFor()
  await judge(t, page, 'logged out')
  const link = page.getByRole('link', { name: 'end it there too' })
  t.match(await link.getAttribute('href'), `${identities.issuer}/session/end`)
  await page.goto(`${origin}/connect`)
  await page.getByLabel('Gateway token').waitFor()
  await button(page, `Sign in with ${host}`).click()
  await page.getByText('You are ada@acme.com').waitFor()
  await gateway.revoke({ kind: 'subject', value: 'ada@acme.com' })
  await page.reload()
  await page.getByLabel('Gateway token').waitFor()
  await button(page, `Sign in with ${host}`).click()
  await page.getByText('An operator of this gateway has ended').waitFor()
})

test('another site can neither post, frame, nor take part', async (t) => {
  const { origin } = await serveLoginServer(t)
  const { back, came } = await serveSite(t)
  const page = await openPage(t)
  const { body } = await register(origin)
  const id = String(body.client_id)
  const { url } = makeRequest(origin, id, { redirect_uri: back })
  await page.goto(url.href)
  await page.getByText('May this program act for you?').waitFor()
  const place = page.url()
  const form = await page.locator('[name=form]').getAttribute('value')
  let written = ''
  const { port } = await serveSite(t, () => written)
  const evil = `http://localhost:${port}/`
  for (const policy of ['', '<meta name="referrer" content="no-referrer">']) {
    written = `${policy}<form method="post" action="${place}">
      <input name="form" value="${form}"><input name="choice" value="allow">
      </form><script>document.forms[0].submit()</script>`
    await page.goto(evil).catch(() => {})
    await page.getByText('This form was not accepted').waitFor()
  }
  for (const framed of [place, url.href]) {
    written = `<iframe src="${framed}"></iframe>`
    await page.goto(evil)
    const frame = page.frames().find((one) => one !== page.mainFrame())
    const text = (await frame?.locator('body').textContent()) ?? ''
    t.notMatch(text, 'Allow', 'the frame is empty')
  }
  const his = await openPage(t)
  await his.goto(place)
  await his.getByText('This sign-in was started elsewhere').waitFor()
  await page.goto(place)
  await button(page, 'Allow').click()
  await page.waitForURL(`${back}?**`)
  t.equal(came.length, 1, 'only the person has decided')
  await page.goto(place)
  await page.getByText('This sign-in is over').waitFor()
})

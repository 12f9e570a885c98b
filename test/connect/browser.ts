// A person's whole path to a connected account, and attacks on it, in a real
// Chromium.
// Covers src/runtime/connect.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import {
  findBarriers,
  openBrowser,
  openPerson,
  openTab,
} from '../harness/browser.ts'
import { findChromium, NO_CHROMIUM } from '../harness/chromium.ts'
import { writeLock } from '../harness/oauth/locked.ts'
import { consent, servePeople, typeToken } from '../harness/oauth/people.ts'
import { connect } from '../harness/served.ts'

/** Skipped with its reason, which the suite prints, where there is no browser. */
const skip = findChromium() === undefined ? NO_CHROMIUM : false
const test = (name: string, run: (t: Test) => Promise<void>) =>
  t.test(name, { skip }, run)

/** One for all: each person has cookies of their own. */
const chromium = skip === false ? await openBrowser(t) : undefined

function openPage(t: Test, options: Parameters<typeof openPerson>[2] = {}) {
  if (!chromium) throw new Error(NO_CHROMIUM)
  return openPerson(t, chromium, options)
}

const WIDTHS = [320, 1_000]

/** Barriers of a page, at each width, and whether it must be scrolled aside. */
async function judge(t: Test, page: Page, what: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 })
    t.same(await findBarriers(page), [], `${what}, ${width} px`)
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    t.ok(Number(wide) <= width, `${what} fits ${width} px`)
  }
}

const connectButton = (page: Page, name: string) =>
  page.getByRole('button', { name: `Connect ${name}`, exact: true })

test('link, token, consent, back: light and dark', async (t) => {
  const { origin, ann } = await servePeople(t)
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await openPage(t, { colorScheme })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${origin}/connect/notion`)
    await judge(t, page, `${colorScheme}: entrance`)
    await typeToken(page, 'gwt_wrong')
    await page.getByRole('alert').waitFor()
    await judge(t, page, `${colorScheme}: wrong token`)
    await typeToken(page, ann)
    await connectButton(page, 'Notion').waitFor()
    await judge(t, page, `${colorScheme}: not connected`)
    await connectButton(page, 'Notion').click()
    await consent(page, 'ann.at.notion')
    await page.waitForURL(`${origin}/connect/notion`)
    const told = await page.getByRole('status').textContent()
    t.match(told, 'Notion is connected.')
    await judge(t, page, `${colorScheme}: connected`)
    await page.getByRole('link', { name: 'All servers' }).click()
    await page.getByRole('heading', { name: 'Drive' }).waitFor()
    await judge(t, page, `${colorScheme}: all servers`)
    await page.goto(`${origin}/connect/nope`)
    await judge(t, page, `${colorScheme}: no such server`)
    await page.goto(`${origin}/connect/wiki/operator`)
    await judge(t, page, `${colorScheme}: operator`)
    await page.goto(`${origin}/connect`)
    await page.getByRole('button', { name: 'Disconnect Notion' }).click()
    await page.getByText('Notion is disconnected.').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByText('You are logged out').waitFor()
    await judge(t, page, `${colorScheme}: logged out`)
    const cookies = await page.context().cookies(origin)
    t.same(cookies, [], 'and no cookie is left')
    t.same(problems, [])
  }
})

test('a call is refused with a link, and answered after it', async (t) => {
  const files = await writeLock()
  const { origin, gateway, ann, notion } = await servePeople(t, { files })
  const { call } = await connect(t, 'sdk 1.x', gateway.url, ann)
  const refused = await call('notion__search_issues', { q: 'x' })
  const [link = ''] = /http:\S+/.exec(refused) ?? []
  t.equal(link, `${origin}/connect/notion`, 'it carries nothing personal')
  const page = await openPage(t)
  await page.goto(link)
  await typeToken(page, ann)
  await page.getByText('1 tool for you').waitFor()
  await connectButton(page, 'Notion').click()
  await consent(page, 'ann.at.notion')
  await page.getByText('Notion is connected.').waitFor()
  t.equal(await call('notion__search_issues', { q: 'x' }), 'found x')
  t.equal(new Set(notion.accepted).size, 1)
})

test('a barrier is found', async (t) => {
  const page = await openPage(t)
  await page.setContent('<html lang="en"><title>x</title><img src="x"></html>')
  const found = await findBarriers(page)
  t.ok(found.some((one) => one.startsWith('image-alt: <img')))
})

test('without scripts', async (t) => {
  const { origin, ann } = await servePeople(t)
  const page = await openPage(t, { javaScriptEnabled: false })
  await page.goto(`${origin}/connect/notion`)
  await typeToken(page, ann)
  await connectButton(page, 'Notion').click()
  await consent(page, 'ann.at.notion')
  await page.waitForURL(`${origin}/connect/notion`)
  await page.getByText('Notion is connected.').waitFor()
  t.pass('connected')
})

test('with the keyboard alone', async (t) => {
  const { origin, ann } = await servePeople(t)
  const page = await openPage(t)
  await page.goto(`${origin}/connect/notion`)
  await page.keyboard.press('Tab')
  await page.keyboard.type(ann)
  await page.keyboard.press('Enter')
  await connectButton(page, 'Notion').waitFor()
  const reached: string[] = []
  for (let tabs = 0; tabs < 10; tabs++) {
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    if ((await focused.count()) === 0) break
    reached.push((await focused.textContent()) ?? '')
    const outline = await page.evaluate(
      'getComputedStyle(document.activeElement).outlineStyle',
    )
    t.equal(outline, 'solid', `${reached.at(-1)} shows the focus`)
    if (reached.at(-1) === 'Connect Notion') break
  }
  t.same(reached, ['Log out', 'Connect Notion'])
  await page.keyboard.press('Enter')
  await page.locator('[name=login]').waitFor()
  await page.keyboard.type('ann')
  await page.keyboard.press('Tab')
  await page.keyboard.type('any')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Continue' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('Notion is connected.').waitFor()
  t.equal(page.url(), `${origin}/connect/notion`)
})

test('a link of somebody else, a callback elsewhere, a replay', async (t) => {
  const { origin, ann, bob, logins } = await servePeople(t)
  const page = await openPage(t)
  await page.goto(`${origin}/connect/notion`)
  await typeToken(page, ann)
  logins.holds = true
  await connectButton(page, 'Notion').click()
  await consent(page, 'ann')
  await page.waitForURL(`${logins.issuer}/held`)
  const [stolen = ''] = logins.held
  const his = await openPage(t)
  await his.goto(`${origin}/connect/notion`)
  await typeToken(his, bob)
  await his.getByText('Not connected').waitFor()
  await his.goto(stolen)
  await his.getByText('This sign-in was started elsewhere').waitFor()
  await judge(t, his, 'started elsewhere')
  await page.goto(stolen)
  await page.getByText('This sign-in is over').waitFor()
  await page.goto(`${origin}/connect/notion`)
  await connectButton(page, 'Notion').click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${logins.issuer}/held`)
  const callback = logins.held.at(-1) ?? ''
  await page.goto(callback)
  await page.getByText('Notion is connected.').waitFor()
  t.equal(page.url(), `${origin}/connect/notion`)
  await page.goto(callback)
  await page.getByText('This sign-in is over').waitFor()
  await his.goto(`${origin}/connect/notion`)
  t.equal(await his.getByText('Not connected').count(), 1, 'bob has nothing')
  // A second tab of the same browser knows the person.
  const tab = await openTab(page.context())
  await tab.goto(`${origin}/connect/notion`)
  t.equal(await tab.getByText('since').count(), 1)
})

test('another issuer in the answer', async (t) => {
  const { origin, ann, logins } = await servePeople(t)
  const page = await openPage(t)
  await page.goto(`${origin}/connect/notion`)
  await typeToken(page, ann)
  logins.holds = true
  await connectButton(page, 'Notion').click()
  await consent(page, 'ann')
  await page.waitForURL(`${logins.issuer}/held`)
  const back = new URL(logins.held[0] ?? '')
  back.searchParams.set('iss', 'https://evil.example')
  await page.goto(back.href)
  await page.getByText('The sign-in did not succeed').first().waitFor()
  await judge(t, page, 'failed')
  await page.getByRole('link', { name: 'Back' }).click()
  await page.getByText('Not connected').waitFor()
  const used = logins.paths.filter((path) => path.startsWith('/token'))
  t.same(used, [], 'the code was sent nowhere')
})

/** A page of another site. */
async function servePage(t: Test, body: () => string): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(body())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return `http://localhost:${port}/`
}

test('another site can neither post nor frame', async (t) => {
  const { origin, ann, bob, steps } = await servePeople(t)
  const page = await openPage(t)
  await page.goto(`${origin}/connect`)
  await typeToken(page, ann)
  await connectButton(page, 'Notion').waitFor()
  const before = steps().length
  let body = ''
  const evil = await servePage(t, () => body)
  const acts = [
    ['/connect/session', `<input name="token" value="${bob}">`],
    ['/connect/notion/begin', '<input name="form" value="x">'],
    ['/connect/leave', ''],
  ] as const
  for (const [path, inner] of acts) {
    for (const policy of ['', '<meta name="referrer" content="no-referrer">']) {
      body = `${policy}<form method="post" action="${origin}${path}">${inner}</form>
        <script>document.forms[0].submit()</script>`
      const [answer] = await Promise.all([
        page.waitForResponse((one) => one.url() === `${origin}${path}`),
        page.goto(evil).catch(() => {}),
      ])
      t.equal(answer.status(), 403, path)
      await page.getByText('This form was not accepted').waitFor()
    }
  }
  body = `<iframe src="${origin}/connect"></iframe>`
  await page.goto(evil)
  const frame = page.frames().find((one) => one !== page.mainFrame())
  const text = (await frame?.locator('body').textContent()) ?? ''
  t.notMatch(text, 'ann', 'the frame is empty')
  t.notMatch(text, 'Gateway token')
  await page.goto(`${origin}/connect`)
  await page.getByText('You are ann').waitFor()
  t.equal(steps().length, before, 'nothing happened')
})

test('an opener keeps no hold of the page', async (t) => {
  const { origin } = await servePeople(t)
  const page = await openPage(t)
  const evil = await servePage(
    t,
    () => `<a target="_blank" href="${origin}/connect" rel="opener">x</a>`,
  )
  await page.goto(evil)
  const [opened] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByText('x').click(),
  ])
  await opened.getByLabel('Gateway token').waitFor()
  t.equal(await opened.evaluate('window.opener'), null)
})

test('the cookie of a revoked token, and names that are HTML', async (t) => {
  const title = '<img src=x onerror="document.title=1">'
  const { origin, ann, gateway, ids } = await servePeople(t, { title })
  const page = await openPage(t)
  await page.goto(`${origin}/connect`)
  await typeToken(page, ann)
  await page.getByRole('heading', { name: title }).waitFor()
  t.equal(await page.locator('img').count(), 0)
  t.equal(await page.title(), 'Your connected accounts – Portcullis')
  await gateway.revoke({ kind: 'token', value: ids.ann })
  await page.reload()
  await page.getByLabel('Gateway token').waitFor()
  t.equal(await page.getByText('ann').count(), 0)
})

test('an operator connects the shared account with a code', async (t) => {
  const people = await servePeople(t)
  const { origin, ann, askAdmin } = people
  const { body } = await askAdmin('POST', '/connect/wiki')
  t.equal(body.url, `${origin}/connect/wiki/operator`)
  const page = await openPage(t)
  await page.goto(body.url)
  await page.getByLabel('Code').fill('AAAA-AAAA')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  await judge(t, page, 'wrong code')
  await page.getByLabel('Code').fill(body.code.toLowerCase())
  await page.keyboard.press('Enter')
  await consent(page, 'the.team')
  await page.waitForURL(body.url)
  await page.getByText('The shared account is connected').waitFor()
  await judge(t, page, 'shared account')
  await page.goto(`${origin}/connect`)
  await typeToken(page, ann)
  await page.getByRole('heading', { name: 'Team wiki' }).waitFor()
  const shared = page.getByRole('listitem').filter({ hasText: 'Team wiki' })
  t.match(await shared.textContent(), 'Connected')
  t.equal(await shared.getByRole('button').count(), 0, 'state only')
})

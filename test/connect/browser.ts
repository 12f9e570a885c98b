// A person's whole path to a connected account, in a real Chromium.
// Covers src/runtime/connect.

import t from 'tap'
import { openBrowser, openPerson } from '../harness/browser.ts'
import { consent, servePeople, typeToken } from '../harness/oauth/people.ts'

t.test('link, token, consent, back, connected', async (t) => {
  const { origin, ann } = await servePeople(t)
  const browser = await openBrowser(t)
  for (const javaScriptEnabled of [true, false]) {
    const page = await openPerson(t, browser, { javaScriptEnabled })
    await page.goto(`${origin}/connect/notion`)
    await typeToken(page, ann)
    await page
      .getByRole('button', { name: /^Connect/ })
      .first()
      .click()
    await consent(page, 'ann.at.notion')
    await page.waitForURL(`${origin}/connect/notion`)
    const told = page.getByRole('status')
    t.match(await told.textContent(), 'Notion is connected.')
  }
})

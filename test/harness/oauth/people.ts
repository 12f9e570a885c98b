// A gateway before servers at which people sign in, and the people.
// In: more of the config. Out: the gateway, tokens of ann and bob, the servers.

import { join } from 'node:path'
import { pino } from 'pino'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { deriveToken, readKey } from '../../../src/runtime/base/key.ts'
import { issue, serveConfig } from '../served.ts'
import { startLogins } from './logins.ts'
import { startProtectedServer } from './protected-server.ts'

const TOOLS = ['search_issues']

/** `notion` is of each person, `wiki` of the gateway; bob may not use `drive`. */
export async function servePeople(
  t: Test,
  {
    subject = 'ann',
    title = 'Notion',
    files = {},
    listen = {},
    more = {},
  } = {},
) {
  const logins = await startLogins()
  const notion = await startProtectedServer(logins)
  t.teardown(async () => {
    await notion.close()
    await logins.close()
  })
  const [ann, bob] = [
    issue({ subject, roles: ['all'] }),
    issue({ subject: 'bob', roles: ['some'] }),
  ]
  const server = (as: string, name: string) => ({
    type: 'http',
    url: notion.url,
    title: name,
    auth: { type: 'oauth', as },
  })
  const config = {
    listen,
    servers: {
      notion: server('person', title),
      drive: server('person', 'Drive'),
      wiki: server('gateway', 'Team wiki'),
    },
    roles: {
      all: { allow: { notion: TOOLS, drive: TOOLS, wiki: TOOLS } },
      some: { allow: { notion: TOOLS } },
    },
    drain: '1s',
    ...more,
  }
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) })
  const served = await serveConfig(t, config, [ann, bob], undefined, files, log)
  const { gateway, records, folder } = served
  const admin = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  const askAdmin = async (method: string, path: string, token = admin) => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(gateway.adminUrl + path, { method, headers })
    // biome-ignore lint/suspicious/noExplicitAny: it is what is tested
    return { status: answer.status, body: (await answer.json()) as any }
  }
  return {
    ...served,
    config,
    logins,
    notion,
    logged,
    askAdmin,
    origin: new URL(gateway.localUrl).origin,
    ann: ann.token,
    bob: bob.token,
    ids: { ann: ann.id, bob: bob.id },
    /** As the config has them. */
    grants: { ann: ann.record, bob: bob.record },
    /** The steps in the audit. */
    steps: () =>
      records()
        .filter(({ notice }) => notice === 'connect')
        .map(({ detail }) => detail as Readonly<Record<string, unknown>>),
  }
}

/** Types a token on the page of the gateway. */
export async function typeToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Gateway token').fill(token)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Signs in at the authorization server, and consents. */
export async function consent(page: Page, name: string): Promise<void> {
  await page.locator('[name=login]').fill(name)
  await page.locator('[name=password]').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

// A real Chromium, without a window.
// In: whether pages may run scripts, and the like. Out: its pages.
// INVARIANT: it downloads nothing.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
} from 'playwright-core'
import type { Test } from 'tap'
import { findChromium, NO_CHROMIUM } from './chromium.ts'

/** Of this flag Chromium heeds the last alone: what Playwright turns off too.
 * The others would load pages of the address bar's popup for each person, and
 * start a process ahead of each page. */
const DISABLED = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'],
  'SpareRendererForSitePerProcess',
]

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The policy about openers would begin a process at each way to the provider and
  // back. It holds in one process as well.
  ...['--process-per-site', '--renderer-process-limit=1'],
  `--disable-features=${DISABLED.join()}`,
]

/** Waits of the browser; no test is meant to need them. */
const PATIENCE_MS = 60_000

export async function openBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(NO_CHROMIUM)
  const browser = await chromium.launch({
    executablePath,
    args: FLAGS,
    timeout: PATIENCE_MS,
  })
  t.teardown(() => browser.close())
  return browser
}

/** A person's browser of their own: no cookie is shared. */
export async function openPerson(
  t: Pick<Test, 'teardown'>,
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const context = await browser.newContext(options)
  t.teardown(() => context.close())
  return openTab(context)
}

export async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  return page
}

/** What axe-core finds wrong: a line for each; of these levels, or of all. */
export async function findBarriers(
  page: Page,
  levels?: readonly string[],
): Promise<readonly string[]> {
  // In the page's own world, no policy is in the way of the debugger. A document
  // that is judged at several widths loads it once: it is 650 KB.
  if (!(await page.evaluate("typeof axe === 'object'"))) {
    const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
    await page.evaluate(`${readFileSync(file, 'utf8')};0`)
  }
  const found = (await page.evaluate(
    'axe.run().then(({ violations }) => violations)',
  )) as readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: { html: string }[]
  }[]
  return found
    .filter(({ impact }) => !levels || levels.includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

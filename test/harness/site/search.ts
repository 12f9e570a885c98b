// Asks the search of the site for each key, code and metric.
// In: a page of the site, queries with the anchor that must be found. Out: what is
// not found.
// INVARIANT: it types into the box that readers use.

import type { Page } from 'playwright-core'

export interface SiteQuery {
  readonly text: string
  /** `config.html#limits-calls` */
  readonly target: string
  /** How far down the result may be. */
  readonly within: number
}

const BOX = '.VPLocalSearchBox input'
const RESULTS =
  "[...document.querySelectorAll('.VPLocalSearchBox .results a.result')].map((one) => one.href)"

export async function searchSite(
  page: Page,
  queries: readonly SiteQuery[],
): Promise<readonly string[]> {
  await page.locator('.VPNavBarSearch button').first().click()
  await page.waitForSelector(BOX)
  const faults: string[] = []
  for (const query of queries) {
    await page.fill(BOX, query.text)
    const seen = await waitForResult(page, query)
    if (seen === undefined) continue
    faults.push(
      `${query.text}: ${query.target} is not in the first ${query.within}: ${seen.join(' ')}`,
    )
  }
  return faults
}

const TRIES = 100
const PAUSE_MS = 50

/** Undefined once the result is there; else the results after the last try. */
async function waitForResult(
  page: Page,
  { target, within }: SiteQuery,
): Promise<readonly string[] | undefined> {
  let seen: readonly string[] = []
  for (let at = 0; at < TRIES; at++) {
    const all = (await page.evaluate(RESULTS)) as readonly string[]
    seen = all.slice(0, within).map((href) => href.split('/').at(-1) ?? '')
    if (seen.includes(target)) return undefined
    await page.waitForTimeout(PAUSE_MS)
  }
  return seen
}

// Opens each page of the site in Chromium, and follows each link.
// In: a browser, the address of the site, its pages. Out: what is wrong.
// INVARIANT: a link is right only if its page was opened and has its anchor.

import type { Page } from 'playwright-core'
import { findBarriers } from '../browser.ts'
import { until } from '../until.ts'

export interface Walked {
  readonly pages: number
  readonly links: number
  readonly anchors: number
  /** A line for each; empty if the site is right. */
  readonly faults: readonly string[]
}

interface Visit {
  readonly ids: ReadonlySet<string>
  /** Absolute. */
  readonly links: readonly string[]
}

const LEVELS = ['serious', 'critical']

const READ_IDS = "[...document.querySelectorAll('[id]')].map((one) => one.id)"
const READ_LINKS =
  "[...document.querySelectorAll('a[href]')].map((one) => one.href)"

export async function walkSite(
  page: Page,
  url: string,
  files: readonly string[],
): Promise<Walked> {
  const faults: string[] = []
  watch(page, new URL(url).origin, faults)
  const visits = new Map<string, Visit>()
  for (const file of files) {
    const path = new URL(file, url).pathname
    visits.set(path, await visit(page, new URL(path, url).href, faults))
  }
  const links = [...visits].flatMap(([from, { links }]) =>
    links.map((to) => ({ from, to: new URL(to) })),
  )
  for (const { from, to } of links) {
    if (to.origin !== new URL(url).origin) continue
    const path = to.pathname.endsWith('/')
      ? `${to.pathname}index.html`
      : to.pathname
    const there = visits.get(path)
    const anchor = decodeURIComponent(to.hash.slice(1))
    if (there && (anchor === '' || there.ids.has(anchor))) continue
    const { status } = there ? { status: 404 } : await fetch(to)
    if (status !== 200)
      faults.push(`${from}: dead link ${to.pathname}${to.hash}`)
  }
  const anchors = [...visits.values()].reduce(
    (sum, { ids }) => sum + ids.size,
    0,
  )
  return { pages: visits.size, links: links.length, anchors, faults }
}

function watch(page: Page, origin: string, faults: string[]): void {
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    faults.push(`${page.url()}: console: ${message.text()}`)
  })
  page.on('pageerror', (error) => {
    faults.push(`${page.url()}: ${error.message}`)
  })
  page.on('request', (request) => {
    const to = new URL(request.url())
    if (to.origin === origin || to.protocol === 'data:') return
    faults.push(`${page.url()}: a request to ${to.href}`)
  })
  page.on('response', (response) => {
    if (response.status() < 400) return
    faults.push(`${page.url()}: ${response.status()} for ${response.url()}`)
  })
}

const IS_READY = "document.querySelector('#app').__vue_app__ !== undefined"
const IS_DARK = "document.documentElement.classList.contains('dark')"

/** Opens a page, and waits until its scripts run. */
export async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: 'load' })
  await until(() => page.evaluate(IS_READY) as Promise<boolean>)
}

/** In light and in dark colours. */
async function visit(
  page: Page,
  url: string,
  faults: string[],
): Promise<Visit> {
  await openPage(page, url)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const isDark = colorScheme === 'dark'
    await until(async () => (await page.evaluate(IS_DARK)) === isDark)
    for (const barrier of await findBarriers(page, LEVELS)) {
      faults.push(`${url} (${colorScheme}): ${barrier}`)
    }
  }
  const ids = (await page.evaluate(READ_IDS)) as readonly string[]
  const links = (await page.evaluate(READ_LINKS)) as readonly string[]
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at)
  for (const id of new Set(twice))
    faults.push(`${url}: the id ${id} stands twice`)
  return { ids: new Set(ids), links }
}

// `npm run trial:site`: builds the site, and walks it in a real Chromium.
// In: perhaps --json, --built, --shots FOLDER. Out: what is wrong with its pages and
// its search.
// INVARIANT: it exits with 1 if anything is.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { CODES } from '../../src/diagnostics/codes.ts'
import { openBrowser, openPerson } from '../harness/browser.ts'
import { SCHEMA_FILE } from '../harness/config-page.ts'
import { readConfigRows } from '../harness/config-rows.ts'
import { root } from '../harness/gateway.ts'
import { FAMILIES } from '../harness/metrics-page.ts'
import { type SiteQuery, searchSite } from '../harness/site/search.ts'
import { serveSite } from '../harness/site/server.ts'
import { openPage, walkSite } from '../harness/site/walk.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** The site was built before, with the base path below. */
    built: { type: 'boolean', default: false },
    shots: { type: 'string' },
  },
})

const BASE = '/somewhere/docs/'
const folder = join(root, 'dist/site')

/** All that a reader may look up by its name. */
function listQueries(): readonly SiteQuery[] {
  const schema = JSON.parse(readFileSync(join(root, SCHEMA_FILE), 'utf8'))
  return [
    ...readConfigRows(schema).rows.map(({ key, anchor }) => ({
      text: key,
      target: `config.html#${anchor}`,
      within: 3,
    })),
    ...Object.keys(CODES).map((code) => ({
      text: code,
      target: `codes.html#${code.toLowerCase()}`,
      within: 3,
    })),
    ...FAMILIES.map(({ name }) => ({
      text: name,
      target: `metrics.html#${name}`,
      within: 3,
    })),
  ]
}

if (!values.built) {
  const vitepress = join(root, 'node_modules/vitepress/bin/vitepress.js')
  const args = [vitepress, 'build', join(root, 'docs'), '--base', BASE]
  execFileSync(process.execPath, args, { stdio: ['ignore', 2, 2] })
}
const ends: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void ends.unshift(end) }
const site = await serveSite(folder, BASE)
owner.teardown(() => site.close())
const browser = await openBrowser(owner)
const page = await openPerson(owner, browser)
const files = readdirSync(folder).filter(
  (name) => name.endsWith('.html') && name !== '404.html',
)

if (values.shots) {
  mkdirSync(values.shots, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const file of files) {
      await openPage(page, site.url + file)
      const path = join(values.shots, `${file}-${colorScheme}.png`)
      await page.screenshot({ path })
    }
  }
}
const walked = await walkSite(page, site.url, files)
await openPage(page, site.url)
const queries = listQueries()
const missing = await searchSite(page, queries)
for (const end of ends) await end()

const { pages, links, anchors } = walked
const faults = [...walked.faults, ...missing]
if (values.json) {
  const found = queries.length - missing.length
  const counts = { pages, links, anchors, queries: queries.length, found }
  stdout.write(`${JSON.stringify({ ...counts, faults })}\n`)
} else {
  for (const fault of faults) stdout.write(`${fault}\n`)
  stdout.write(
    `${pages} pages, ${links} links, ${anchors} anchors; the search found ` +
      `${queries.length - missing.length} of ${queries.length}; ` +
      `${faults.length} faults\n`,
  )
}
process.exitCode = faults.length === 0 ? 0 : 1

// The pages of docs/ as a site and on GitHub: the sidebar, links and anchors, what
// is generated, code blocks, alerts and the dashboard.
// In: docs/, deploy/, the schema of the config. Out: tap.
// `npm run trial:site` walks the built site in Chromium, `npm run trial:metrics` asks
// a real Prometheus.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { readLink } from '../../docs/.vitepress/links.ts'
import { findRoute, HOME, PAGES } from '../../docs/.vitepress/pages.ts'
import { splitSections } from '../../docs/.vitepress/search.ts'
import { CODES } from '../../src/diagnostics/codes.ts'
import { docsOf } from '../../src/diagnostics/render/findings.ts'
import {
  CONFIG_FILE,
  REFERENCE_FILE,
  SCHEMA_FILE,
  writeConfig,
} from '../harness/config-page.ts'
import { readConfigRows, type SchemaNode } from '../harness/config-rows.ts'
import { DASHBOARD_FILE, writeDashboard } from '../harness/dashboard.ts'
import { judgeExample } from '../harness/examples.ts'
import { makeFolder, root } from '../harness/gateway.ts'
import {
  ALERTS_FILE,
  FAMILIES,
  METRICS_FILE,
  readAlerts,
  writeMetrics,
} from '../harness/metrics-page.ts'
import { BLOCK_CHECKS } from '../harness/site/blocks.ts'
import { readExpressions } from '../harness/site/expressions.ts'
import { type MarkdownPage, readPage } from '../harness/site/markdown.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const schema = JSON.parse(read(SCHEMA_FILE))

/** README.md is no page of the site, but its links are as good. */
const MARKDOWN: ReadonlyMap<string, MarkdownPage> = new Map(
  ['README.md', ...PAGES.map(({ file }) => file)].map((file) => [
    file,
    readPage(read(file)),
  ]),
)

const blocks = (file: string, language: string) =>
  (MARKDOWN.get(file)?.blocks ?? []).flatMap((one) =>
    one.language === language ? [one.body] : [],
  )

t.test('each page of docs/ is in the sidebar and the overview', (t) => {
  const there = readdirSync(join(root, 'docs'), { recursive: true })
    .map((name) => `docs/${name}`)
    .filter((name) => name.endsWith('.md'))
  const listed = PAGES.map(({ file }) => file)
  t.same(
    listed.filter((name) => name.startsWith('docs/')).sort(),
    there.sort(),
    'each in one group of docs/.vitepress/pages.ts',
  )
  const routes = listed.map(findRoute)
  t.equal(new Set(routes).size, routes.length)
  const linked = (MARKDOWN.get(HOME)?.links ?? []).map(
    (href) => readLink(HOME, href)?.file,
  )
  for (const file of listed) {
    if (file !== HOME) t.ok(linked.includes(file), `${HOME} links to ${file}`)
  }
  const { files } = JSON.parse(read('package.json'))
  t.ok(files.includes('!docs/.vitepress'), 'its config is not packed')
  t.end()
})

/** What a link leads to that is not there. */
function findDead(from: string, href: string): string | undefined {
  const link = readLink(from, href)
  if (!link) return undefined
  if (!existsSync(join(root, link.file))) return `${from}: no ${link.file}`
  if (link.hash === '') return undefined
  const page = MARKDOWN.get(link.file)
  const anchor = decodeURIComponent(link.hash.slice(1))
  if (page?.anchors.has(anchor)) return undefined
  return `${from}: no ${link.file}${link.hash}`
}

t.test('each link leads to a page and an anchor that exist', (t) => {
  const dead = [...MARKDOWN].flatMap(([from, { links }]) =>
    links.flatMap((href) => findDead(from, href) ?? []),
  )
  t.same(dead, [])
  t.ok(findDead('docs/oauth.md', 'login.md#nowhere'), 'a dead anchor is found')
  t.ok(findDead('docs/oauth.md', 'nowhere.md'), 'and a dead page')
  for (const code of Object.keys(CODES)) {
    t.equal(findDead('README.md', docsOf(code)), undefined, code)
  }
  t.end()
})

t.test('the config reference has every key of the schema', (t) => {
  t.ok(
    read(CONFIG_FILE) === writeConfig(schema, read(REFERENCE_FILE)),
    `${CONFIG_FILE} is old: run \`npm run docs\``,
  )
  const { rows, seen } = readConfigRows(schema)
  const missing: string[] = []
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, one] of Object.entries(node)) {
      visit(one, `${path}/${key}`)
      if (!path.endsWith('/properties') || typeof one !== 'object') continue
      if (!seen.has(one as SchemaNode)) missing.push(`${path}/${key}`)
    }
  }
  visit(schema, '')
  t.same(missing, [])
  t.ok(rows.length > 150)
  const { anchors } = MARKDOWN.get(CONFIG_FILE) as MarkdownPage
  for (const { anchor } of rows) t.ok(anchors.has(anchor), anchor)
  const names = rows.map(({ anchor }) => anchor)
  t.equal(new Set(names).size, names.length, 'no anchor stands twice')
  const empty = rows.filter(
    ({ key, definitions }) =>
      !key.endsWith('.type') && definitions.some(({ text }) => text === ''),
  )
  t.same(empty, [], 'each key says what it does')
  t.end()
})

t.test('the search has a section for each heading and each row', (t) => {
  const html =
    '<h1 id="config" tabindex="-1">Config <a class="header-anchor" href="#config">​</a></h1><p>All &amp; more</p>' +
    '<h2 id="limits" tabindex="-1">limits <a class="header-anchor" href="#limits">​</a></h2><table><tbody>\n' +
    '<tr>\n<td><a id="limits-calls"></a><a href="#limits-calls"><code>limits.*.calls</code></a></td>\n<td>Calls.</td>\n</tr></tbody></table>'
  t.same(
    [...splitSections('', html)],
    [
      { anchor: 'config', titles: ['Config'], text: 'All & more' },
      { anchor: 'limits', titles: ['Config', 'limits'], text: '' },
      {
        anchor: 'limits-calls',
        titles: ['Config', 'limits', 'limits.*.calls'],
        text: 'Calls.',
      },
    ],
  )
  t.end()
})

t.test('metrics, alerts and the dashboard name each other', async (t) => {
  const text = read(ALERTS_FILE)
  t.ok(
    read(METRICS_FILE) === (await writeMetrics(text)),
    `${METRICS_FILE} is old: run \`npm run docs\``,
  )
  t.ok(
    read(DASHBOARD_FILE) === writeDashboard(),
    `${DASHBOARD_FILE} is old: run \`npm run docs\``,
  )
  const { anchors } = MARKDOWN.get(METRICS_FILE) as MarkdownPage
  for (const { name } of FAMILIES) t.ok(anchors.has(name), `${name} has a row`)
  const rules = readAlerts(text)
  const known = new Set([...FAMILIES.map(({ name }) => name), 'up'])
  for (const { source, expression } of readExpressions(rules, read)) {
    const names = expression.match(/\bportcullis_\w+/g) ?? []
    for (const name of names) {
      const family = name.replace(/_(?:bucket|sum|count)$/, '')
      t.ok(known.has(family) || anchors.has(family), `${source}: ${name}`)
    }
  }
  for (const { alert, annotations } of rules) {
    t.equal(findDead('README.md', annotations.runbook), undefined, alert)
  }
})

const noPromtool =
  spawnSync('promtool', ['--version']).error &&
  'there is no promtool: `apt-get install prometheus`; until then the alerts are not tested'

t.test('each alert fires', { skip: noPromtool || false }, (t) => {
  const cwd = join(root, 'deploy/prometheus')
  const run = (...args: string[]) =>
    spawnSync('promtool', args, { cwd, encoding: 'utf8' })
  const { status, stdout, stderr } = run('test', 'rules', 'alerts.test.yaml')
  t.equal(status, 0, stdout + stderr)
  const tested = parse(read('deploy/prometheus/alerts.test.yaml')).tests.map(
    ({ name }: { name: string }) => name,
  )
  const alerts = readAlerts(read(ALERTS_FILE)).map(({ alert }) => alert)
  t.same(tested, [...alerts, 'in good order'])
  t.end()
})

t.test('each code block is run or checked, or says why not', (t) => {
  const used = new Set<string>()
  for (const [file, page] of MARKDOWN) {
    // test/cli/readme.ts runs its commands.
    if (file === 'README.md') continue
    for (const { language } of page.blocks) {
      const { by, reason } = BLOCK_CHECKS[file]?.[language] ?? {}
      used.add(`${file} ${language}`)
      t.ok(by ?? reason, `${file}: a row of blocks.ts for ${language}`)
      if (!by) continue
      const test = read(`test/${by}`)
      const name = file.replace('docs/', '').replace('.md', '')
      t.match(test.toLowerCase(), name.toLowerCase(), `test/${by}: ${file}`)
    }
  }
  const rows = Object.entries(BLOCK_CHECKS).flatMap(([file, languages]) =>
    Object.keys(languages).map((language) => `${file} ${language}`),
  )
  t.same(
    rows.filter((row) => !used.has(row)),
    [],
    'each row has a block',
  )
  t.end()
})

t.test('blocks that no other test has', async (t) => {
  const ts = (body: string) =>
    judgeExample(t, body, { language: 'ts', locked: false })
  for (const body of blocks('docs/operations.md', 'ts')) {
    t.same(await ts(body), [], body)
  }
  // Members of examples/reference, which the tests compile as a whole.
  const example = read(REFERENCE_FILE).replaceAll(/^ {2}/gm, '')
  for (const body of blocks(CONFIG_FILE, 'ts')) t.ok(example.includes(body))
  for (const line of blocks('docs/operations.md', 'json')) {
    t.type(JSON.parse(line), 'object')
  }
  for (const file of ['docs/operations.md', METRICS_FILE]) {
    for (const body of blocks(file, 'yaml')) {
      t.match(parse(body), { scrape_configs: [{ job_name: String }] })
    }
  }
  for (const body of blocks('docs/operations.md', 'ini')) {
    const sections = body.match(/^\[\w+\]$/gm)
    t.same(sections, ['[Unit]', '[Service]', '[Install]'])
  }
})

const noCaddy = spawnSync('caddy', ['version']).error && 'there is no Caddy'

t.test('the Caddyfile of docs/deploy.md', { skip: noCaddy || false }, (t) => {
  const [body = ''] = blocks('docs/deploy.md', 'caddyfile')
  const cwd = makeFolder(t, { Caddyfile: `${body}\n` })
  const adapted = execFileSync('caddy', ['adapt'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.match(adapted, /"reverse_proxy"/)
  t.end()
})

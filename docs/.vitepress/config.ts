// The site: docs/ and three pages of the top level, as VitePress builds them.
// In: the markdown, as GitHub shows it. Out: dist/site.
// INVARIANT: a page loads nothing from another host; a dead link ends the build.

import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { defineConfig } from 'vitepress'
import { FILES, makeSlug, placeLink } from './links.ts'
import { findRoute, GROUPS, HOME, PAGES } from './pages.ts'
import { splitSections } from './search.ts'

const root = join(import.meta.dirname, '../..')

/** Pages that are not in docs/. */
const TOP = PAGES.map(({ file }) => file).filter((file) => !file.includes('/'))

/** Files that pages link to, and that are not pages. */
const others = new Set<string>()

export default defineConfig({
  title: 'Portcullis',
  description: 'An MCP gateway whose whole behaviour is one reviewed file.',
  lang: 'en',
  srcDir: root,
  srcExclude: [
    `!(docs|${TOP.join('|')})/**`,
    ...['README.md', 'docs/.vitepress/**'],
  ],
  rewrites: Object.fromEntries(
    PAGES.map(({ file }) => [
      file,
      file === HOME ? 'index.md' : `${findRoute(file)?.slice(1)}.md`,
    ]),
  ),
  outDir: join(root, 'dist/site'),
  cacheDir: join(root, 'dist/site-cache'),
  metaChunk: true,
  head: [
    ['meta', { name: 'color-scheme', content: 'light dark' }],
    // Without it a browser asks the host for a file that is not of the site.
    ['link', { rel: 'icon', href: 'data:,' }],
  ],
  markdown: {
    theme: {
      light: 'github-light-high-contrast',
      dark: 'github-dark-high-contrast',
    },
    languageAlias: { console: 'shellsession', caddyfile: 'nginx' },
    anchor: { slugify: makeSlug },
    toc: { slugify: makeSlug },
    headers: { slugify: makeSlug },
    config(md) {
      md.core.ruler.push('places', ({ tokens, env }) => {
        // The file itself, before `rewrites` gives it a route.
        const from = relative(root, env.realPath ?? env.path)
        for (const { children } of tokens) {
          for (const token of children ?? []) {
            const href = token.attrGet('href')
            if (token.type !== 'link_open' || href === null) continue
            token.attrSet('href', placeLink(from, href, others))
          }
        }
      })
    },
  },
  buildEnd({ outDir }) {
    for (const file of others) {
      const to = join(outDir, FILES, `${file}.txt`)
      mkdirSync(dirname(to), { recursive: true })
      cpSync(join(root, file), to)
    }
  },
  themeConfig: {
    nav: GROUPS.slice(0, 4).map(({ text, pages }) => ({
      text,
      link: findRoute(pages[0]?.file ?? HOME) ?? '/',
    })),
    sidebar: GROUPS.map(({ text, pages }) => ({
      text,
      items: pages.map((page) => ({
        text: page.text,
        link: findRoute(page.file) ?? '/',
      })),
    })),
    outline: { level: [2, 3] },
    externalLinkIcon: true,
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            prefix: true,
            fuzzy: 0.15,
            // What a heading or a key is called, before what is said below it.
            boost: { title: 12, titles: 0.2, text: 1 },
          },
          _splitIntoSections: splitSections,
        },
      },
    },
  },
})

// What a link of a page leads to: on GitHub and on the site alike.
// In: a file of the repository and a link in it. Out: the place on the site.
// INVARIANT: headings have the anchors that GitHub gives them.

import { posix } from 'node:path'
import { findRoute } from './pages.ts'

/** Where the site shows files of the repository that are not pages. */
export const FILES = '/files'

/** The anchor of a heading, as GitHub makes it; a repeated one gets `-1`. */
export function makeSlug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-')
}

export interface RepositoryLink {
  /** From the root of the repository; '' is the root itself. */
  readonly file: string
  /** With its `#`, or ''. */
  readonly hash: string
}

/** Undefined: a link to another site. */
export function readLink(
  from: string,
  href: string,
): RepositoryLink | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(href)) return undefined
  const [path = '', anchor] = href.split('#')
  const hash = anchor === undefined ? '' : `#${anchor}`
  if (path === '') return { file: from, hash }
  const file = posix.normalize(posix.join(posix.dirname(from), path))
  return { file: file.replace(/^\.\/?|\/$/g, ''), hash }
}

/** Files that are not pages are shown as plain text, and listed in `others`. */
export function placeLink(
  from: string,
  href: string,
  others: Set<string>,
): string {
  const link = readLink(from, href)
  if (!link || href.startsWith('#')) return href
  const route = findRoute(link.file)
  if (route) return `${route === '/' ? '/index' : route}.md${link.hash}`
  // A page that no group has: VitePress reports a dead link.
  if (/^docs\/.*\.md$/.test(link.file)) return `/${link.file}${link.hash}`
  others.add(link.file)
  return `${FILES}/${link.file}.txt`
}

// What a page of Markdown has: anchors, links, code blocks.
// In: its text. Out: the anchors that GitHub and the site give it, and the rest as
// written.
// INVARIANT: a heading has the anchor of docs/.vitepress/links.ts, as on the site.

import type { Nodes } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { makeSlug } from '../../../docs/.vitepress/links.ts'

export interface CodeBlock {
  readonly language: string
  readonly body: string
}

export interface MarkdownPage {
  readonly anchors: ReadonlySet<string>
  readonly links: readonly string[]
  readonly blocks: readonly CodeBlock[]
}

export function readPage(text: string): MarkdownPage {
  const anchors = new Set<string>()
  const links: string[] = []
  const blocks: CodeBlock[] = []
  const addHeading = (slug: string) => {
    let own = slug
    for (let at = 1; anchors.has(own); at++) own = `${slug}-${at}`
    anchors.add(own)
  }
  const visit = (node: Nodes): void => {
    if (node.type === 'heading') addHeading(makeSlug(readText(node)))
    if (node.type === 'link') links.push(node.url)
    if (node.type === 'definition') links.push(node.url)
    if (node.type === 'html') {
      const id = /^<a id="([^"]+)">/.exec(node.value)?.[1]
      if (id !== undefined) anchors.add(id)
    }
    if (node.type === 'code') {
      blocks.push({ language: node.lang ?? 'text', body: node.value })
    }
    if ('children' in node) for (const one of node.children) visit(one)
  }
  visit(
    fromMarkdown(text, {
      extensions: [gfm()],
      mdastExtensions: [gfmFromMarkdown()],
    }),
  )
  return { anchors, links, blocks }
}

function readText(node: Nodes): string {
  if ('value' in node) return node.type === 'html' ? '' : node.value
  return 'children' in node ? node.children.map(readText).join('') : ''
}

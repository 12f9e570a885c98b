// What a reader of a report sees of its structure: blocks, lines, rows, members.
// In: a report in one form. Out: its structure, in which texts have no part;
// throws on what no text may bring about.

import assert from 'node:assert/strict'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'

export type Form = 'human' | 'markdown' | 'github' | 'json' | 'csv'

interface MarkdownNode {
  readonly type: string
  readonly value?: string
  readonly children?: readonly MarkdownNode[]
}

/** Controls, directions, signs without a glyph. */
const UNSEEN =
  /(?![\n\r])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** What GitHub makes of a text beyond the standard: mentions, references,
 * commits, addresses, emoji, formulas. */
const REFERS =
  /@\w|#\d|\bgh-\d|\b[a-z]+-\d+\b|\b[\da-f]{7,40}\b|:\w+:|www\.|:\/\/|\$|[[\]<>*~\\`]/i

const GFM = {
  extensions: [gfm()],
  mdastExtensions: [gfmFromMarkdown()],
}

export function structureOf(form: Form, text: string): unknown {
  assert.doesNotMatch(text, UNSEEN)
  assert.ok(!text.includes('##['), 'a command of a CI runner')
  return READERS[form](text)
}

const READERS: Readonly<Record<Form, (text: string) => unknown>> = {
  human: (text) => {
    assert.doesNotMatch(text, /^\s*::/m)
    return text.split('\n').length
  },
  markdown: (text) => {
    assert.doesNotMatch(text, /^\s*::/m)
    const tree = fromMarkdown(text, GFM) as MarkdownNode
    return [text.split('\n').length, shapeOf(tree)]
  },
  github: (text) =>
    text.split('\n').map((line) => {
      const [, command, properties] = /^::(\w+)( [^:]*)?::/.exec(line) ?? []
      assert.ok(command !== undefined || !/^\s*::/.test(line), line)
      return [command, properties?.split(',').map((one) => one.split('=')[0])]
    }),
  json: (text) => {
    assert.doesNotMatch(text, /^\s*::/m)
    return text === '' ? [] : membersOf(JSON.parse(text))
  },
  csv: (text) => {
    assert.doesNotMatch(text, /^\s*::/m)
    return text.split('\n').map((line) => {
      const cells = line.match(/(?:"(?:[^"]|"")*"|[^",]*)(?:,|\r?$)/g) ?? []
      for (const cell of cells) {
        const [first = ''] = cell.replace(/^"/, '').trimStart()
        assert.ok(!'=+@\t'.includes(first) || first === '', cell)
        assert.doesNotMatch(cell, /^"?\s*-\D|;\s*[=+@-]/, cell)
      }
      return cells.length
    })
  },
}

/** Words and code have no part. */
function shapeOf({ type, value = '', children }: MarkdownNode): unknown {
  if (type === 'text') assert.doesNotMatch(value, REFERS)
  if (type === 'text' || type === 'inlineCode') return 'words'
  if (type === 'html') return value
  const shapes = (children ?? []).map(shapeOf)
  return [type, shapes.filter((one) => one !== 'words')]
}

function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(membersOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.values(value).map(membersOf)
}

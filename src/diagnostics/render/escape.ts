// Markdown in which texts of others stay plain text.
// In: our template literals, with texts of others in holes. Out: Markdown.
// INVARIANT: no block, cell, tag, link, mention or reference can come from a
// hole, at any position; a plain string is not Markdown.

import { clean } from '../clean.ts'
import { Shown } from '../shown.ts'

export class Markdown extends Shown {
  readonly form = 'markdown'
}

type Hole = string | number | Markdown

/** Literals stay as they are; holes are escaped unless they are Markdown. */
export function md(literals: TemplateStringsArray, ...holes: Hole[]): Markdown {
  let written = literals[0] ?? ''
  for (const [index, hole] of holes.entries()) {
    written += clearHole(hole) + (literals[index + 1] ?? '')
  }
  return new Markdown(written)
}

export function joinMarkdown(parts: readonly Hole[], between = ''): Markdown {
  return new Markdown(parts.map(clearHole).join(between))
}

function clearHole(hole: Hole): string {
  return typeof hole === 'object' ? hole.toString() : writeText(String(hole))
}

/** One cell or item, cut so that others have room too. */
const MAX = 300

/** Words without meaning to any renderer: letters, and signs between them. A
 * number with a dot would begin a list; a dot, a hyphen with a number, or hex
 * digits alone could become a link. */
const PLAIN =
  /^(?:[…→·–;,?]|[(“"'‘]*[\p{L}\p{N}\p{M}'’]+(?:[-,=–…/][\p{L}\p{M}'’]+)*[)”"'’,;.!?…]*:?)$/u
const LINKED =
  /(?:^|[^\p{L}\p{N}])(?:[\da-f]{7,40}|www)(?:$|[^\p{L}\p{N}])|^\d+[.)]\W*$/iu

/** A text in backticks: the first begins a word, the last ends one, so that a
 * value may contain others. */
const QUOTED = /(?<![^\s(“"'‘])`(\S|\S.*?\S)`(?=[\s)”"'’.,;:!?…]|$)/g

function writeText(text: string): string {
  const read = cut(clean(text).trim().replaceAll(/ {2,}/g, ' '))
  let written = ''
  let at = 0
  for (const { index, 0: whole, 1: quoted = '' } of read.matchAll(QUOTED)) {
    written += writeWords(read.slice(at, index)) + asCode(quoted)
    at = index + whole.length
  }
  written += writeWords(read.slice(at))
  // A run of backticks would be a fence of its own length.
  return written.replaceAll('``', '` `')
}

function writeWords(text: string): string {
  return text
    .split(' ')
    .map((word) =>
      word === '' || (PLAIN.test(word) && !LINKED.test(word))
        ? word
        : asCode(word),
    )
    .join(' ')
}

/** Text of others as code. */
export function code(text: string): Markdown {
  return new Markdown(asCode(cut(clean(text))))
}

/** A pipe would end a table's cell even in code. */
function asCode(text: string): string {
  return text
    .replaceAll('`', "'")
    .split('|')
    .map((part) => (part.trim() === '' ? part.trim() : `\`${part}\``))
    .join('&#124;')
}

function cut(text: string): string {
  return text.length > MAX ? `${text.slice(0, MAX - 1)}…` : text
}

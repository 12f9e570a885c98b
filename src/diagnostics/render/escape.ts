// Text that Markdown takes for text.
// In: what a config or a person wrote. Out: Markdown.
// INVARIANT: no cell, tag, link, mention or reference can come of it.

const PLAIN = /^[\p{L}\p{N}'’"“”,;.!?()…–·→=-]*:?$/u
const LINKED = /www\.|\bgh-\d/i

/** Words of letters stay; what could mean anything to a renderer becomes code,
 * as what stands in backticks is already. */
export function writeText(text: string): string {
  return text
    .split('`')
    .map((part, index) =>
      index % 2 === 1 ? writeCode(part) : writeWords(part),
    )
    .join('')
}

function writeWords(text: string): string {
  return text
    .split(' ')
    .map((word) =>
      PLAIN.test(word) && !LINKED.test(word) ? word : writeCode(word),
    )
    .join(' ')
}

/** A pipe would end a table's cell even here, whatever stands before it. */
export function writeCode(text: string): string {
  return text
    .replaceAll('`', "'")
    .split('|')
    .map((part) => (part === '' ? '' : `\`${part}\``))
    .join('&#124;')
}

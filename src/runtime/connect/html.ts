// The one way to write HTML.
// In: template literals of ours, with texts of others in their holes. Out: Html.
// INVARIANT: a hole is escaped unless it is Html; it fits in an element and in a
// quoted attribute.

export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

export type Hole = string | number | Html | readonly Html[] | undefined

export function html(
  literals: TemplateStringsArray,
  ...holes: readonly Hole[]
): Html {
  let text = literals[0] ?? ''
  for (const [at, hole] of holes.entries()) {
    text += fill(hole) + (literals[at + 1] ?? '')
  }
  return new Html(text)
}

function fill(hole: Hole): string {
  if (hole === undefined) return ''
  if (hole instanceof Html) return hole.toString()
  if (typeof hole === 'object') return hole.map(String).join('')
  return escapeHtml(String(hole))
}

function escapeHtml(text: string): string {
  return text.replace(UNSAFE, (sign) => `&#${sign.codePointAt(0)};`)
}

/** Signs of HTML, and those that would reorder or hide the text around them. */
const UNSAFE = /[&<>"'`]|(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu

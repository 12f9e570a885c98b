// How much stack and memory a parser could need for a text.
// In: code or JSON. Out: its number of tokens, and whether it is too deep.
// INVARIANT: counts at least what a parser nests, and does not parse: an error
// can only be a `yes` too many. The time is linear in the text.

/** Parsers take at least a kilobyte of stack for each level. */
const MAX = 200_000

/** For a config and all its imports: a bundler takes half a kilobyte of memory
 * for each token. */
export const MAX_TOKENS = 500_000

/** Comments and texts, closed or not; the possible begin of another comment;
 * brackets; the end of a member or a statement; any other word or sign. */
const TOKEN =
  /\/\/.*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\\n]|\\(?:\r\n|[\s\S]))*'?|"(?:[^"\\\n]|\\(?:\r\n|[\s\S]))*"?|<!--|-->|#!|\n[^\S\n]*(?:const|let|export)\b|[\w$]+|[^\s\w$]/g

/** Where a quote may be part of a regular expression or of a template. */
const UNSURE_TOKEN = /\n[^\S\n]*(?:const|let|export)\b|[\w$]+|[^\s\w$]/g

/** Counts up to one more than `most`. */
export function judgeTokens(
  text: string,
  most: number,
): { readonly count: number; readonly isDeep: boolean } {
  const depth = new Count()
  let pattern = new RegExp(TOKEN)
  let count = 0
  for (let at = 0; count <= most; count++) {
    pattern.lastIndex = at
    const [token] = pattern.exec(text) ?? []
    if (token === undefined) break
    at = pattern.lastIndex
    depth.take(token)
    if (depth.depth > MAX) return { count, isDeep: true }
    if (depth.isUnsure && pattern.source === TOKEN.source) {
      pattern = new RegExp(UNSURE_TOKEN)
    }
  }
  return { count, isDeep: false }
}

/** `run`: tokens since the last end in one bracket; `ended`: those before it. */
interface Level {
  run: number
  ended: number
}

const UNSURE: ReadonlySet<string> = new Set(['`', '/', '<!--', '-->', '#!'])

class Count {
  depth = 0
  readonly #open: Level[] = []
  #top: Level = { run: 0, ended: 0 }
  /** After what may be a regular expression or a template: from here on a comma
   * may be part of a text. */
  isUnsure = false

  take(token: string): void {
    const [sign = ''] = token
    if (UNSURE.has(token)) this.isUnsure = true
    if ('([{'.includes(sign)) {
      this.#open.push(this.#top)
      this.#top = { run: 0, ended: 0 }
      this.depth++
    } else if (')]}'.includes(sign)) {
      this.depth -= this.#top.run + 1
      this.#top = this.#open.pop() ?? { run: 0, ended: 0 }
      this.#nest(1)
    } else if (',;\n'.includes(sign)) {
      this.#end(token)
    } else {
      this.#nest(1)
      // `if (a); else if (b); else …` nests although it has semicolons.
      if (token === 'else') this.#nest(this.#top.ended)
      this.#top.ended = 0
    }
  }

  #nest(by: number): void {
    this.#top.run += by
    this.depth += by
  }

  #end(token: string): void {
    if (this.isUnsure) return this.#nest(1)
    this.depth -= this.#top.run
    this.#top.ended = token === ';' ? this.#top.run : 0
    this.#top.run = 0
  }
}

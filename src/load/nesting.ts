// Whether a text could be nested deeper than the stacks of its readers.
// In: code or JSON. Out: yes or no.
// INVARIANT: counts at least what a parser nests, and never parses itself: it
// is fooled towards `yes` alone.

/** Parsers take a kilobyte of stack and more for each. */
const MOST = 200_000

/** Comments and texts; brackets; what ends a member or a statement; any other
 * word or sign. */
const TOKEN =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\n\s*(?:const|let|export)\b|[\w$]+|[^\s\w$]/g

export function isTooDeep(text: string): boolean {
  // Each token is a character at least.
  if (text.length <= MOST) return false
  const count = new Count()
  for (const [token] of text.matchAll(TOKEN)) {
    count.take(token)
    if (count.depth > MOST) return true
  }
  return false
}

/** `run`: tokens since the last end in one bracket; `ended`: those before it. */
interface Level {
  run: number
  ended: number
}

class Count {
  depth = 0
  readonly #open: Level[] = []
  #top: Level = { run: 0, ended: 0 }
  /** Seen what may be a regular expression or a template: a comma may from here
   * on be part of a text. */
  #unsure = false

  take(token: string): void {
    const [sign = ''] = token
    if (token === '`' || token === '/') this.#unsure = true
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
      // `if (a); else if (b); else …` nests through its semicolons.
      if (token === 'else') this.#nest(this.#top.ended)
      this.#top.ended = 0
    }
  }

  #nest(by: number): void {
    this.#top.run += by
    this.depth += by
  }

  #end(token: string): void {
    if (this.#unsure) return this.#nest(1)
    this.depth -= this.#top.run
    this.#top.ended = token === ';' ? this.#top.run : 0
    this.#top.run = 0
  }
}

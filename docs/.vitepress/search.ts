// What the search of the site finds: a section for each heading, and for each
// row of a table that has an anchor (a config key, a metric).
// In: the HTML of a page. Out: sections.
// INVARIANT: each section leads to an anchor of its page.

export interface Section {
  readonly anchor: string
  /** The headings above, then its own. */
  readonly titles: readonly string[]
  readonly text: string
}

/** Headings as VitePress writes them, and rows that begin with an anchor. */
const START =
  /<h([1-6])[^>]*? id="([^"]*)"[^>]*>(.*?)<a class="header-anchor"[^>]*>.*?<\/h\1>|<tr>\s*<td[^>]*><a id="([^"]*)"><\/a>(.*?)<\/td>/gs

export function* splitSections(
  _file: string,
  html: string,
): Generator<Section> {
  const starts = [...html.matchAll(START)]
  const above: string[] = []
  for (const [at, start] of starts.entries()) {
    const [whole, level, heading = '', title, row = '', cell] = start
    const from = start.index + whole.length
    const text = readText(html.slice(from, starts[at + 1]?.index))
    const own = readText(title ?? cell ?? '')
    if (level === undefined) {
      yield { anchor: row, titles: [...above, own], text }
      continue
    }
    above.splice(Number(level) - 1, Number.POSITIVE_INFINITY, own)
    const titles = above.filter((one) => one !== undefined)
    yield { anchor: heading, titles, text }
  }
}

function readText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

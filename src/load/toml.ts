// TOML as plain data, for the config and for the tokens file.
// In: a text without a BOM. Out: the value and its tree, or the faults.
// INVARIANT: dates and times become their text, in ISO 8601; iarna checks the
// rest.

import type { Code } from '../diagnostics/codes.ts'
import {
  findInherited,
  readTomlPlaces,
  type TomlPlaces,
} from '../diagnostics/locate-toml.ts'
import type { Span } from '../diagnostics/written.ts'
import {
  type Fault,
  faultDeep,
  faultMany,
  faultTwice,
  type Parsed,
} from './parsed.ts'
import { MAX_VALUES } from './size.ts'

/** `code`: the code of a syntax error. */
export async function parseToml(text: string, code: Code): Promise<Parsed> {
  const many = findMany(text)
  if (many) return { faults: [many] }
  const inherited = findInherited(text)
  if (inherited) return { faults: [faultInherited(code, inherited)] }
  const { default: toml } = await import('@iarna/toml')
  if (text.split('\n').every((line) => PLAIN.test(line))) {
    const value = tryParse(toml.parse, text)
    const readTree = () => readTomlPlaces(text).tree
    // The tree is read only if a place is needed.
    if (value)
      return {
        value,
        faults: [],
        get tree() {
          return readTree()
        },
      }
  }
  const places = readTomlPlaces(text)
  const [deep] = places.deep
  if (deep) return { faults: [faultDeep(deep)] }
  try {
    // iarna fails on the CRLF of a Windows checkout after a comment.
    const plain = quoteDates(text, places.dates).replaceAll('\r\n', '\n')
    return { value: toPlain(toml.parse(plain)), tree: places.tree, faults: [] }
  } catch (error) {
    const { line, col, message } = error as TomlError
    // An error without a line is our bug, not a fault of the text.
    if (line === undefined) throw error
    if (/redefine existing/.test(message) && places.twice.length > 0) {
      const { twice } = places
      return {
        faults: twice.map((one) => faultTwice(one.key, one.first, one.again)),
      }
    }
    const span = spanAt(text, places, line, col ?? 0)
    return { faults: [{ code, span, ...describeError(message) }] }
  }
}

/** Place where the text becomes too large for the parser: each value follows
 * one of these signs, which may also be part of texts. */
function findMany(text: string): Fault | undefined {
  let count = 0
  for (const { index } of text.matchAll(/[=,[{]/g)) {
    if (++count > 2 * MAX_VALUES) {
      return faultMany({ start: index, end: index + 1 })
    }
  }
  return undefined
}

/** iarna treats inherited members such as `constructor` as tables. */
function faultInherited(
  code: Code,
  { name, start, end }: Span & { readonly name: string },
): Fault {
  const message = `a table cannot have the name \`${name}\` in TOML`
  const help = 'give it another name, or write the config in another form'
  return { code, span: { start, end }, message, help }
}

/** A line as `gateway token issue` writes it: no date without quotes, and no
 * nesting that another line closes. */
const PLAIN =
  /^(?:#.*|\[[\w.-]+\]|[\w-]+ = (?:"[^"\\]*"|\["[^\]\\]*"\]|\{ [\w-]+ = \["[^\]\\]*"\] \}))?$/

function tryParse(parse: (text: string) => object, text: string) {
  try {
    return parse(text)
  } catch {
    // The callers, which have the place, report this with details.
    return undefined
  }
}

interface TomlError extends Error {
  /** Both from 0, and often one position after the fault. */
  readonly line?: number
  readonly col?: number
}

/** iarna changes 30 February to a day in March, fails on a 13th month, and
 * reads fewer forms than TOML has: dates stay texts, and link checks them. */
function quoteDates(text: string, dates: readonly Span[]): string {
  const parts: string[] = []
  let from = 0
  for (const { start, end } of dates) {
    const iso = text.slice(start, end).replace(' ', 'T').toUpperCase()
    parts.push(text.slice(from, start), `"${iso}"`)
    from = end
  }
  return parts.join('') + text.slice(from)
}

/** The rest of the statement's line after the position where iarna stopped. */
function spanAt(
  text: string,
  { dates }: TomlPlaces,
  line: number,
  col: number,
): Span {
  const start = text.split('\n', line).join('\n').length + (line > 0 ? 1 : 0)
  const length = /[^\r\n]*/.exec(text.slice(start))?.[0].length ?? 0
  // The quotes that we added around dates on this line are removed again.
  const quotes = dates.filter(
    (one) => one.end >= start && one.end <= start + col,
  )
  const at = start + Math.min(Math.max(0, col - 2 * quotes.length), length)
  return { start: at, end: at }
}

function describeError(message: string): Pick<Fault, 'message' | 'help'> {
  const [first = ''] = message.split(/ at row |\n/)
  const said = TEXTS.find(([pattern]) => pattern.test(first))
  if (said) return { message: said[1], help: said[2] }
  const spelled = first
    .replace(/:? "?(\d+)"?$/, (_, code) => {
      return ` \`${String.fromCodePoint(Number(code))}\``
    })
    .replaceAll(/"([^"]*)"/g, '`$1`')
  return { message: spelled.charAt(0).toLowerCase() + spelled.slice(1) }
}

const VALUE = 'write a value; a text needs quotes: `key = "text"`'

const TEXTS: readonly (readonly [RegExp, string, string])[] = [
  [/^Key (?:ended )?without value/, 'the key has no value', VALUE],
  [
    /expecting string, number|expected "(?:nan|inf)"|Expected digit|^Unexpected character, expected "(?:true|false)/,
    'this is not a TOML value',
    VALUE,
  ],
  [
    /^Unterminated inline array/,
    'an inline table is not closed on its line',
    'close it with `}`, or write its members under a `[table]` of their own',
  ],
  [
    /^Unterminated string/,
    'the text is not closed on its line',
    'add the closing quote',
  ],
  [
    /^Invalid character, expected whitespace, comma/,
    'a comma or a `]` is missing here',
    'write `,` between two elements and `]` after the last',
  ],
  [
    /expected only whitespace or comments till end of line/,
    'something follows the end of the value',
    'write one `key = value` on each line, and each text in one pair of quotes',
  ],
  [/expected whitespace, \. or \]$/, 'a `]` is missing here', 'add it'],
  [/^Invalid character, expected "="/, 'a `=` is missing here', 'add it'],
]

/** A copy without iarna's own classes. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString()
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, toPlain(member)]),
  )
}

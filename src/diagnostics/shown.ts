// The only ways to make text that a verb may print or write as a report.
// In: template literals of ours, with texts of others in their holes. Out: Plain.
// INVARIANT: a hole is one line: what is in it neither adds a line nor begins
// a workflow command; a plain string cannot be printed, so nobody forgets.

import { clean } from './clean.ts'
import { WHOLE, wrapText } from './layout.ts'

/** What the reader of a stream can see; `columns` of a terminal only. */
export interface Look {
  readonly columns?: number
  readonly colours: boolean
  readonly links: boolean
}

/** Of files, pipes and tests. */
const BARE: Look = Object.freeze({ colours: false, links: false })

/** What a stream or a report takes. Made by the functions of this folder. */
export class Shown {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Other forms than text look the same everywhere. */
  format(_look: Look): string {
    return this.#text
  }

  toString(): string {
    return this.format(BARE)
  }
}

/** What a word says, beside its letters: colour alone says nothing. */
export type Tone = keyof typeof TONES

const TONES = Object.freeze({
  bold: 1,
  faint: 2,
  bad: 31,
  good: 32,
  warn: 33,
  note: 36,
})

interface Span {
  readonly tone?: Tone
  readonly url?: string
  readonly inner: Plain
}

/** Laid out when the width is known; undefined: as wide as it likes. */
type Fitted = (columns: number | undefined) => Plain

type Part = string | Span | Fitted

/** Lines for a terminal or a log. */
export class Plain extends Shown {
  readonly form = 'text'
  readonly parts: readonly Part[]
  readonly #kind: 'mixed' | 'copied' | 'ours'

  constructor(
    parts: readonly Part[],
    kind: 'mixed' | 'copied' | 'ours' = 'mixed',
  ) {
    super('')
    this.parts = parts
    this.#kind = kind
  }

  /** Of a text that has one tone throughout. */
  get tone(): Tone | undefined {
    const [only, ...others] = this.parts.filter((part) => part !== '')
    return others.length === 0 && typeof only === 'object'
      ? only.tone
      : undefined
  }

  override format(look: Look): string {
    const { columns } = look
    const written = writeParts(this.parts, look)
    const isFree = columns === undefined || this.#kind === 'copied'
    const fits = isFree ? unmark(written) : wrapText(written, columns)
    if (this.#kind !== 'mixed') return fits
    return look.colours ? paintLabels(disarm(fits)) : disarm(fits)
  }
}

export type Hole = string | number | Plain

/** Literals stay as they are; holes are cleaned unless they are Plain. */
export function plain(literals: TemplateStringsArray, ...holes: Hole[]): Plain {
  const parts: Part[] = [literals[0] ?? '']
  for (const [index, hole] of holes.entries()) {
    parts.push(...readHole(hole), literals[index + 1] ?? '')
  }
  return new Plain(join(parts))
}

/** Parts one after another; those that are strings are one line each. */
export function joinPlain(parts: readonly Hole[], between = ''): Plain {
  return new Plain(
    join(
      parts.flatMap((part, index) =>
        index === 0 ? readHole(part) : [between, ...readHole(part)],
      ),
    ),
  )
}

/** A line each. */
export function plainLines(parts: readonly Hole[]): Plain {
  return joinPlain(parts.flatMap((part) => [part, LINE]))
}

/** What is ours to the last sign, a secret on its way to its holder too: a
 * snippet, a link. No line of it is broken. A test says who may use it. */
export function verbatim(text: string): Plain {
  return new Plain([text.replaceAll(/^(?=.)/gm, WHOLE)], 'copied')
}

/** Texts of ours to read, to the last sign. A test says who may use it. */
export function ours(text: string): Plain {
  return new Plain([text], 'ours')
}

/** Lines that a reader copies: they are not broken. */
export function whole(part: Hole): Plain {
  const marked = readHole(part).map((one) =>
    typeof one === 'string' ? one.replaceAll(/\n(?!$)/g, `\n${WHOLE}`) : one,
  )
  return new Plain(join([WHOLE, ...marked]))
}

/** In colour, where the reader sees colours. */
export function paint(tone: Tone, part: Hole): Plain {
  return new Plain([{ tone, inner: plain`${part}` }])
}

/** Leads to an address, where the terminal follows links. */
export function link(url: string | undefined, part: Hole): Plain {
  const inner = plain`${part}`
  return url === undefined ? inner : new Plain([{ url, inner }])
}

/** Laid out for the width of the reader. */
export function fitted(fit: Fitted): Plain {
  return new Plain([fit])
}

/** JSON of the same meaning in ASCII where a sign is unseen. */
export function json(value: unknown, indent?: number): Shown {
  return new Shown(`${formatJson(value, indent)}\n`)
}

const UNSEEN =
  /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu

export function formatJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)
    .replaceAll(UNSEEN, (sign) => sign.split('').map(formatUnit).join(''))
    .replaceAll('##[', '##\\u005b')
}

function formatUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const LINE = new Plain(['\n'])

function readHole(hole: Hole): readonly Part[] {
  return typeof hole === 'object' ? hole.parts : [clean(String(hole))]
}

/** Most texts are one string in the end. */
function join(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (typeof part === 'string' && typeof last === 'string') {
      joined[joined.length - 1] = last + part
    } else joined.push(part)
  }
  return joined
}

function writeParts(parts: readonly Part[], look: Look): string {
  return parts.map((part) => writePart(part, look)).join('')
}

function writePart(part: Part, look: Look): string {
  if (typeof part === 'string') return part
  if (typeof part === 'function') {
    return writeParts(part(look.columns).parts, look)
  }
  const { tone, url, inner } = part
  const text = writeParts(inner.parts, look)
  if (text === '') return text
  if (url !== undefined) {
    return look.links ? `\x1b]8;;${url}\x1b\\${text}\x1b]8;;\x1b\\` : text
  }
  return tone && look.colours ? `\x1b[${TONES[tone]}m${text}\x1b[0m` : text
}

/** Words that begin a line and say what it is, in every verb. */
const LABELS: Readonly<Record<string, Tone>> = Object.freeze({
  error: 'bad',
  refused: 'bad',
  denied: 'bad',
  withheld: 'bad',
  constrained: 'bad',
  unknown: 'bad',
  allowed: 'good',
  warning: 'warn',
  help: 'bold',
  note: 'bold',
})

const LABEL = new RegExp(`^( *)(${Object.keys(LABELS).join('|')}):`, 'gm')

function paintLabels(written: string): string {
  return written.replaceAll(LABEL, (_all, indent: string, word: string) => {
    const tone = TONES[LABELS[word] ?? 'bold']
    return `${indent}\x1b[${tone}m${word}:\x1b[0m`
  })
}

function unmark(written: string): string {
  return written.replaceAll(WHOLE, '')
}

/** Two holes side by side could spell what neither does. */
function disarm(written: string): string {
  if (!written.includes('::') && !written.includes('##[')) return written
  return written
    .replaceAll('##[', '#\ufffd[')
    .replaceAll(/^([^\S\r\n\u2028\u2029]*):(?=:)/gm, '$1\ufffd')
}

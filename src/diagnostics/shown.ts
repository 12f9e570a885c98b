// The only ways to make text that a verb may print or write as a report.
// In: template literals of ours, with texts of others in their holes. Out: Plain.
// INVARIANT: a hole is one line: what is in it neither adds a line nor begins
// a workflow command; a plain string cannot be printed, so nobody forgets.

import { clean } from './clean.ts'

/** What a stream or a report takes. Made by the functions of this folder. */
export class Shown {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** Lines for a terminal or a log. */
export class Plain extends Shown {
  readonly form = 'text'
}

export type Hole = string | number | Plain

/** Literals stay as they are; holes are cleaned unless they are Plain. */
export function plain(literals: TemplateStringsArray, ...holes: Hole[]): Plain {
  let written = literals[0] ?? ''
  for (const [index, hole] of holes.entries()) {
    written += clearHole(hole) + (literals[index + 1] ?? '')
  }
  return new Plain(disarm(written))
}

/** Parts one after another; those that are strings are one line each. */
export function joinPlain(parts: readonly Hole[], between = ''): Plain {
  return new Plain(disarm(parts.map(clearHole).join(between)))
}

/** A line each. */
export function plainLines(parts: readonly Hole[]): Plain {
  return joinPlain(parts.map((part) => plain`${part}\n`))
}

/** What is ours to the last sign, a secret on its way to its holder too: help
 * texts, a snippet. A test says who may use it. */
export function verbatim(text: string): Plain {
  return new Plain(text)
}

/** Coloured for a terminal: `style` is a number of ours. */
export function paint(style: number, part: Hole): Plain {
  return new Plain(`\x1b[${style}m${clearHole(part)}\x1b[0m`)
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

function clearHole(hole: Hole): string {
  return typeof hole === 'object' ? hole.toString() : clean(String(hole))
}

/** Two holes side by side could spell what neither does. */
function disarm(written: string): string {
  if (!written.includes('::') && !written.includes('##[')) return written
  return written
    .replaceAll('##[', '#\ufffd[')
    .replaceAll(/^([^\S\r\n\u2028\u2029]*):(?=:)/gm, '$1\ufffd')
}

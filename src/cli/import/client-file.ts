// One file of a client as plain data, in whatever language it is written.
// In: its bytes and its name. Out: the value and its lines, or why not.
// INVARIANT: the language follows from the content; no text of the file is in
// a fault, because any text may be a secret; size and depth are bounded.

import type { Position } from '../../contract/diagnostic.ts'
import { splitPointer } from '../../diagnostics/pointer.ts'
import {
  openRanges,
  openWritten,
  type Span,
} from '../../diagnostics/written.ts'
import { parseJson } from '../../load/json.ts'
import { CONFLICT, type Fault, type Parsed } from '../../load/parsed.ts'
import { parseToml } from '../../load/toml.ts'
import { parseYaml } from '../../load/yaml.ts'
import { relaxJson } from './relaxed.ts'

export interface ClientFile {
  /** As the user named it. */
  readonly name: string
  readonly value: unknown
  /** Line of the nearest part that has one. */
  readonly lineOf: (pointer: string) => number
  /** Keys that are written twice: the last one counts, as in the client. */
  readonly twice: readonly { readonly key: string; readonly line: number }[]
}

export interface Unread {
  readonly name: string
  readonly line?: number
  readonly column?: number
  readonly message: string
  readonly help?: string
}

export async function readClientFile(
  name: string,
  bytes: Buffer,
): Promise<ClientFile | Unread> {
  const odd = findEncoding(bytes)
  if (odd) return { name, message: odd, help: 'save it as UTF-8' }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  if (text.trim() === '') return { name, message: 'the file is empty' }
  const { value, tree, faults } = await parse(text)
  const ranges = openRanges(text, name)
  const startOf = (span: Span) => ranges(span).start
  const [fault] = faults.filter(({ code }) => code !== 'GW1018')
  if (fault) return { name, ...describe(fault, text, startOf(fault.span)) }
  if (typeof value !== 'object' || value === null) {
    const message = 'the file is neither JSON, TOML nor YAML with servers in it'
    return { name, message }
  }
  const twice = faults.map(({ message, span }) => ({
    key: /`(.*)`/.exec(message)?.[1] ?? '',
    line: startOf(span).line,
  }))
  const find = tree && openWritten(tree, text, name)
  const lineOf = (pointer: string) =>
    find ? find(splitPointer(pointer)).range.start.line : 1
  return { name, value, lineOf, twice }
}

function findEncoding(bytes: Buffer): string | undefined {
  const mark = bytes.subarray(0, 2).toString('hex')
  if (['fffe', 'feff'].includes(mark)) return 'the file is written in UTF-16'
  return bytes.includes(0) ? 'the file contains a NUL byte' : undefined
}

async function parse(text: string): Promise<Parsed> {
  const [first = ''] = /^[^\s#].*$/m.exec(text) ?? []
  if (/^(?:\{|\/[/*])/.test(text.trimStart())) return parseJson(relaxJson(text))
  if (/^\[\[?\s*[A-Za-z_]/.test(first)) return parseToml(text, 'GW1004')
  if (/^["'\w.-]+\s*=/.test(first)) return parseToml(text, 'GW1004')
  return /^\[/.test(first) ? parseJson(relaxJson(text)) : parseYaml(text)
}

function describe(
  { message, help }: Fault,
  text: string,
  place: Position,
): Omit<Unread, 'name'> {
  if (/^<{7} /m.test(text)) return { ...place, ...CONFLICT }
  // What is in backticks may be of the file; two signs are of the language.
  const said = message
    .replace(/`[^`]{3,}`/g, 'this')
    .replace(/\b(?:the|a) config\b/, 'the file')
  const safe = help !== undefined && !/`[^`]{3,}`|"[^"]{2,}"|config/.test(help)
  return { ...place, message: said, ...(safe && { help }) }
}

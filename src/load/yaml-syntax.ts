// The syntax of YAML: one document and its faults.
// In: a text. Out: the document, if there is one, and faults in our words.
// INVARIANT: nothing beyond our nesting limit is composed: the parser is
// recursive there, and a stack overflow can end the process.

import {
  Composer,
  CST,
  type Document,
  Lexer,
  Parser,
  type YAMLError,
} from 'yaml'
import { quote } from '../diagnostics/credential.ts'
import { MAX_DEPTH } from '../diagnostics/written.ts'
import { type Fault, faultDeep, faultMany } from './parsed.ts'

export interface Composed {
  readonly document?: Document.Parsed
  readonly faults: readonly Fault[]
}

interface Placed {
  readonly token: CST.Token
  readonly depth: number
}

type Source = Extract<CST.Token, { readonly source: string }>

const OPTIONS = Object.freeze({
  version: '1.2',
  schema: 'core',
  // Our own walk finds these, because it has both places.
  uniqueKeys: false,
  merge: false,
  prettyErrors: false,
  logLevel: 'silent',
})

/** The parser takes at least half a kilobyte of memory for each. */
const MAX_TOKENS = 500_000

export function composeYaml(text: string): Composed {
  const many = findMany(text)
  if (many) return { faults: [many] }
  const tokens = [...new Parser().parse(text)]
  const placed = listTokens(tokens)
  const deep = placed.find(({ token, depth }) => {
    return depth > MAX_DEPTH && CST.isCollection(token)
  })
  if (deep) {
    const { offset } = deep.token
    return { faults: [faultDeep({ start: offset, end: offset + 1 })] }
  }
  const documents = [...new Composer(OPTIONS).compose(tokens)]
  const [document, second] = documents
  const faults = [
    ...describeErrors(
      documents.flatMap(({ errors }) => errors),
      text,
      placed,
    ),
    ...(document ? findDirectives(document, text) : []),
  ]
  if (second) {
    const [start] = second.range
    const message = 'a second document begins here'
    const help = 'keep one: write a separate config file for each environment'
    const span = { start, end: start + 3 }
    faults.push({ code: 'GW1019', span, message, help })
  }
  return document ? { document, faults } : { faults }
}

/** Place where a text is too large for the parser; the lexer stores nothing. */
function findMany(text: string): Fault | undefined {
  let count = 0
  let at = 0
  for (const token of new Lexer().lex(text)) {
    at += token.length
    if (++count > MAX_TOKENS) {
      const end = Math.min(at, text.length)
      return faultMany({ start: Math.max(0, end - 1), end })
    }
  }
  return undefined
}

/** All tokens that contain a value, in order, without recursion. */
function listTokens(tokens: readonly CST.Token[]): readonly Placed[] {
  const listed: Placed[] = []
  const left = tokens.map((token) => ({ token, depth: 0 })).reverse()
  for (let next = left.pop(); next; next = left.pop()) {
    const { token, depth } = next
    if (token.type === 'document' && token.value) {
      left.push({ token: token.value, depth })
    }
    listed.push(next)
    if (depth > MAX_DEPTH || !CST.isCollection(token)) continue
    for (const { key, value } of [...token.items].reverse()) {
      for (const inner of [value, key]) {
        if (inner) left.push({ token: inner, depth: depth + 1 })
      }
    }
  }
  return listed
}

/** The last bracket or quote that is opened and not closed. */
function findOpen(tokens: readonly Placed[]): CST.Token | undefined {
  return tokens
    .map(({ token }) => token)
    .filter((token) => {
      if (token.type === 'flow-collection') {
        return !token.end.some(({ type }) => /^flow-.*-end$/.test(type))
      }
      const quoted = /^(?:single|double)-quoted/.test(token.type)
      return (
        quoted && !/^(?:"[\s\S]*"|'[\s\S]*')$/.test((token as Source).source)
      )
    })
    .at(-1)
}

/** `%YAML 1.1` would give the same text other values. */
function findDirectives(
  { directives, warnings }: Document.Parsed,
  text: string,
): readonly Fault[] {
  const start = text.search(/^%/m)
  const { explicit, version } = directives.yaml
  const known = !explicit || version === '1.2'
  if (start < 0 || (known && !warnings.some(isDirective))) return []
  const [line = ''] = /^%\S*(?: \S+)?/.exec(text.slice(start)) ?? []
  const message = `the directive ${quote(line)} is not supported`
  const help = 'remove it: a config is read as YAML 1.2'
  const span = { start, end: start + line.length }
  return [{ code: 'GW1019', span, message, help }]
}

function isDirective({ code }: YAMLError): boolean {
  return code === 'BAD_DIRECTIVE'
}

/** One mistake often gives several errors: keep the first, and each `*` that
 * was meant as a pattern. */
function describeErrors(
  errors: readonly YAMLError[],
  text: string,
  placed: readonly Placed[],
): readonly Fault[] {
  const isAlias = ({ code }: YAMLError) => code === 'BAD_ALIAS'
  const first = errors.find((error) => !isAlias(error))
  const told = errors.some(isAlias) ? errors.filter(isAlias) : [first]
  return told.flatMap((error) =>
    error ? [moveToOpener(describeError(error, text), placed)] : [],
  )
}

/** An unclosed bracket is reported where it opens, not at the file's end. */
function moveToOpener(fault: Fault, placed: readonly Placed[]): Fault {
  const open = NOT_CLOSED.test(fault.message) && findOpen(placed)
  if (!open) return fault
  const span = { start: open.offset, end: open.offset + 1 }
  return { ...fault, span }
}

const NOT_CLOSED = /is not closed$/

function describeError({ message, pos }: YAMLError, text: string): Fault {
  const [start, end] = pos
  const code = 'GW1004'
  const span = { start, end }
  const said = TEXTS.find(([pattern]) => pattern.test(message))
  if (said) {
    const sign = text.slice(start, start + 1)
    return { code, span, message: said[1].replace('%', sign), help: said[2] }
  }
  const spelled = message.replaceAll(/"([^"]*)"/g, '`$1`').replace(/[.:]$/, '')
  return {
    code,
    span,
    message: spelled.charAt(0).toLowerCase() + spelled.slice(1),
  }
}

const QUOTES = 'write the text in quotes'

/** The parser's message, our message, and the way out. */
const TEXTS: readonly (readonly [RegExp, string, string])[] = [
  [
    /^Alias cannot be an empty/,
    '`*` begins an alias in YAML',
    "write the pattern in quotes: '*'",
  ],
  [
    /^Alias must not contain/,
    '`*` begins an alias in YAML',
    'write a pattern that begins with `*` in quotes',
  ],
  [
    /^Tabs are not allowed as indent/,
    'a tab indents this line',
    'YAML is indented with spaces only',
  ],
  [/^Plain value cannot start/, 'a text cannot begin with `%`', QUOTES],
  [
    /^Nested mappings are not allowed/,
    'a key cannot stand here',
    'write a text that contains `: ` in quotes, and correct the indentation',
  ],
  [
    /^Implicit keys need to be on a single line|^Implicit map keys need to be followed/,
    'this is neither a key with its `:` nor part of a value',
    'add the `:`, or correct the indentation',
  ],
  [
    /^All (?:mapping|collection) items must start|^All sequence items/,
    'this line begins at another column than the lines that it belongs to',
    'keys of one object, and elements of one list, begin at the same column',
  ],
  [/^Flow map in .* end with a }/, 'a `{` is not closed', 'add the `}`'],
  [/^Flow sequence in .* end with a ]/, 'a `[` is not closed', 'add the `]`'],
  [/^Missing closing/, 'the text is not closed', 'add the closing quote'],
  [
    /^Missing , between|^Missing , or/,
    'a comma is missing here',
    'write `,` between two elements',
  ],
  [
    /^Unexpected .* at node end/,
    'something follows the end of the value',
    'put the whole value in one pair of quotes, or on a line of its own',
  ],
  [
    /^Unexpected block-seq-ind on same line/,
    'a list cannot begin on the line of its key',
    'write `- ` on a line of its own, or the list as `[a, b]`',
  ],
]

// A text that does not have the form required by the schema.
// In: ajv's error, the text and its place. Out: a finding.
// INVARIANT: a text at the place of a secret or its digest is never shown.

import type { Diagnostic } from '../contract/diagnostic.ts'
import { CODES, type Code } from '../diagnostics/codes.ts'
import { quote } from '../diagnostics/credential.ts'
import { showPath, splitPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import type { Fault } from './fault.ts'
import {
  guessBlock,
  guessDuration,
  guessHost,
  guessName,
  guessOrigin,
  guessReference,
  guessSize,
} from './guess.ts'
import { lowerFirst, quoteLiteral } from './words.ts'

interface Form {
  readonly code: Code
  readonly word: string
  /** Absent where the code's own help is enough. */
  readonly help?: string
  readonly guess?: (text: string) => string | undefined
  readonly secret?: true
}

/** By the schema's definition, or else by the key. */
const FORMS: Readonly<Record<string, Form>> = Object.freeze({
  name: { code: 'GW2006', word: 'a name', guess: guessName },
  duration: { code: 'GW2007', word: 'a duration', guess: guessDuration },
  size: { code: 'GW2008', word: 'a size', guess: guessSize },
  instant: { code: 'GW2011', word: 'an instant' },
  cidr: { code: 'GW2014', word: 'an address block', guess: guessBlock },
  hostValue: {
    code: 'GW2014',
    word: 'a Host value',
    help: "write each host in lower case and without a scheme: 'mcp.example.com'",
    guess: guessHost,
  },
  origin: {
    code: 'GW2014',
    word: 'an origin',
    help: "write each origin as browsers send it: 'https://chat.example.com'",
    guess: guessOrigin,
  },
  tokenId: {
    code: 'GW2014',
    word: 'a token id',
    help: 'an id is 12 characters of a-z and 0-9; `gateway token issue` creates one',
  },
  lintCode: {
    code: 'GW2014',
    word: 'the code of a lint',
    help: 'only the severity of a lint can be set: see `gateway explain GW4001`',
  },
  path: {
    code: 'GW2014',
    word: 'a path of the endpoint',
    help: "write `/`, then letters, digits and `._~/-`: '/mcp'",
  },
  title: {
    code: 'GW2014',
    word: 'a title',
    help: 'write one line of 1 to 64 visible characters, without a blank at its ends',
  },
  schemeName: {
    code: 'GW2014',
    word: 'the name of an authentication scheme',
    help: "write one word, without the secret: 'Sentry-Bearer'",
  },
  scope: {
    code: 'GW2014',
    word: 'a scope',
    help: "write an entry for each scope, without blanks: ['read', 'write']",
  },
  proxy: {
    code: 'GW2014',
    word: 'a proxy',
    help: "write proxy: 'env', proxy: { url: 'http://proxy.example.com:3128' } or proxy: false; credentials are a reference in its `auth`",
    secret: true,
  },
  bypass: {
    code: 'GW2014',
    word: 'a host that is reached without a proxy',
    help: "write an entry for each: 'acme.dev', '*.acme.dev', '10.1.2.3' or '10.0.0.0/8'",
  },
  variable: {
    code: 'GW2014',
    word: 'the name of a variable',
    help: "write names alone, without values: ['OP_SERVICE_ACCOUNT_TOKEN']",
    secret: true,
  },
  member: {
    code: 'GW2014',
    word: 'the name of a member',
    help: "write the name of one member of the token response: 'authed_user'",
  },
  prefix: {
    code: 'GW2014',
    word: 'a prefix',
    help: "write up to 40 letters, digits, `_` and `-`; '' for none",
  },
  sha256: {
    code: 'GW2014',
    word: 'a SHA-256',
    help: 'write 64 hex digits, lower-case; `gateway token issue` writes them',
    secret: true,
  },
})

/** The text that was checked: a value, or a key. */
interface Judged {
  readonly pointer: string
  readonly value: unknown
  readonly isKey: boolean
}

export function describeForm(
  { form: definition, parentSchema }: Fault,
  { pointer, value, isKey }: Judged,
): Diagnostic {
  if (definition === 'secretRef') return describeSecretRef(pointer, value)
  const { description } = (parentSchema ?? {}) as { description?: string }
  const key = splitPointer(pointer).at(-1) ?? ''
  const form = FORMS[definition] ?? FORMS[key] ?? PLAIN
  const { code, word } = form
  const shown = value === '' ? 'an empty text' : quote(value)
  const said = isKey ? shown : `${showPath(pointer)}: ${shown}`
  const message = `${form.secret ? showPath(pointer) : said} is not ${word}`
  const described = code === 'GW2014' && description && lowerFirst(description)
  const own = form.help ?? (described || CODES[code].help)
  const isServer = isKey && /^\/servers\/[^/]+$/.test(pointer)
  const help = isServer ? `${own}; people see its \`title\`` : own
  const meant = form.guess?.(String(value))
  if (meant === undefined || meant === value) {
    return finding(code, pointer, message, { help })
  }
  const literal = isKey ? `\`${meant}\`` : quoteLiteral(meant)
  const guessed = `did you mean ${literal}? ${help}`
  return finding(code, pointer, message, { help: guessed })
}

const EXEC = "{ exec: ['op', 'read', 'op://vault/item/field'] }"

const PLAIN: Form = Object.freeze({ code: 'GW2014', word: 'well-formed' })

/** The value may be the secret itself, so it is not shown. */
function describeSecretRef(pointer: string, value: unknown): Diagnostic {
  if (/\/exec\/\d+$/.test(pointer)) {
    const message = `${showPath(pointer)} contains a NUL, which no argument can`
    return finding('GW2014', pointer, message, { help: 'remove it' })
  }
  if (/^exec:/.test(String(value))) {
    const message = `${showPath(pointer)} is not a reference to a secret`
    const help = `write a list: ${EXEC}`
    return finding('GW2013', pointer, message, { help })
  }
  const meant = guessReference(String(value))
  const help = meant ? { help: `did you mean '${meant}'?` } : {}
  const message = `${showPath(pointer)} is not a reference to a secret`
  return finding('GW2013', pointer, message, help)
}

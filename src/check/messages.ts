// The message for a fault in the shape, by the schema keyword that found it.
// In: ajv's error, with the schema and the checked value. Out: a finding.
// INVARIANT: a value is shown only through quote(), which masks credentials.

import type { ErrorObject } from 'ajv'
import type { Diagnostic, Word } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { findWord, labelUnknown, listHelp } from '../diagnostics/suggest.ts'
import type { Fault } from './fault.ts'
import { foreignHelp } from './foreign.ts'
import { describeForm } from './forms.ts'
import { describeChoiceOfKeys, describeDependent } from './needs.ts'
import { findMeant } from './synonyms.ts'
import { describeType } from './types.ts'
import { formatKey, joinWords, lowerFirst, nameValue } from './words.ts'

type Params = Readonly<Record<string, unknown>>
type Describe = (error: Fault, params: Params) => Diagnostic

const KEYWORDS: Readonly<Record<string, Describe>> = Object.freeze({
  additionalProperties: (error, { additionalProperty }) =>
    describeUnknown(error, String(additionalProperty)),
  unevaluatedProperties: (error, { unevaluatedProperty }) =>
    describeUnknown(error, String(unevaluatedProperty)),
  required: (error, { missingProperty }) =>
    describeMissing(error, String(missingProperty)),
  dependentRequired: (error, { property, missingProperty }) =>
    describeDependent(error, String(property), String(missingProperty)),
  type: (error, { type }) => describeType(error, type as string | string[]),
  enum: (error, { allowedValues }) =>
    describeChoice(error, error.instancePath, error.data, allowedValues),
  discriminator: ({ instancePath, data, known }) => {
    const value = (data as Params).type
    const pointer = joinPointer(instancePath, 'type')
    return describeChoice({ instancePath }, pointer, value, known)
  },
  pattern: (error) => {
    const { instancePath: pointer, data: value } = error
    return describeForm(error, { pointer, value, isKey: false })
  },
  propertyNames: (error, { propertyName }) => {
    const pointer = joinPointer(error.instancePath, String(propertyName))
    return describeForm(error, { pointer, value: propertyName, isKey: true })
  },
  oneOf: describeChoiceOfKeys,
  anyOf: describeChoiceOfKeys,
  minProperties: ({ instancePath }) =>
    finding('GW2002', instancePath, `${showPath(instancePath)} is empty`, {
      help: 'add a member, or remove it',
    }),
  minItems: ({ instancePath }) => {
    const message = `${showPath(instancePath)} is empty: nothing satisfies it`
    const help = 'list the values that are allowed, or remove the entry'
    return finding('GW2012', instancePath, message, { help })
  },
  minLength: ({ instancePath }) =>
    finding('GW2005', instancePath, `${showPath(instancePath)} is empty`, {
      help: 'write a value, or remove the key',
    }),
  maxLength: ({ instancePath }, { limit }) => {
    const message = `${showPath(instancePath)} is longer than ${limit} characters`
    return finding('GW2005', instancePath, message, { help: 'shorten it' })
  },
})

/** A finding for one error of the schema check. */
export function describeFault(error: Fault): Diagnostic {
  const describe = KEYWORDS[error.keyword] ?? describeRange
  return describe(error, error.params as Params)
}

function describeUnknown(error: Fault, key: string): Diagnostic {
  const { instancePath, known, servers, beside } = error
  const pointer = joinPointer(instancePath, key)
  const where = instancePath === '' ? '' : ` in ${showPath(instancePath)}`
  const listed = listHelp(findMeant(key, known), known, 'possible')
  const astray = isRole(instancePath) && servers.includes(key)
  const help = astray
    ? `\`${key}\` is a server: write allow: { ${formatKey(key)}: […] }`
    : (isServer(instancePath) &&
        (foreignHelp('server', key) || otherTypeHelp(key))) ||
      (isSignIn(instancePath) &&
        (foreignHelp('signIn', key) || otherSignInHelp(key))) ||
      listed
  const message = `unknown key ${quote(key)}${where}`
  const label = labelUnknown(known, 'possible key')
  const word = findMeantWord('key', key, known, beside)
  const labelled = label === undefined ? {} : { label }
  return finding('GW2001', pointer, message, { help, word, ...labelled })
}

function describeMissing(error: ErrorObject, key: string): Diagnostic {
  const { instancePath, parentSchema, data } = error
  const message = `\`${key}\` is missing in ${showPath(instancePath)}`
  const { properties = {} } = (parentSchema ?? {}) as {
    properties?: Record<string, { description?: string }>
  }
  const says = properties[key]?.description
  const own =
    (isServer(instancePath) && missingHelp(key, data as Params)) ||
    (isSignIn(instancePath) && key === 'type' && SIGN_INS)
  const help = own || (says ? `add it: ${lowerFirst(says)}` : undefined)
  // The key is written, but its value is undefined.
  const pointer = joinPointer(instancePath, key)
  return finding('GW2002', pointer, message, help ? { help } : {})
}

function describeChoice(
  { instancePath }: Pick<ErrorObject, 'instancePath'>,
  pointer: string,
  value: unknown,
  allowed: unknown,
): Diagnostic {
  const known = (allowed as readonly unknown[]).map(String)
  const choices = joinWords(known.map((one) => `\`${one}\``))
  const place = showPath(pointer === '' ? instancePath : pointer)
  const given = typeof value === 'string' ? quote(value) : nameValue(value)
  const message = `${place} must be ${choices}, not ${given}`
  const meant = findMeant(String(value), known)
  const other = findOtherKey(pointer, value)
  const help = other
    ? { help: `\`${value}\` is a value of \`${other}\`` }
    : meant
      ? { help: `did you mean \`${meant}\`?` }
      : {}
  const word = findMeantWord('value', String(value), known)
  return finding('GW2004', pointer, message, { word, ...help })
}

const UNITS: readonly unknown[] = ['second', 'minute', 'hour', 'day']
const BUCKETS: readonly unknown[] = ['token', 'subject', 'team', 'tool']

/** `per` and `each` of a limit, one in place of the other. */
function findOtherKey(pointer: string, value: unknown): string | undefined {
  const [, key] = /^\/limits\/[^/]+\/(per|each)\b/.exec(pointer) ?? []
  if (key === 'per' && BUCKETS.includes(value)) return 'each'
  return key === 'each' && UNITS.includes(value) ? 'per' : undefined
}

/** Certain only if synonym and spelling agree. */
function findMeantWord(
  part: Word['part'],
  was: string,
  known: readonly string[],
  beside: readonly string[] = [],
): Word {
  const word = findWord(part, was, known, beside)
  return word.now === findMeant(was, known) ? word : { part, was }
}

function describeRange({ instancePath, keyword, message, data }: ErrorObject) {
  const said = (message ?? keyword)
    .replace('>=', 'at least')
    .replace('<=', 'at most')
  const given = typeof data === 'number' ? `, not ${data}` : ''
  const whole = `${showPath(instancePath)} ${said}${given}`
  return finding('GW2005', instancePath, whole)
}

function isRole(pointer: string): boolean {
  return /^\/roles\/[^/]+$/.test(pointer)
}

function isServer(pointer: string): boolean {
  return /^\/servers\/[^/]+$/.test(pointer)
}

function isSignIn(pointer: string): boolean {
  return /^\/servers\/[^/]+\/auth$/.test(pointer)
}

const SIGN_INS =
  'write oauth({ … }), if somebody signs in, or clientCredentials({ … }), if the gateway does'

/** Keys that only a sign-in in a browser has. */
function otherSignInHelp(key: string): string | undefined {
  return ['as', 'via', 'authorizationEndpoint', 'tokenIn'].includes(key)
    ? `\`${key}\` belongs to oauth({ … }), and nobody signs in by clientCredentials({ … }): keep one`
    : undefined
}

/** Keys of servers of one type that those of the other type do not have. */
function otherTypeHelp(key: string): string | undefined {
  if (['command', 'args', 'env', 'cwd', 'user', 'group'].includes(key)) {
    return `\`${key}\` belongs to stdio({ … }), and this server is http: keep one`
  }
  if (['url', 'headers', 'auth', 'tls', 'proxy'].includes(key)) {
    return `\`${key}\` belongs to http({ … }), and this server is stdio: keep one`
  }
  return undefined
}

function missingHelp(key: string, server: Params): string | undefined {
  if (key === 'url') {
    return "write url: 'https://…/mcp'; a value that is `undefined` counts as missing, and a config cannot read the environment"
  }
  if (key !== 'type') return undefined
  if ('command' in server) return "write stdio({ … }), or type: 'stdio'"
  if ('url' in server) return "write http({ … }), or type: 'http'"
  return 'write http({ url: … }) or stdio({ command: … })'
}

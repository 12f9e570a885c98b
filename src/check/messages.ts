// What to say of a fault in the shape, by the schema keyword that found it.
// In: ajv's error, with the schema and the value it judged. Out: a finding.
// INVARIANT: a value is shown only through quote(), which masks credentials.

import type { ErrorObject } from 'ajv'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Code } from '../diagnostics/codes.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { suggestHelp } from '../diagnostics/suggest.ts'

type Params = Readonly<Record<string, unknown>>
type Describe = (error: Fault, params: Params) => Diagnostic

/** ajv's error, and the keys that its object may have. */
export interface Fault extends ErrorObject {
  readonly known: readonly string[]
}

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  object: 'an object',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
})

/** Texts that the schema names: the code and the word for each. */
const FORMS: Readonly<Record<string, readonly [Code, string]>> = Object.freeze({
  name: ['GW2006', 'a name'],
  duration: ['GW2007', 'a duration'],
  size: ['GW2008', 'a size'],
  instant: ['GW2011', 'an instant'],
  cidr: ['GW2014', 'an address block'],
  tokenId: ['GW2014', 'a token id'],
  lintCode: ['GW2014', 'the code of a lint'],
})

const KEYWORDS: Readonly<Record<string, Describe>> = Object.freeze({
  additionalProperties: (error, { additionalProperty }) =>
    describeUnknown(error, String(additionalProperty)),
  unevaluatedProperties: (error, { unevaluatedProperty }) =>
    describeUnknown(error, String(unevaluatedProperty)),
  required: (error, { missingProperty }) =>
    describeMissing(error, String(missingProperty)),
  dependentRequired: ({ instancePath }, { property, missingProperty }) => {
    const where = showPath(instancePath)
    const message = `${where} has \`${property}\` without \`${missingProperty}\``
    return finding('GW2018', instancePath, message)
  },
  type: (error, { type }) => describeType(error, type as string | string[]),
  enum: (error, { allowedValues }) =>
    describeChoice(error, error.instancePath, error.data, allowedValues),
  discriminator: ({ instancePath, data }) => {
    const value = (data as Params).type
    const pointer = joinPointer(instancePath, 'type')
    return describeChoice({ instancePath }, pointer, value, ['http', 'stdio'])
  },
  pattern: (error) => describeForm(error, error.instancePath, error.data),
  propertyNames: (error, { propertyName }) => {
    const pointer = joinPointer(error.instancePath, String(propertyName))
    const named = { ...error, schemaPath: namesPath(error) }
    return describeForm(named, pointer, propertyName)
  },
  oneOf: ({ instancePath, schema }) => {
    const keys = joinWords((schema as readonly Need[]).map(showNeed), 'and')
    const message = `${showPath(instancePath)} must have exactly one of ${keys}`
    return finding('GW2018', instancePath, message)
  },
  anyOf: ({ instancePath, schema }) => {
    const keys = joinWords((schema as readonly Need[]).map(showNeed))
    const message = `${showPath(instancePath)} must have ${keys}`
    return finding('GW2018', instancePath, message)
  },
  minProperties: ({ instancePath }) =>
    finding('GW2002', instancePath, `${showPath(instancePath)} is empty`, {
      help: 'write what it should hold, or remove it',
    }),
  minItems: ({ instancePath }) => {
    const message = `${showPath(instancePath)} is empty: nothing satisfies it`
    return finding('GW2012', instancePath, message)
  },
  minLength: ({ instancePath }) =>
    finding('GW2005', instancePath, `${showPath(instancePath)} is empty`),
})

/** `{ required: ['tool'] }`, or several of which one is needed. */
interface Need {
  readonly required?: readonly string[]
  readonly anyOf?: readonly Need[]
}

/** A finding for one error of the schema check. */
export function describeFault(error: Fault): Diagnostic {
  const describe = KEYWORDS[error.keyword] ?? describeRange
  return describe(error, error.params as Params)
}

function describeUnknown(error: Fault, key: string): Diagnostic {
  const { instancePath } = error
  const pointer = joinPointer(instancePath, key)
  const where = instancePath === '' ? '' : ` in ${showPath(instancePath)}`
  return finding('GW2001', pointer, `unknown key ${quote(key)}${where}`, {
    help: suggestHelp(key, error.known, 'possible'),
  })
}

function describeMissing(error: ErrorObject, key: string): Diagnostic {
  const { instancePath, parentSchema } = error
  const message = `\`${key}\` is missing in ${showPath(instancePath)}`
  const { properties = {} } = (parentSchema ?? {}) as {
    properties?: Record<string, { description?: string }>
  }
  const says = properties[key]?.description
  const server =
    key === 'type' ? 'write http({ … }) or stdio({ … })' : undefined
  const help = server ?? (says ? `add it: ${lowerFirst(says)}` : undefined)
  return finding('GW2002', instancePath, message, help ? { help } : {})
}

function describeType(
  { instancePath, data }: ErrorObject,
  type: string | readonly string[],
): Diagnostic {
  const wanted = [type].flat()
  const words = wanted.map((one) => TYPES[one] ?? one)
  const given = typeof data === 'number' ? data : TYPES[typeOf(data)]
  const message = `${showPath(instancePath)} must be ${joinWords(words)}, not ${given}`
  if (typeof data !== 'string') return finding('GW2003', instancePath, message)
  if (wanted.includes('array')) {
    const help = `write a list: [${quote(data).replaceAll('`', "'")}]`
    return finding('GW2003', instancePath, message, { help })
  }
  const number = wanted.includes('integer') && /^\d{1,15}$/.test(data)
  const help = number ? { help: `write it without quotes: ${data}` } : {}
  return finding('GW2003', instancePath, message, help)
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
  const message = `${place} must be ${choices}, not ${quote(value)}`
  const help = suggestHelp(String(value), known, 'possible')
  return finding('GW2004', pointer, message, { help })
}

function describeForm(
  { schemaPath, instancePath, parentSchema }: ErrorObject,
  pointer: string,
  value: unknown,
): Diagnostic {
  const form = /\/\$defs\/(\w+)/.exec(schemaPath)?.[1] ?? ''
  if (form === 'secretRef') return describeSecretRef(pointer, value)
  const [code, word = 'well-formed'] = FORMS[form] ?? ['GW2014']
  const { description } = (parentSchema ?? {}) as { description?: string }
  const base = pointer === instancePath ? `${showPath(pointer)}: ` : ''
  const said = `${base}${quote(value)} is not ${word}`
  const own = code === 'GW2014' && description
  return finding(code, pointer, said, own ? { help: lowerFirst(own) } : {})
}

/** The value may be the secret itself: shown only if it is the name of a
 * variable. */
function describeSecretRef(pointer: string, value: unknown): Diagnostic {
  const name = /^[A-Z][A-Z0-9_]{2,40}$/.exec(String(value))?.[0]
  const help = name ? { help: `did you mean 'env:${name}'?` } : {}
  const message = `${showPath(pointer)} is not a reference to a secret`
  return finding('GW2013', pointer, message, help)
}

function describeRange({ instancePath, keyword, message }: ErrorObject) {
  const said = (message ?? keyword)
    .replace('>=', 'at least')
    .replace('<=', 'at most')
  return finding('GW2005', instancePath, `${showPath(instancePath)} ${said}`)
}

/** Which of our forms the names of an object must have. */
function namesPath({ schema }: ErrorObject): string {
  return (schema as { $ref?: string } | undefined)?.$ref ?? ''
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function showNeed({ required, anyOf = [] }: Need): string {
  if (required) return required.map((key) => `\`${key}\``).join(' and ')
  return anyOf.map(showNeed).join(' with ')
}

function joinWords(words: readonly string[], conjunction = 'or'): string {
  const last = words.at(-1) ?? ''
  const others = words.slice(0, -1).join(', ')
  return others === '' ? last : `${others} ${conjunction} ${last}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '')
}

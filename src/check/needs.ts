// Keys that require each other, or exclude each other.
// In: ajv's error, with the keys that its schema requires. Out: a finding.
// INVARIANT: names the keys that are present, and shows a complete example.

import type { ErrorObject } from 'ajv'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { joinWords } from './words.ts'

/** `{ required: ['tool'] }`, or several of which one is required. */
interface Need {
  readonly required?: readonly string[]
  readonly anyOf?: readonly Need[]
}

/** The purpose of an object, and a complete example. */
interface Whole {
  /** For an object that has none of the keys. */
  readonly none: string
  readonly shape: string
  /** What to do if it has several of them. */
  readonly several: string
}

/** By the keys that its schema requires. */
const WHOLES: Readonly<Record<string, Whole>> = Object.freeze({
  'tool resource prompt': {
    none: 'names nothing',
    shape: "write { tool: 'NAME' }, { resource: 'URI' } or { prompt: 'NAME' }",
    several: 'write an entry for each',
  },
  'role team group token': {
    none: 'names nobody to judge',
    shape: "add role: 'ROLE', team: 'TEAM', group: 'GROUP' or token: 'ID'",
    several: 'keep one of them, and write another test for the other',
  },
  'allow deny': {
    none: 'expects nothing',
    shape: "add allow: { SERVER: ['TOOL'] } or deny: { SERVER: ['TOOL'] }",
    several: '',
  },
  'calls concurrent': {
    none: 'limits nothing',
    shape: "add calls: 60, per: 'minute', or concurrent: 4",
    several: '',
  },
  'equals in glob min max': {
    none: 'constrains nothing',
    shape:
      "write one of { equals: 'x' }, { in: ['x', 'y'] }, { glob: 'x*' } and { min: 1, max: 9 }",
    several: 'keep one: only `min` and `max` can be used together',
  },
  'secret bearer basic scheme': {
    none: 'names no secret',
    shape:
      "write secret('env:NAME'), bearer('env:NAME'), basic('USER', …) or scheme('NAME', …)",
    several: 'keep one',
  },
  'secret key': {
    none: 'has nothing to prove who it is',
    shape:
      "add secret: secret('env:NAME') or, for a key as a JWK, key: secret('file:gw.jwk')",
    several: 'keep the one that it is registered with',
  },
})

const PLAIN: Pick<Whole, 'none' | 'shape'> = Object.freeze({
  none: 'is incomplete',
  shape: 'add one of them',
})

/** `dependentRequired`, by the missing key. */
const MISSING: Readonly<Record<string, string>> = Object.freeze({
  per: "add the time: calls: 60, per: 'minute' (second, minute, hour or day)",
  calls: "add the number: calls: 60, per: 'minute'",
  key: 'add the private key of the certificate: `key`, a file in PEM form',
  cert: 'add the certificate that the key belongs to: `cert`, a file in PEM form',
  tool: "conditions are about a tool's arguments: remove `when`",
})

export function describeDependent(
  { instancePath }: ErrorObject,
  property: string,
  missing: string,
): Diagnostic {
  const pointer = joinPointer(instancePath, property)
  const where = showPath(instancePath)
  const message = `${where} has \`${property}\` without \`${missing}\``
  const help =
    MISSING[missing] ?? `add \`${missing}\`, or remove \`${property}\``
  return finding('GW2018', pointer, message, { help })
}

/** `oneOf` and `anyOf` over required keys. */
export function describeChoiceOfKeys(error: ErrorObject): Diagnostic {
  const { instancePath, schema } = error
  const there = error.data as object
  const groups = (schema as readonly Need[]).map(listKeys)
  const keys = groups.flat()
  const whole = WHOLES[keys.join(' ')]
  // In the order of the source: the second key is the one too many.
  const written = Object.keys(there)
  const given = groups
    .flatMap((group) => group.find((key) => written.includes(key)) ?? [])
    .sort((a, b) => written.indexOf(a) - written.indexOf(b))
  const where = showPath(instancePath)
  const all = joinWords(keys.map(quoteKey), 'and')
  const [, second] = given
  if (second === undefined) {
    const { none, shape } = whole ?? PLAIN
    const message = `${where} ${none}: it needs one of ${all}`
    const help = { help: shape }
    return finding('GW2018', instancePath, message, help)
  }
  const pointer = joinPointer(instancePath, second)
  const both = joinWords(given.map(quoteKey), 'and')
  const message = `${where} has ${both}, and may have only one of ${all}`
  const help = whole ? { help: whole.several } : {}
  return finding('GW2018', pointer, message, help)
}

function listKeys({ required = [], anyOf = [] }: Need): readonly string[] {
  return [...required, ...anyOf.flatMap(listKeys)]
}

function quoteKey(key: string): string {
  return `\`${key}\``
}

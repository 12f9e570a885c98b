// The part of SARIF 2.1.0 that our reports use, as a schema of its own words.
// In: a log. Out: its run, or an error that says what SARIF does not allow.
// INVARIANT: a property that SARIF does not have, or has elsewhere, is refused.

import { Ajv2020 } from 'ajv/dist/2020.js'

const object = (required: object, optional: object = {}) => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(required),
  properties: { ...required, ...optional },
})
const listOf = (items: object) => ({ type: 'array', items })
const text = { type: 'string', minLength: 1 }
const message = object({ text })
const level = { enum: ['none', 'note', 'warning', 'error'] }
const count = { type: 'integer', minimum: 1 }
const index = { type: 'integer', minimum: 0 }

/** Relative, encoded, with `/` between its parts. */
const uri = { type: 'string', pattern: "^(?:[\\w.~!*'()-]|%[0-9A-F]{2}|/)+$" }
const artifactLocation = object({ uri, uriBaseId: { const: '%SRCROOT%' } })
const region = object(
  { startLine: count, startColumn: count },
  { endLine: count, endColumn: count },
)
const physicalLocation = object({ artifactLocation, region })

const rule = object({
  id: text,
  shortDescription: object({ text: { ...text, maxLength: 1024 } }),
  help: message,
  defaultConfiguration: object({ level }),
})

const replacement = object({
  deletedRegion: region,
  insertedContent: object({ text: { type: 'string' } }),
})

const result = object(
  {
    ruleId: text,
    ruleIndex: index,
    level,
    message,
    // Code scanning wants exactly one.
    locations: {
      ...listOf(object({ physicalLocation })),
      minItems: 1,
      maxItems: 1,
    },
    partialFingerprints: {
      type: 'object',
      additionalProperties: text,
      minProperties: 1,
    },
  },
  {
    relatedLocations: {
      ...listOf(object({ id: index, physicalLocation, message })),
      uniqueItems: true,
    },
    fixes: {
      ...listOf(
        object({
          description: message,
          artifactChanges: {
            ...listOf(
              object({
                artifactLocation,
                replacements: { ...listOf(replacement), minItems: 1 },
              }),
            ),
            minItems: 1,
          },
        }),
      ),
      minItems: 1,
    },
  },
)

const SARIF = object({
  $schema: { type: 'string', format: 'uri' },
  version: { const: '2.1.0' },
  runs: {
    ...listOf(
      object({
        tool: object({
          driver: object(
            { name: text, rules: { ...listOf(rule), uniqueItems: true } },
            { semanticVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.' } },
          ),
        }),
        invocations: listOf(
          object({
            executionSuccessful: { type: 'boolean' },
            exitCode: { type: 'integer' },
          }),
        ),
        originalUriBaseIds: {
          type: 'object',
          // Without `uri`: the reader says where the root is.
          additionalProperties: object({ description: message }),
        },
        columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
        results: listOf(result),
      }),
    ),
    minItems: 1,
  },
})

const ajv = new Ajv2020({ allErrors: true, formats: { uri: URL.canParse } })
const isSarif = ajv.compile(SARIF)

export function readSarif(text: string) {
  const log: unknown = JSON.parse(text)
  if (!isSarif(log)) throw new Error(ajv.errorsText(isSarif.errors))
  const { runs } = log as { readonly runs: readonly [Run] }
  return runs[0]
}

export interface Run {
  readonly invocations: readonly object[]
  readonly tool: {
    readonly driver: { readonly rules: readonly { readonly id: string }[] }
  }
  readonly results: readonly Result[]
}

export interface Result {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly message: { readonly text: string }
  readonly locations: readonly { readonly physicalLocation: object }[]
  readonly relatedLocations?: readonly object[]
  readonly partialFingerprints: Readonly<Record<string, string>>
  readonly fixes?: readonly { readonly artifactChanges: readonly object[] }[]
}

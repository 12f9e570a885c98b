// Checks whether SDK 1.x clients can compile an output schema: one failure
// loses them the whole list.
// INVARIANT: each subschema is visited once; in doubt there is a reason.

type Schema = Readonly<Record<string, unknown>>

/** Checks of the values of keywords. */
const KEYWORDS: Readonly<Record<string, (value: unknown) => boolean>> =
  Object.freeze({
    type: isType,
    format: isString,
    pattern: isPattern,
    required: Array.isArray,
    enum: (value: unknown) => Array.isArray(value) && value.length > 0,
    uniqueItems: isBoolean,
    nullable: isBoolean,
    dependencies: isObject,
    properties: isObject,
    patternProperties: (value: unknown) =>
      isObject(value) && Object.keys(value).every(isPattern),
    $defs: isObject,
    definitions: isObject,
    allOf: Array.isArray,
    anyOf: Array.isArray,
    oneOf: Array.isArray,
    ...Object.fromEntries(
      [
        'multipleOf',
        'maximum',
        'minimum',
        'exclusiveMaximum',
        'exclusiveMinimum',
        'maxLength',
        'minLength',
        'maxItems',
        'minItems',
        'maxProperties',
        'minProperties',
      ].map((name) => [name, isNumber]),
    ),
  })

/** Keywords whose value is a schema; keywords with several, by name or index. */
const ONE = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'else',
  'if',
  'not',
  'propertyNames',
  'then',
]
const SEVERAL = [
  '$defs',
  'allOf',
  'anyOf',
  'definitions',
  'oneOf',
  'patternProperties',
  'properties',
]

/** Keywords that name a place in the document. */
const ANCHORS = ['$anchor', '$dynamicAnchor']

export function findUncompilable(root: unknown): string | undefined {
  const seen = new Set<unknown>()
  const anchors = new Set<unknown>()
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const schema = waiting.pop()
    if (typeof schema === 'boolean' || seen.has(schema)) continue
    if (!isObject(schema)) return 'outputSchema: a schema is not an object'
    seen.add(schema)
    const reason =
      judgeNames(schema, root, anchors) ?? judgeSchema(schema, root, waiting)
    if (reason !== undefined) return `outputSchema: ${reason}`
  }
  return undefined
}

/** Finds names that a client could confuse. */
function judgeNames(
  schema: Schema,
  root: unknown,
  anchors: Set<unknown>,
): string | undefined {
  const alone = schema === root && isString(schema.$id)
  if (Object.hasOwn(schema, '$id') && !alone) return '`$id` stands inside it'
  if (Object.hasOwn(schema, 'id')) return '`id` is not a keyword'
  for (const key of ANCHORS) {
    if (!Object.hasOwn(schema, key)) continue
    const anchor = schema[key]
    const isGood = isString(anchor) && /^[a-z_][-a-z0-9._]*$/i.test(anchor)
    if (!isGood || anchors.has(anchor)) return `\`${key}\` is not one name`
    anchors.add(anchor)
  }
  return undefined
}

/** Checks one schema; adds its subschemas to `waiting`. */
function judgeSchema(
  schema: Schema,
  root: unknown,
  waiting: unknown[],
): string | undefined {
  if (Object.hasOwn(schema, 'nullable') && !Object.hasOwn(schema, 'type')) {
    return '`nullable` stands without `type`'
  }
  for (const [key, value] of Object.entries(schema)) {
    const isGood = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined
    if (isGood && !isGood(value))
      return `\`${key}\` has a value that it cannot have`
    if (key === '$ref') {
      const target = resolve(root, value)
      if (target === undefined) return '`$ref` leads nowhere'
      waiting.push(target)
    } else if (ONE.includes(key)) waiting.push(value)
    else if (SEVERAL.includes(key)) waiting.push(...listValues(value))
    else if (key === 'items') {
      waiting.push(...(Array.isArray(value) ? value : [value]))
    } else if (key === 'dependencies') {
      waiting.push(...listValues(value).filter((one) => !Array.isArray(one)))
    }
  }
  return undefined
}

/** Resolves a reference inside the document. */
function resolve(root: unknown, reference: unknown): unknown {
  if (!isString(reference) || !/^#(?:$|\/)/.test(reference)) return undefined
  let here = root
  for (const part of reference.split('/').slice(1)) {
    const key = decode(part)
    if (key === undefined || typeof here !== 'object' || here === null) {
      return undefined
    }
    if (!Object.hasOwn(here, key)) return undefined
    here = (here as Schema)[key]
  }
  return here
}

function decode(part: string): string | undefined {
  try {
    const key = decodeURIComponent(part)
    return key.replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return undefined
  }
}

function listValues(value: unknown): readonly unknown[] {
  return Object.values(value as object)
}

const TYPES: readonly unknown[] = [
  'array',
  'boolean',
  'integer',
  'null',
  'number',
  'object',
  'string',
]

function isType(value: unknown): boolean {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  return all.length > 0 && all.every((one) => TYPES.includes(one))
}

function isPattern(value: unknown): boolean {
  try {
    return isString(value) && new RegExp(value, 'u') !== undefined
  } catch {
    return false
  }
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

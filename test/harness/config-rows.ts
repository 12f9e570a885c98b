// The keys of the config language, read from its schema.
// In: schema/gateway.schema.json. Out: a row for each key, by its path.
// INVARIANT: every property of the schema is in a row; test/cli/site.ts checks that.

import { describeType, KINDS } from './config-kinds.ts'

export interface SchemaNode {
  readonly $ref?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: boolean | SchemaNode
  readonly items?: SchemaNode
  /** Of a value that is one or a list: what the list has. */
  readonly then?: { readonly items?: SchemaNode }
  readonly oneOf?: readonly SchemaNode[]
}

export interface ConfigSchema extends SchemaNode {
  readonly $defs: Readonly<Record<string, SchemaNode>>
}

/** One place of the schema that defines a key; a key of two forms has two. */
interface Definition {
  /** `http`, `oauth`: the `type` of the object that has the key; or ''. */
  readonly form: string
  readonly type: string
  readonly default: string | undefined
  readonly required: boolean
  readonly text: string
}

export interface ConfigRow {
  /** `limits.*.calls` */
  readonly key: string
  /** `limits-calls` */
  readonly anchor: string
  readonly definitions: readonly Definition[]
}

export interface ConfigRows {
  readonly rows: readonly ConfigRow[]
  /** The properties that the rows describe, as objects of the schema. */
  readonly seen: ReadonlySet<SchemaNode>
}

/** The rows of the whole config, then those of each kind of value. */
export function readConfigRows(schema: ConfigSchema): ConfigRows {
  const found = new Map<string, Definition[]>()
  const seen = new Set<SchemaNode>()
  const visit = (node: SchemaNode, path: string, form: string): void => {
    const { properties = {}, additionalProperties, $ref, oneOf } = node
    for (const [name, one] of Object.entries(properties)) {
      const key = path === '' ? name : `${path}.${name}`
      const required = node.required?.includes(name) ?? false
      seen.add(one)
      const definition = readDefinition(schema, one, form, required)
      // Kinds of values are written in several places alike; the first tells.
      const known = form === '' ? undefined : found.get(key)
      if (form !== '' || !found.has(key)) {
        found.set(key, [...(known ?? []), definition])
      }
      visit(one, key, form)
    }
    if (typeof additionalProperties === 'object') {
      visit(additionalProperties, `${path}.*`, form)
    }
    const name = $ref?.replace('#/$defs/', '') ?? ''
    if (name !== '' && !KINDS.has(name)) visit(find(schema, name), path, form)
    for (const { $ref: target } of oneOf ?? []) {
      if (!target) continue
      const inner = find(schema, target.slice(8))
      visit(inner, path, readForm(inner) ?? form)
    }
  }
  visit(schema, '', '')
  for (const [name, { path }] of KINDS) {
    if (path !== undefined) visit(find(schema, name), path, '')
  }
  const rows = [...found].map(([key, definitions]) => ({
    key,
    anchor: makeAnchor(key),
    definitions,
  }))
  return { rows, seen }
}

/** Stable: it has nothing but the names of the keys. */
export function makeAnchor(key: string): string {
  return key
    .replaceAll('.*', '')
    .replaceAll('.', '-')
    .slice(key[0] === '$' ? 1 : 0)
    .toLowerCase()
}

/** `http` of `{ type: 'http', … }` */
function readForm({ properties = {} }: SchemaNode): string | undefined {
  const { type } = properties as { readonly type?: SchemaNode }
  return typeof type?.const === 'string' ? type.const : undefined
}

function find(schema: ConfigSchema, name: string): SchemaNode {
  const node = schema.$defs[name]
  if (!node) throw new Error(`no $defs/${name}`)
  return node
}

function readDefinition(
  schema: ConfigSchema,
  node: SchemaNode,
  form: string,
  required: boolean,
): Definition {
  const target = node.$ref ? find(schema, node.$ref.slice(8)) : undefined
  const value = node.default ?? target?.default
  const whole = node.description ?? target?.description ?? ''
  const said = /\s*\bDefault: (.+?)\.(?=\s|$)/.exec(whole)
  return {
    form,
    type: describeType(node, schema),
    default: said?.[1] ?? writeDefault(value),
    required,
    text: whole.replace(said?.[0] ?? '', '').trim(),
  }
}

function writeDefault(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string') return `\`${value}\``
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none'
    return value.map((one) => `\`${one}\``).join(', ')
  }
  if (typeof value === 'object') return 'none'
  return `\`${value}\``
}

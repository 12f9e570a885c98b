// A schema under schema/, as other programs use it.
// In: its file name. Out: what is wrong with a value, in ajv's words.
// INVARIANT: nothing of our own reads these schemas; ajv alone judges.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** From dist/test/harness, where this file runs. */
const folder = join(import.meta.dirname, '../../../schema')

interface Node {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly items?: unknown
  readonly enum?: readonly unknown[]
  readonly additionalProperties?: unknown
  readonly oneOf?: readonly object[]
}

export interface Schema extends Node {
  readonly $id: string
  readonly title: string
  readonly description: string
  readonly $defs?: Readonly<Record<string, Node>>
}

/** By file name. */
export const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  readdirSync(folder).map((name) => [
    name,
    JSON.parse(readFileSync(join(folder, name), 'utf8')) as Schema,
  ]),
)

export type Judge = (value: unknown) => readonly string[]

export function openSchema(name: string): Judge {
  const ajv = new Ajv2020({
    discriminator: true,
    strictTypes: false,
    strictRequired: false,
    schemas: [...SCHEMAS.values()],
  })
  const validate = ajv.getSchema(name)
  if (!validate) throw new Error(`no schema ${name}`)
  return (value) => {
    // As a file holds it.
    if (validate(JSON.parse(JSON.stringify(value)))) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath} ${message}`,
    )
  }
}

/** A copy with another value there; undefined takes it out. */
export function corrupt(
  whole: unknown,
  pointer: string,
  value: unknown,
): unknown {
  const copy: unknown = structuredClone(whole)
  const path = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/'))
  const last = path.pop() as string
  const parent = path.reduce<unknown>(
    (here, key) => Reflect.get(here as object, key),
    copy,
  ) as object
  if (value === undefined) Reflect.deleteProperty(parent, last)
  else Reflect.set(parent, last, value)
  return copy
}

/** Keys of the config schema that none of these configs writes. */
export function listUnwritten(configs: readonly unknown[]): readonly string[] {
  const schema = SCHEMAS.get('gateway.schema.json') as Schema
  // Properties of an object of the schema → those that were written.
  const written = new Map<object, Set<string>>()
  for (const config of configs) visit(schema, schema, config, written)
  return [...written].flatMap(([properties, keys]) =>
    Object.keys(properties).filter((key) => !keys.has(key)),
  )
}

function visit(
  { $defs = {} }: Schema,
  node: Node,
  value: unknown,
  written: Map<object, Set<string>>,
): void {
  const { $ref, properties = {}, items, additionalProperties, oneOf } = node
  const into = (next: unknown, inner: unknown) => {
    if (typeof next !== 'object') return
    visit({ $defs } as Schema, next as Node, inner, written)
  }
  if ($ref) into($defs[$ref.replace('#/$defs/', '')], value)
  for (const one of oneOf ?? []) if ('$ref' in one) into(one, value)
  if (Array.isArray(value)) for (const one of value) into(items, one)
  if (typeof value !== 'object' || !value || Array.isArray(value)) return
  const keys = written.get(properties) ?? new Set()
  written.set(properties, keys)
  for (const [key, inner] of Object.entries(value)) {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (own) keys.add(key)
    into(own ?? additionalProperties, inner)
  }
}

// The shape: the authored value against schema/gateway.schema.json.
// In: any plain value. Out: a config that has the shape, a finding a fault.
// INVARIANT: what leaves is valid by the schema itself, but for holes in lists
// where a faulty element stood; whatever was dropped has a finding.

import type { ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { joinPointer, splitPointer } from '../diagnostics/pointer.ts'
import { suggest } from '../diagnostics/suggest.ts'
import { describeFault, type Fault } from './messages.ts'

export interface Shaped {
  /** Undefined when not even the outermost object is one. */
  readonly config: GatewayConfig | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** Sections that were dropped, or misspelt: what they declare is unknown. */
  readonly lost: ReadonlySet<string>
}

export function openShape(schema: object): (authored: unknown) => Shaped {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    discriminator: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
  })
  const validate = ajv.compile(schema)
  const list = (value: unknown) =>
    validate(value) ? [] : listFaults(validate.errors ?? [], schema)
  return (authored) => checkShape(authored, list)
}

function checkShape(
  authored: unknown,
  list: (value: unknown) => readonly Fault[],
): Shaped {
  const faults = list(authored)
  const diagnostics = faults.map(describeFault)
  const lost = new Set(faults.flatMap(findLostSections))
  if (typeof authored !== 'object' || !authored || Array.isArray(authored)) {
    return { config: undefined, diagnostics, lost }
  }
  const config = structuredClone(authored) as Record<string, unknown>
  const dropped = new Set<string>()
  for (let left = faults; left.length > 0; ) {
    for (const fault of left) drop(config, pointerOf(fault), dropped)
    config.servers ??= {}
    left = list(config).filter((fault) => !dropped.has(pointerOf(fault)))
  }
  return { config: config as unknown as GatewayConfig, diagnostics, lost }
}

/** One error for each fault. */
function listFaults(
  all: readonly ErrorObject[],
  schema: object,
): readonly Fault[] {
  const errors = all
    .filter((error) => !isEcho(error))
    .map((error) => ({ ...error, known: knownKeys(error, schema) }))
  const mistyped = new Set(
    errors
      .filter(({ keyword }) => keyword === 'type')
      .map(({ instancePath }) => instancePath),
  )
  const odd = new Set(
    errors.flatMap((error) => (unknownKey(error) ? [error.instancePath] : [])),
  )
  const meant = new Set(errors.flatMap(findMeant))
  return errors.filter(({ instancePath, keyword, params }) => {
    if (keyword === 'type') return true
    if (mistyped.has(instancePath)) return false
    if (keyword === 'discriminator') return params.error === 'mapping'
    if (keyword === 'oneOf' || keyword === 'anyOf')
      return !odd.has(instancePath)
    if (keyword !== 'required') return true
    // The key is there, misspelt: one fault.
    return !meant.has(joinPointer(instancePath, params.missingProperty))
  })
}

/** What only repeats or belongs to another error. */
function isEcho({ keyword, propertyName, schemaPath }: ErrorObject): boolean {
  const branch = /\/(?:oneOf|anyOf)\/\d/.test(schemaPath)
  return branch || keyword === 'if' || propertyName !== undefined
}

/** Keys of the schema at hand, and of the one that it refers to. */
function knownKeys(
  { parentSchema }: ErrorObject,
  schema: object,
): readonly string[] {
  const { properties = {}, $ref = '' } = (parentSchema ?? {}) as {
    readonly properties?: object
    readonly $ref?: string
  }
  const { $defs = {} } = schema as {
    readonly $defs?: Readonly<Record<string, { readonly properties?: object }>>
  }
  const shared = $defs[$ref.replace('#/$defs/', '')]?.properties ?? {}
  const keys = [...Object.keys(properties), ...Object.keys(shared)]
  return keys.filter((key) => key !== '$schema')
}

/** Where the member that a misspelt key stands for would be. */
function findMeant(fault: Fault): readonly string[] {
  const key = unknownKey(fault)
  const meant = key && suggest(key, fault.known)
  return meant ? [joinPointer(fault.instancePath, meant)] : []
}

function unknownKey({ keyword, params }: ErrorObject): string | undefined {
  if (keyword === 'additionalProperties') return params.additionalProperty
  if (keyword === 'unevaluatedProperties') return params.unevaluatedProperty
  return undefined
}

/** What must go for this fault to be gone. */
function pointerOf(error: ErrorObject): string {
  const { instancePath, keyword, params } = error
  const key =
    unknownKey(error) ??
    (keyword === 'propertyNames' ? (params.propertyName as string) : undefined)
  return key === undefined ? instancePath : joinPointer(instancePath, key)
}

/** Leaves a hole in a list, so that the other elements keep their pointers. */
function drop(
  config: Record<string, unknown>,
  pointer: string,
  dropped: Set<string>,
): void {
  const path = splitPointer(pointer)
  const last = path.at(-1)
  const parent = path
    .slice(0, -1)
    .reduce<unknown>(
      (here, key) => (here as Record<string, unknown>)?.[key],
      config,
    )
  dropped.add(pointer)
  if (last === undefined || typeof parent !== 'object' || !parent) return
  delete (parent as Record<string, unknown>)[last]
}

function findLostSections(fault: Fault): readonly string[] {
  const { instancePath, keyword, params } = fault
  if (keyword === 'required' && instancePath === '') {
    return [params.missingProperty]
  }
  return [pointerOf(fault), ...findMeant(fault)]
    .map(splitPointer)
    .flatMap((path) => (path.length === 1 ? path : []))
}

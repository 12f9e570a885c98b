// The shape: the authored value against schema/gateway.schema.json.
// In: any plain value. Out: a config of valid shape, and findings.
// INVARIANT: the result is valid by the schema, except for holes in lists where
// an element was faulty; everything that was dropped has a finding.

import type { ErrorObject } from 'ajv'
import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { joinPointer, splitPointer } from '../diagnostics/pointer.ts'
import type { Fault } from './fault.ts'
import { foreignMeant } from './foreign.ts'
import { describeFault } from './messages.ts'
import { findMeant } from './synonyms.ts'
import { gatewaySchema, judgeGateway } from './validators.js'

export interface Shaped {
  /** Undefined if the outermost value is not an object, or if there are too
   * many faults. */
  readonly config: GatewayConfig | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** Sections that were dropped or misspelt: their names are unknown. */
  readonly lost: ReadonlySet<string>
  /** Pointers of the dropped parts. */
  readonly dropped: ReadonlySet<string>
}

/** With more faults than these, the rest is not checked further. */
export const MAX_FAULTS = 1_000

export function checkShape(authored: unknown): Shaped {
  const faults = list(authored)
  const diagnostics = faults.slice(0, MAX_FAULTS).map(describeFault)
  const lost = new Set(faults.flatMap(findLostSections))
  const isObject =
    typeof authored === 'object' && authored && !Array.isArray(authored)
  if (!isObject || faults.length > MAX_FAULTS) {
    return { config: undefined, diagnostics, lost, dropped: new Set() }
  }
  const config = structuredClone(authored) as Record<string, unknown>
  const dropped = new Set<string>()
  for (let left = faults; left.length > 0; ) {
    for (const fault of left) drop(config, pointerOf(fault), dropped)
    config.servers ??= {}
    left = list(config).filter((fault) => !dropped.has(pointerOf(fault)))
  }
  const whole = config as unknown as GatewayConfig
  return { config: whole, diagnostics, lost, dropped }
}

/** Definitions of the schema by their text: ajv gives the schema that failed,
 * but not always its name. */
const FORMS: ReadonlyMap<string, string> = new Map(
  Object.entries(gatewaySchema.$defs).map(([name, one]) => [
    JSON.stringify(one),
    name,
  ]),
)

/** One error for each fault. */
function list(value: unknown): readonly Fault[] {
  if (judgeGateway(value)) return []
  const { servers: declared } = Object(value) as { servers?: unknown }
  const servers = Object.keys(Object(declared))
  const keysOf = openKeys()
  const errors = (judgeGateway.errors ?? [])
    .filter((error) => !isEcho(error))
    .slice(0, MAX_FAULTS + 1)
    .map((error) => ({
      ...error,
      known: knownKeys(error),
      beside: keysOf(error.data),
      servers,
      form: findForm(error),
    }))
  const mistyped = new Set(
    errors
      .filter(({ keyword }) => keyword === 'type')
      .map(({ instancePath }) => instancePath),
  )
  const odd = new Set(
    errors.flatMap((error) => (unknownKey(error) ? [error.instancePath] : [])),
  )
  const meant = new Set(errors.flatMap(findMeantPointers))
  const halves = new Set(
    errors
      .filter(({ keyword }) => keyword === 'dependentRequired')
      .map(({ instancePath }) => instancePath),
  )
  return errors.filter(({ instancePath, keyword, params }) => {
    if (keyword === 'type') return true
    if (mistyped.has(instancePath)) return false
    // A missing `type` has its own fault.
    if (keyword === 'discriminator') return params.tagValue !== undefined
    if (keyword === 'oneOf' || keyword === 'anyOf')
      return !odd.has(instancePath) && !halves.has(instancePath)
    if (keyword !== 'required' && keyword !== 'dependentRequired') return true
    if (isOfOtherType(errors, instancePath)) return false
    // The key is present, but misspelt: one fault.
    return !meant.has(joinPointer(instancePath, params.missingProperty))
  })
}

/** The keys of an object, collected once for all its faults. */
function openKeys(): (data: unknown) => readonly string[] {
  const listed = new Map<unknown, readonly string[]>()
  return (data) => {
    if (typeof data !== 'object' || data === null) return []
    const keys = listed.get(data) ?? Object.keys(data)
    listed.set(data, keys)
    return keys
  }
}

/** Whether a server has the key that only servers of the other type must have:
 * then the missing key of its own type is a consequence. */
function isOfOtherType(errors: readonly Fault[], pointer: string): boolean {
  if (!/^\/servers\/[^/]+$/.test(pointer)) return false
  return errors.some(
    (error) =>
      error.instancePath === pointer &&
      ['url', 'command'].includes(unknownKey(error) ?? ''),
  )
}

/** Errors that repeat another error or are part of it. */
function isEcho({ keyword, propertyName, schemaPath }: ErrorObject): boolean {
  const branch = /\/(?:oneOf|anyOf)\/\d/.test(schemaPath)
  return branch || keyword === 'if' || propertyName !== undefined
}

/** Keys of the schema at hand, and of the one that it refers to. */
function knownKeys(error: ErrorObject): readonly string[] {
  const { keyword, parentSchema } = error
  if (keyword === 'discriminator') return listTags(parentSchema)
  const { properties = {}, $ref = '' } = (parentSchema ?? {}) as {
    readonly properties?: object
    readonly $ref?: string
  }
  const { $defs } = gatewaySchema
  const shared = $defs[$ref.replace('#/$defs/', '')]?.properties ?? {}
  const keys = [...Object.keys(properties), ...Object.keys(shared)]
  return keys.filter((key) => key !== '$schema')
}

/** Values of `type`, by which a choice of the schema is made. */
function listTags(parentSchema: object | undefined): readonly string[] {
  const { oneOf = [] } = (parentSchema ?? {}) as {
    readonly oneOf?: readonly { readonly $ref: string }[]
  }
  return oneOf.flatMap(({ $ref }) => {
    const { properties } =
      gatewaySchema.$defs[$ref.replace('#/$defs/', '')] ?? {}
    const { const: tag } = Object(Object(properties).type)
    return typeof tag === 'string' ? [tag] : []
  })
}

/** Name of the definition that an error refers to; '' without one. */
function findForm(error: ErrorObject): string {
  const { keyword, schemaPath, parentSchema } = error
  const { $ref = '' } = (error.schema ?? {}) as { readonly $ref?: string }
  // `propertyNames` reports what the names of an object must be.
  const path = keyword === 'propertyNames' ? $ref : schemaPath
  const [, named] = /\/\$defs\/(\w+)/.exec(path) ?? []
  return named ?? FORMS.get(JSON.stringify(parentSchema)) ?? ''
}

/** Place of the member that a misspelt key was meant to be. */
function findMeantPointers(fault: Fault): readonly string[] {
  const key = unknownKey(fault)
  const owner = fault.instancePath.endsWith('/auth') ? 'signIn' : 'server'
  const meant = key && (foreignMeant(owner, key) ?? findMeant(key, fault.known))
  return meant ? [joinPointer(fault.instancePath, meant)] : []
}

function unknownKey({ keyword, params }: ErrorObject): string | undefined {
  if (keyword === 'additionalProperties') return params.additionalProperty
  if (keyword === 'unevaluatedProperties') return params.unevaluatedProperty
  return undefined
}

/** The parts to drop, so that this fault is gone. */
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
  return [pointerOf(fault), ...findMeantPointers(fault)]
    .map(splitPointer)
    .flatMap((path) => (path.length === 1 ? path : []))
}

// Adapts one definition to what clients of an era accept: edits, or the reason
// why they cannot get it.
// INVARIANT: what is kept keeps its bytes; the depth of the shapes bounds the
// recursion.

import {
  findNode,
  isNull,
  parseNode,
  readNumber,
  readString,
} from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import { type Node, scanJson } from '../message/scan.ts'
import { dropMembers, type Edit, replace } from '../message/splice.ts'
import { findUncompilable } from './output-schema.ts'
import {
  type ListKey,
  type Members,
  OBJECT_SCHEMA,
  SHAPES,
  type Shape,
} from './shapes.ts'

export type Fit =
  | {
      readonly edits: readonly Edit[]
      /** What is removed or rewritten, with the reason; not what the era does
       * not use. */
      readonly changes: readonly string[]
      /** SDK 1.x identifies an output schema by `$id`: of two in one list, one
       * loses it (`edits` for that case). */
      readonly schema?: { readonly id: string; readonly edits: readonly Edit[] }
    }
  | { readonly fault: string }

/** Definition, `icons`, an icon, its `sizes`. */
const KEEP = 4

/** The definition was read within `caps.depth`. */
const DEPTH = 10_000

/** `asTask`: the server supports tasks of 2025-11-25. */
export function fitDefinition(
  bytes: Buffer,
  list: ListKey,
  era: Era,
  asTask: boolean,
): Fit {
  const root = scanJson(bytes, { depth: DEPTH, keep: KEEP })
  if ('fault' in root) return { fault: FAULTS[root.fault] ?? 'is not JSON' }
  const judge = (dropsId: boolean): Fit => {
    const fitting = new Fitting(bytes, dropsId)
    const handled =
      list === 'tools'
        ? fitting.dropForEra(root, era, era === 'legacy' && asTask)
        : []
    const fault =
      fitting.members(root, SHAPES[era][list], '', handled) ??
      (list === 'resources' ? judgeUri(bytes, root) : undefined)
    return fault === undefined ? fitting.result() : { fault }
  }
  const fit = judge(false)
  const output = list === 'tools' ? findNode(root, 'outputSchema') : undefined
  const id = readString(bytes, findNode(output, '$id'))
  if ('fault' in fit || id === undefined || era === 'modern') return fit
  const withoutId = judge(true)
  if ('fault' in withoutId) return fit
  return SAFE_ID.test(id)
    ? { ...fit, schema: { id, edits: withoutId.edits } }
    : { ...withoutId, changes: [...withoutId.changes, 'outputSchema.$id'] }
}

/** URIs that all schema compilers accept. */
const SAFE_ID =
  /^(https?:\/\/[\w.-]+(:\d+)?(\/[\w.~/-]*)?|urn:[a-z0-9-]{2,31}:[\w.:-]+)#?$/i

const FAULTS: Readonly<Record<string, string>> = Object.freeze({
  duplicate: 'has a key that stands twice in one object',
  size: 'has too many values',
})

/** `uri` must be absolute (all versions): Python clients reject the list
 * otherwise. */
function judgeUri(bytes: Buffer, root: Node): string | undefined {
  const uri = readString(bytes, findNode(root, 'uri'))
  return uri !== undefined && URL.canParse(uri)
    ? undefined
    : '`uri` is not an absolute URI'
}

class Fitting {
  readonly #bytes: Buffer
  readonly #dropsId: boolean
  readonly #drops = new Map<Node, string[]>()
  readonly #edits: Edit[] = []
  readonly #changes: string[] = []

  /** `dropsId`: removes `$id` of the output schema. */
  constructor(bytes: Buffer, dropsId: boolean) {
    this.#bytes = bytes
    this.#dropsId = dropsId
  }

  result(): Exclude<Fit, { fault: string }> {
    const drops = [...this.#drops].flatMap(([node, keys]) =>
      dropMembers(node, keys),
    )
    return { edits: [...this.#edits, ...drops], changes: this.#changes }
  }

  /** Removes what this era does not use. Returns the members that need no other
   * check. */
  dropForEra(root: Node, era: Era, asTask: boolean): readonly string[] {
    const handled: string[] = []
    const execution = findNode(root, 'execution')
    if (execution && !asTask) {
      handled.push('execution')
      const { members = [] } = execution
      const others = members.some(({ key }) => key !== 'taskSupport')
      if (others) this.#drop(execution, 'taskSupport')
      else this.#drop(root, 'execution')
    }
    const output = findNode(root, 'outputSchema')
    if (era === 'legacy' && output?.type === 'object') {
      handled.push('outputSchema')
      this.#output(root, output)
    }
    return handled
  }

  /** SDK 1.x compiles all output schemas of a list; one failure loses the list. */
  #output(root: Node, output: Node): void {
    const inside = new Fitting(this.#bytes, this.#dropsId)
    const schema = parseNode(this.#bytes, output)
    const fault =
      inside.members(output, OBJECT_SCHEMA, 'outputSchema', []) ??
      findUncompilable(schema)
    if (fault !== undefined) {
      this.#drop(root, 'outputSchema', fault)
      return
    }
    if (this.#dropsId) inside.#drop(output, '$id')
    const { edits, changes } = inside.result()
    this.#edits.push(...edits)
    this.#changes.push(...changes)
  }

  /** The fault that hides the definition, if any. */
  members(
    node: Node,
    { members, needed }: Members,
    path: string,
    handled: readonly string[],
  ): string | undefined {
    if (node.type !== 'object') return `${quote(path)} is not an object`
    const missing = needed.find((key) => !findNode(node, key))
    if (missing !== undefined) return `${quote(join(path, missing))} is missing`
    for (const { key, node: value } of node.members ?? []) {
      const shape = Object.hasOwn(members, key) ? members[key] : undefined
      if (shape === undefined || handled.includes(key)) continue
      const at = join(path, key)
      const optional = !needed.includes(key)
      if (optional && isNull(this.#bytes, value)) this.#drop(node, key, at)
      else if (shape === 'instant' && this.#isBadInstant(value)) {
        this.#drop(node, key, at)
      } else {
        const fault = this.#value(value, shape, at)
        if (fault !== undefined) return fault
      }
    }
    return undefined
  }

  #value(node: Node, shape: Shape, path: string): string | undefined {
    if (typeof shape === 'string') return this.#plain(node, shape, path)
    if ('members' in shape) return this.members(node, shape, path, [])
    if ('oneOf' in shape) {
      const text = readString(this.#bytes, node)
      if (text !== undefined && shape.oneOf.includes(text)) return undefined
      const words = shape.oneOf.map((word) => JSON.stringify(word))
      return `${quote(path)} is not ${words.join(' or ')}`
    }
    return 'items' in shape
      ? this.#items(node, shape.items, path)
      : this.#values(node, shape.values, path)
  }

  #items(node: Node, shape: Shape, path: string): string | undefined {
    if (node.type !== 'array') return `${quote(path)} is not a list`
    for (const [index, item] of (node.items ?? []).entries()) {
      const fault = this.#value(item, shape, `${path}[${index}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  #values(node: Node, shape: Shape, path: string): string | undefined {
    if (node.type !== 'object') return `${quote(path)} is not an object`
    for (const { key, node: value } of node.members ?? []) {
      const fault = this.#value(value, shape, join(path, key))
      if (fault !== undefined) return fault
    }
    return undefined
  }

  #plain(
    node: Node,
    shape: Extract<Shape, string>,
    path: string,
  ): string | undefined {
    if (shape === 'subschema' && node.type === 'literal') {
      const isFalse = this.#bytes[node.start] === 0x66
      this.#edits.push(replace(node, isFalse ? '{"not":{}}' : '{}'))
      this.#changes.push(path)
      return undefined
    }
    return this.#isOf(node, shape)
      ? undefined
      : `${quote(path)} is not ${WORDS[shape]}`
  }

  #isOf(node: Node, shape: Extract<Shape, string>): boolean {
    if (shape === 'any') return true
    if (shape === 'string' || shape === 'instant') return node.type === 'string'
    if (shape === 'object' || shape === 'subschema') {
      return node.type === 'object'
    }
    if (shape === 'boolean') {
      return node.type === 'literal' && !isNull(this.#bytes, node)
    }
    const number = readNumber(this.#bytes, node)
    return shape === 'integer'
      ? Number.isSafeInteger(number)
      : number >= 0 && number <= 1
  }

  /** A string that is not an ISO 8601 instant. */
  #isBadInstant(node: Node): boolean {
    const text = readString(this.#bytes, node)
    return text !== undefined && !isInstant(text)
  }

  #drop(node: Node, key: string, change?: string): void {
    const keys = this.#drops.get(node)
    if (keys) keys.push(key)
    else this.#drops.set(node, [key])
    if (change !== undefined) this.#changes.push(change)
  }
}

const WORDS: Readonly<Record<Extract<Shape, string>, string>> = Object.freeze({
  string: 'a string',
  instant: 'a string',
  boolean: 'true or false',
  integer: 'a whole number',
  fraction: 'a number from 0 to 1',
  object: 'an object',
  subschema: 'an object',
  any: '',
})

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

function isInstant(text: string): boolean {
  const [, year, month, day] = INSTANT.exec(text) ?? []
  if (day === undefined) return false
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return date.getUTCDate() === Number(day)
}

function join(path: string, key: string): string {
  // What is cut may hold the beginning of a secret.
  const short = key.length > 64 ? '…' : key
  return path === '' ? short : `${path}.${short}`
}

function quote(path: string): string {
  return path === '' ? 'it' : `\`${path}\``
}

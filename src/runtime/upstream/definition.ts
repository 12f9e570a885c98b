// One definition of a server: the bytes it sent, and values read from them.
// INVARIANT: values are parsed on first use, and once.

import { canonicalize, sha256Hex } from '../../table/digest.ts'
import type { Era } from '../message/methods.ts'
import { type HeaderParam, readHeaderParams } from '../message/params.ts'
import { type AppLink, readAppLink } from './app-link.ts'
import { type Fit, fitDefinition } from './fit.ts'
import type { ListKey } from './shapes.ts'

/** One tool, prompt, resource or template. */
export interface Definition extends ToolParts {
  /** Upstream name, URI or URI template. */
  readonly name: string
  readonly bytes: Buffer
  /** Offsets of the name's JSON string in `bytes`. */
  readonly nameStart: number
  readonly nameEnd: number
  /** The name as JSON. */
  quotedName(): string
  /** Hex SHA-256 of its canonical JSON. */
  digest(): string
  /** The definition as clients of an era accept it; `asTask`: the server
   * supports tasks of 2025-11-25. */
  fit(era: Era, asTask: boolean): Fit
}

/** Values that only tools have. */
interface ToolParts {
  /** Arguments that headers mirror; undefined if an annotation is invalid. */
  params(): readonly HeaderParam[] | undefined
  /** Its user interface, if any. */
  app(): AppLink | undefined
  /** Whether it runs only as a task (2025-11-25, utilities/tasks). */
  needsTask(): boolean
}

type Place = Pick<Definition, 'name' | 'bytes' | 'nameStart' | 'nameEnd'>

/** `nameStart` and `nameEnd`: offsets of `name` in `bytes`. */
export function makeDefinition(list: ListKey, place: Place): Definition {
  return new LazyDefinition(list, place)
}

/** A value that may be undefined, once it was read. */
type Read<Value> = { readonly value: Value } | undefined

/** There are thousands of them: fields take less memory than closures. */
class LazyDefinition implements Definition {
  readonly name: string
  readonly bytes: Buffer
  readonly nameStart: number
  readonly nameEnd: number
  readonly #list: ListKey
  #quotedName: string | undefined
  #digest: string | undefined
  #needsTask: boolean | undefined
  #params: Read<readonly HeaderParam[] | undefined>
  #app: Read<AppLink | undefined>
  #fits: Map<string, Fit> | undefined

  constructor(list: ListKey, { name, bytes, nameStart, nameEnd }: Place) {
    this.#list = list
    this.name = name
    this.bytes = bytes
    this.nameStart = nameStart
    this.nameEnd = nameEnd
  }

  quotedName(): string {
    this.#quotedName ??= JSON.stringify(this.name)
    return this.#quotedName
  }

  digest(): string {
    this.#digest ??= sha256Hex(canonicalize(JSON.parse(this.bytes.toString())))
    return this.#digest
  }

  fit(era: Era, asTask: boolean): Fit {
    this.#fits ??= new Map()
    const key = `${era} ${asTask}`
    const fit =
      this.#fits.get(key) ?? fitDefinition(this.bytes, this.#list, era, asTask)
    this.#fits.set(key, fit)
    return fit
  }

  params(): readonly HeaderParam[] | undefined {
    this.#params ??= readParams(this.bytes)
    return this.#params.value
  }

  app(): AppLink | undefined {
    this.#app ??= { value: readAppLink(this.bytes) }
    return this.#app.value
  }

  needsTask(): boolean {
    this.#needsTask ??= readTaskSupport(this.bytes) === 'required'
    return this.#needsTask
  }
}

function readParams(bytes: Buffer): {
  readonly value: readonly HeaderParam[] | undefined
} {
  if (!bytes.includes('"x-mcp-header"')) return NO_PARAMS
  const { inputSchema } = JSON.parse(bytes.toString()) as {
    readonly inputSchema?: unknown
  }
  return { value: readHeaderParams(inputSchema) }
}

/** One for all: most tools have none. */
const NO_PARAMS = Object.freeze({ value: Object.freeze([]) })

function readTaskSupport(bytes: Buffer): unknown {
  if (!bytes.includes('"taskSupport"')) return undefined
  const { execution } = JSON.parse(bytes.toString()) as {
    readonly execution?: unknown
  }
  return Object(execution).taskSupport
}

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

/** `nameStart` and `nameEnd`: offsets of `name` in `bytes`. */
export function makeDefinition(
  list: ListKey,
  place: Pick<Definition, 'name' | 'bytes' | 'nameStart' | 'nameEnd'>,
): Definition {
  const { name, bytes } = place
  const fits = new Map<string, Fit>()
  return {
    ...place,
    quotedName: once(() => JSON.stringify(name)),
    digest: once(() => sha256Hex(canonicalize(JSON.parse(bytes.toString())))),
    fit: (era, asTask) => {
      const key = `${era} ${asTask}`
      let fit = fits.get(key)
      if (!fit) {
        fit = fitDefinition(bytes, list, era, asTask)
        fits.set(key, fit)
      }
      return fit
    },
    ...readTool(bytes),
  }
}

function readTool(bytes: Buffer): ToolParts {
  return {
    params: once(() => readParams(bytes)),
    app: once(() => readAppLink(bytes)),
    needsTask: once(() => readTaskSupport(bytes) === 'required'),
  }
}

function readParams(bytes: Buffer): readonly HeaderParam[] | undefined {
  if (!bytes.includes('"x-mcp-header"')) return NO_PARAMS
  const { inputSchema } = JSON.parse(bytes.toString()) as {
    readonly inputSchema?: unknown
  }
  return readHeaderParams(inputSchema)
}

const NO_PARAMS: readonly HeaderParam[] = []

function readTaskSupport(bytes: Buffer): unknown {
  if (!bytes.includes('"taskSupport"')) return undefined
  const { execution } = JSON.parse(bytes.toString()) as {
    readonly execution?: unknown
  }
  return Object(execution).taskSupport
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}

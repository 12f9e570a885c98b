// One definition of a server, as the bytes it sent, and what of it we read.
// In: the bytes of a definition. Out: a Definition.
// INVARIANT: nothing is parsed before somebody asks, and then once.

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
  /** Where the name's JSON string stands in `bytes`. */
  readonly nameStart: number
  readonly nameEnd: number
  /** Hex SHA-256 of its canonical JSON. */
  digest(): string
  /** As clients of an era accept it; `asTask`: its server takes calls as tasks
   * of 2025-11-25. */
  fit(era: Era, asTask: boolean): Fit
}

/** What only a tool has. */
interface ToolParts {
  /** Arguments that headers mirror. Undefined: wrongly annotated. */
  params(): readonly HeaderParam[] | undefined
  /** Its user interface, if it has one. */
  app(): AppLink | undefined
  /** Whether it runs as a task alone (2025-11-25, utilities/tasks). */
  needsTask(): boolean
}

/** `name` stands in `bytes` where `nameStart` and `nameEnd` say. */
export function makeDefinition(
  list: ListKey,
  place: Pick<Definition, 'name' | 'bytes' | 'nameStart' | 'nameEnd'>,
): Definition {
  const { bytes } = place
  const fits = new Map<string, Fit>()
  return {
    ...place,
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

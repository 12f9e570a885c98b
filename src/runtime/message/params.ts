// Arguments that a tool mirrors in headers, by `x-mcp-header`.
// INVARIANT: only annotations that are reached through `properties` count; one
// bad annotation makes the schema invalid.

import type { IncomingHttpHeaders } from 'node:http'
import { decodeHeader, encodeHeader } from './header-values.ts'

export interface HeaderParam {
  /** In lower case. */
  readonly header: string
  readonly path: readonly string[]
}

const KEY = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
const TYPES = ['string', 'integer', 'boolean']

/** Undefined where an annotation is invalid. */
export function readHeaderParams(
  schema: unknown,
): readonly HeaderParam[] | undefined {
  const found: HeaderParam[] = []
  if (!visit(schema, [], found)) return undefined
  const names = new Set(found.map(({ header }) => header))
  return names.size === found.length ? found : undefined
}

/** False where an annotation is invalid. */
function visit(
  schema: unknown,
  path: readonly string[],
  found: HeaderParam[],
): boolean {
  if (typeof schema !== 'object' || schema === null) return true
  const { properties, ...rest } = schema as Record<string, unknown>
  if (Object.hasOwn(rest, KEY)) {
    const name = rest[KEY]
    const named = typeof name === 'string' && TOKEN.test(name)
    if (!named || path.length === 0) return false
    if (!TYPES.includes(String(rest.type))) return false
    found.push({ header: `mcp-param-${name.toLowerCase()}`, path })
  }
  // Below any other keyword, the argument's path is not certain.
  const { [KEY]: _, ...others } = rest
  if (JSON.stringify(others).includes(`"${KEY}"`)) return false
  return Object.entries(Object(properties) as object).every(([name, one]) =>
    visit(one, [...path, name], found),
  )
}

export function mirrorParams(
  params: readonly HeaderParam[],
  args: unknown,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    params.flatMap(({ header, path }) => {
      const value = findValue(args, path)
      return value === undefined ? [] : [[header, encodeHeader(String(value))]]
    }),
  )
}

/** The problem of the first header that differs from its argument, if any. */
export function judgeParams(
  params: readonly HeaderParam[],
  args: unknown,
  headers: IncomingHttpHeaders,
): string | undefined {
  const different = params.find(({ header, path }) => {
    const value = findValue(args, path)
    const given = headers[header]
    if (value === undefined || given === undefined) {
      return value !== undefined || given !== undefined
    }
    const decoded = decodeHeader(String(given))
    if (decoded === undefined) return true
    return typeof value === 'number'
      ? Number(decoded) !== value || decoded.trim() === ''
      : decoded !== String(value)
  })
  return different && `${different.header} differs from the arguments`
}

/** Null counts as absent. */
function findValue(
  args: unknown,
  path: readonly string[],
): string | number | boolean | undefined {
  let here = args
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined
    if (!Object.hasOwn(here, part)) return undefined
    here = (here as Record<string, unknown>)[part]
  }
  const plain = ['string', 'number', 'boolean'].includes(typeof here)
  return plain ? (here as string | number | boolean) : undefined
}

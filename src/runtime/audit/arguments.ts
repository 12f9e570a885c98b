// A call's arguments, as far as its record may show them.
// In: their bytes, and the config's `audit`. Out: the `arguments` field.
// INVARIANT: what is not selected, or is masked, is in no form of the record,
// its digest included.

import type { AuditSettings } from '../../contract/settings.ts'
import { splitPointer } from '../../diagnostics/pointer.ts'
import { parseExact } from '../../table/number.ts'
import type { KeyedDigest } from './digest.ts'
import { text } from './text.ts'

type Selection = AuditSettings['tools'][string][string]

/** With its comma; '' for none. The digest is keyed, so that short arguments
 * cannot be guessed from it. */
export function renderArguments(
  { arguments: mode, tools }: AuditSettings,
  key: KeyedDigest,
  { server, name }: { readonly server: string; readonly name: string },
  bytes: Buffer | undefined,
): string {
  if (!bytes || mode === 'none') return ''
  const selection = own(own(tools, server), name)
  if (mode === 'digest') {
    const shown = selection ? Buffer.from(select(bytes, selection)) : bytes
    return `,"arguments":{"hmac":"${key.sign(shown)}","bytes":${shown.length}}`
  }
  const value = parse(selection ? select(bytes, selection) : bytes.toString())
  const shown = mode === 'values' ? value : Object.keys(value ?? {})
  return `,"arguments":${text(shown)}`
}

/** A number that a double would round is kept as a text with its digits. */
function parse(json: string): unknown {
  return parseExact(json, (digits) => `"${digits}"`)
}

/** A tool may have any name, `constructor` too. */
function own<T>(
  of: Readonly<Record<string, T>> | undefined,
  name: string,
): T | undefined {
  return of && Object.hasOwn(of, name) ? of[name] : undefined
}

function select(bytes: Buffer, { select, redact }: Selection): string {
  const value = parse(bytes.toString())
  const kept = select ? keep(value, select.map(splitPointer)) : value
  return JSON.stringify(mask(kept ?? {}, redact.map(splitPointer)))
}

type Paths = readonly (readonly string[])[]

/** Of a list, what is not kept stays as null: places do not move. */
function keep(value: unknown, paths: Paths): unknown {
  if (paths.some((path) => path.length === 0)) return value
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    return value.map((item, at) => keep(item, below(paths, String(at))) ?? null)
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const inner = below(paths, name)
      const kept = inner.length === 0 ? undefined : keep(member, inner)
      return kept === undefined ? [] : [[name, kept]]
    }),
  )
}

function mask(value: unknown, paths: Paths): unknown {
  if (paths.length === 0) return value
  if (paths.some((path) => path.length === 0)) return '[redacted]'
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return value.map((item, at) => mask(item, below(paths, String(at))))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      mask(member, below(paths, name)),
    ]),
  )
}

function below(paths: Paths, name: string): Paths {
  return paths.filter(([first]) => first === name).map((path) => path.slice(1))
}

// Writes the `arguments` field of an audit record.
// INVARIANT: an argument that is not selected, or is masked, is in no part of
// the record, its digest included.

import type { AuditSettings } from '../../contract/settings.ts'
import { splitPointer } from '../../diagnostics/pointer.ts'
import { parseExact } from '../../table/number.ts'
import type { Line } from '../audit/batch.ts'
import type { KeyedDigest } from '../audit/digest.ts'
import { beginJson, text } from '../base/json-text.ts'

type Selection = AuditSettings['tools'][string][string]

const DIGEST = Buffer.from(',"arguments":{"hmac":"')
const BYTES = Buffer.from('","bytes":')
const CLOSE = Buffer.from('}')

/** The digest is keyed, so that short arguments cannot be guessed from it. `room`:
 * bytes that the record has left; longer arguments are cut. */
export function addArguments(
  line: Line,
  { arguments: mode, tools }: AuditSettings,
  key: KeyedDigest,
  { server, name }: { readonly server: string; readonly name: string },
  bytes: Buffer | undefined,
  room: number,
): void {
  if (!bytes || mode === 'none') return
  const selection = own(own(tools, server), name)
  const kept = selection ? Buffer.from(select(bytes, selection)) : bytes
  if (mode === 'digest') {
    addDigest(line, key, kept)
    return line.addBytes(CLOSE)
  }
  // Canonical JSON of the same values is never shorter than a sixth.
  if (mode === 'values' && kept.length > SHORTEST * room) {
    return addBeginning(line, key, kept, kept.toString('utf8', 0, room), room)
  }
  const value = parse(kept.toString())
  const shown = mode === 'values' ? value : listKeys(value, room)
  const json = text(shown)
  if (Buffer.byteLength(json) > room) {
    return addBeginning(line, key, kept, json, room)
  }
  line.addText(`,"arguments":${json}`)
}

const SHORTEST = 6

/** At most `room` keys: more could not fit. */
function listKeys(value: unknown, room: number): readonly string[] {
  return Object.keys(value ?? {}).slice(0, room)
}

/** Leaves the object open. */
function addDigest(line: Line, key: KeyedDigest, bytes: Buffer): void {
  line.addBytes(DIGEST)
  line.addText(key.sign(bytes))
  line.addBytes(BYTES)
  line.addNumber(bytes.length)
}

/** Bytes of the `hmac` and `bytes` members. */
const FRAME = 140

function addBeginning(
  line: Line,
  key: KeyedDigest,
  bytes: Buffer,
  json: string,
  room: number,
): void {
  addDigest(line, key, bytes)
  const begun = beginJson(json, Math.max(0, room - FRAME))
  line.addText(`,"truncated":"${begun}"}`)
}

/** A number that a double would round becomes a text with its digits. */
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

/** In a list, an item that is not kept becomes null, so that indexes stay. */
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

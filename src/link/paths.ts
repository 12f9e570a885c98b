// Paths, from "relative to the file that names them" to "relative to the root
// config's folder".
// In: a path and the folder of its file. Out: a path with `/`; '' is the root.
// INVARIANT: only text; an absolute path does not change.

import type { SecretRef, Value, Written } from '../contract/table.ts'
import { isAbsolutePath, joinPath } from '../diagnostics/paths.ts'

/** A command with a `/` is a path and keeps a `/`. */
export function relocateCommand(command: string, folder: string): string {
  if (!command.includes('/') || isAbsolutePath(command)) return command
  const path = joinPath(folder, command)
  return path.includes('/') ? path : `./${path}`
}

export function relocateSecret(ref: SecretRef, folder: string): SecretRef {
  if (!ref.startsWith('file:')) return ref
  return `file:${joinPath(folder, ref.slice('file:'.length))}`
}

export function relocateValue(value: Value, folder: string): Value {
  if (typeof value === 'string') return value
  if ('secret' in value) return { secret: relocateSecret(value.secret, folder) }
  if ('bearer' in value) return { bearer: relocateSecret(value.bearer, folder) }
  if ('scheme' in value) {
    const { name, secret } = value.scheme
    return { scheme: { name, secret: relocateSecret(secret, folder) } }
  }
  const { user, secret } = value.basic
  return { basic: { user, secret: relocateSecret(secret, folder) } }
}

export function relocateWritten<W extends Written>(value: W, folder: string): W
export function relocateWritten(value: Written, folder: string): Written {
  if (typeof value === 'string') return value
  if ('secret' in value) return { secret: relocateSecret(value.secret, folder) }
  const join = value.join.map((part) =>
    typeof part === 'string'
      ? part
      : { secret: relocateSecret(part.secret, folder) },
  )
  return { join }
}

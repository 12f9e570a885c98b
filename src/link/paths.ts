// Paths, from "relative to the file that names them" to "relative to the root
// config's folder".
// In: a path and the folder of its file. Out: a path with `/`; '' is the root.
// INVARIANT: only text; an absolute path does not change.

import { DEFAULTS } from '../contract/defaults.ts'
import type { ProgramConfig, SecretConfig } from '../contract/program.ts'
import type { StdioServerOptions, ValueConfig } from '../contract/servers.ts'
import type {
  ProgramRef,
  SecretRef,
  SecretValue,
  Value,
  Written,
} from '../contract/table.ts'
import { isAbsolutePath, isPathLike, joinPath } from '../diagnostics/paths.ts'
import { toMilliseconds } from './units.ts'

type WrittenConfig = NonNullable<StdioServerOptions['args']>[number]

/** A command with a `/` is a path and keeps a `/`. */
export function relocateCommand(command: string, folder: string): string {
  if (!isPathLike(command) || isAbsolutePath(command)) return command
  const path = joinPath(folder, command)
  return isPathLike(path) ? path : `./${path}`
}

export function relocateSecret(ref: SecretConfig, folder: string): SecretRef {
  if (typeof ref === 'object') return relocateProgram(ref, folder)
  if (!ref.startsWith('file:')) return ref
  return `file:${joinPath(folder, ref.slice('file:'.length))}`
}

/** The order of the names has no meaning; holes are of faulty ones. */
function relocateProgram(
  { exec, env, timeout }: ProgramConfig,
  folder: string,
): ProgramRef {
  const { program: usual } = DEFAULTS
  const [command = '', ...args] = exec
  return {
    exec: [relocateCommand(command, folder), ...args],
    env: [...new Set((env ?? usual.env).filter(() => true))].sort(),
    timeout: toMilliseconds(timeout ?? usual.timeout),
  }
}

export function relocateValue(value: ValueConfig, folder: string): Value {
  return typeof value === 'string' ? value : relocateSecretValue(value, folder)
}

export function relocateSecretValue(
  value: Exclude<ValueConfig, string>,
  folder: string,
): SecretValue {
  if (value.secret) return { secret: relocateSecret(value.secret, folder) }
  if (value.bearer) return { bearer: relocateSecret(value.bearer, folder) }
  if (value.scheme) {
    const { name, secret } = value.scheme
    return { scheme: { name, secret: relocateSecret(secret, folder) } }
  }
  const { user, secret } = value.basic
  return { basic: { user, secret: relocateSecret(secret, folder) } }
}

export function relocateWritten(value: WrittenConfig, folder: string): Written {
  if (typeof value === 'string') return value
  if (value.secret) return { secret: relocateSecret(value.secret, folder) }
  const join = value.join.map((part) =>
    typeof part === 'string'
      ? part
      : { secret: relocateSecret(part.secret, folder) },
  )
  return { join }
}

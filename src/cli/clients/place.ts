// Where the config file of a client is.
// In: a client, a system, a home folder. Out: a path.
// INVARIANT: nothing is read here; a path that the user gave wins.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Io } from '../verb.ts'
import type { Client, System } from './client.ts'

export interface Asked {
  readonly file?: string
  readonly project?: boolean
}

/** Undefined: it has none of this kind. */
export function findPlace(
  { file }: Client,
  asked: Asked,
  io: Pick<Io, 'cwd' | 'env'>,
  system: string = process.platform,
): string | undefined {
  if (!file) return undefined
  if (asked.file !== undefined) return resolve(io.cwd, asked.file)
  if (asked.project || file.user === undefined) {
    return file.project && resolve(io.cwd, file.project)
  }
  const path = pickPath(file.user, system)
  const home = findHome(io.env) ?? homedir()
  const [, below] = /^%APPDATA%\/(.+)$/.exec(path) ?? []
  if (below === undefined) return join(home, path)
  return join(io.env.APPDATA ?? join(home, 'AppData/Roaming'), below)
}

/** Of whoever runs this; USERPROFILE on Windows. */
export function findHome({ HOME, USERPROFILE }: Io['env']): string | undefined {
  return HOME || USERPROFILE || undefined
}

/** `~/.cursor/mcp.json`, for a document. */
export function describePlace({ file }: Client): string | undefined {
  const path = file?.user && pickPath(file.user, 'linux')
  return path === undefined ? file?.project : `~/${path}`
}

function pickPath(
  user: string | Readonly<Record<System, string>>,
  system: string,
): string {
  if (typeof user === 'string') return user
  return system === 'darwin' || system === 'win32' ? user[system] : user.linux
}

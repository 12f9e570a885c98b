// gateway.lock.json and gateway-env.d.ts on disk.
// In: the root config's folder. Out: the lock that is there; the two, written.
// INVARIANT: one lock has one spelling: keys and lists in order, two blanks an
// indent, so that a diff in review shows what changed and nothing else.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  LOCK_FILE,
  LOCK_FORMAT,
  type Lock,
  type LockedServer,
  TYPES_FILE,
} from '../contract/lock.ts'
import { readRegularText } from '../regular.ts'
import { renderLock, renderTypes } from '../table/lock.ts'
import { writeFiles } from './files.ts'

export type LockedServers = Readonly<Record<string, LockedServer>>

/** What is written, judged by nobody: undefined where it is no lock at all. */
export function readLockFile(root: string): LockedServers | undefined {
  const path = join(root, LOCK_FILE)
  if (!existsSync(path)) return {}
  try {
    const lock = JSON.parse(readRegularText(path)) as Partial<Lock>
    const { formatVersion, servers } = lock
    const whole = typeof servers === 'object' && servers !== null
    return formatVersion === LOCK_FORMAT && whole ? servers : undefined
  } catch {
    return undefined
  }
}

/** Writes the lock, and the types where the config can use them; gives what
 * it wrote, which is what was other before. */
export function writeLockFile(
  root: string,
  servers: LockedServers,
  typed: boolean,
): readonly string[] {
  const lock: Lock = { formatVersion: LOCK_FORMAT, servers }
  const texts = [
    [LOCK_FILE, renderLock(lock)] as const,
    ...(typed ? [[TYPES_FILE, renderTypes(lock)] as const] : []),
  ]
  const files = texts
    .map(([name, text]) => ({ path: join(root, name), name, text }))
    .filter(({ path, text }) => readText(path) !== text)
  writeFiles(files)
  return files.map(({ name }) => name)
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readRegularText(path) : undefined
}

// gateway.lock.json and gateway-env.d.ts on disk.
// In: the root config's folder. Out: the existing lock; or both files, written.
// INVARIANT: one lock has one text: sorted keys and lists, an indent of two
// blanks, so that a diff in review contains only changes.

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

/** The file's content, unchecked; undefined if it is not a lock at all. */
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

/** Writes the lock, and the types if the config can use them; returns the
 * written files, which are those that differed. */
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
    .map(([name, text]) => {
      const path = join(root, name)
      return { path, name, text: keepLineEnds(text, readText(path)) }
    })
    .filter(({ path, text }) => readText(path) !== text)
  writeFiles(files)
  return files.map(({ name }) => name)
}

/** As git gave them to a checkout on Windows. */
function keepLineEnds(text: string, before: string | undefined): string {
  return before?.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readRegularText(path) : undefined
}

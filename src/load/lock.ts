// The lock and the types written with it, reviewed in git.
// In: the root config's folder. Out: the content of both files, unchecked.
// INVARIANT: without a file there is no lock; a text that is not JSON gives a
// finding, never a part of a lock.

import { join } from 'node:path'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { LOCK_FILE, TYPES_FILE } from '../contract/lock.ts'
import { finding } from '../diagnostics/report.ts'
import { isInside, readRegularText } from '../regular.ts'

export interface LockFiles {
  /** Absolute. */
  readonly path: string
  /** '' if there is no file. */
  readonly text: string
  /** Absent without a lock, or with one that cannot be read. */
  readonly value?: unknown
  /** Content of gateway-env.d.ts; absent without that file. */
  readonly types?: string
  readonly diagnostics: readonly Diagnostic[]
}

/** `instead` replaces both files, and has its own types. */
export async function loadLock(
  root: string,
  instead?: string,
): Promise<LockFiles> {
  const path = join(root, LOCK_FILE)
  const lock = instead ?? readIfThere(path)
  const types =
    instead === undefined ? readIfThere(join(root, TYPES_FILE)) : undefined
  const typed = typeof types === 'string' ? { types } : {}
  const base = { path, text: '', ...typed, diagnostics: [] }
  if (lock === undefined) return base
  if (typeof lock !== 'string') {
    const message = `cannot read ${LOCK_FILE} (${lock.code})`
    return { ...base, diagnostics: [refuse('GW1003', message, 1)] }
  }
  try {
    return { ...base, text: lock, value: JSON.parse(lock) as unknown }
  } catch (error) {
    const message = `${LOCK_FILE} is not JSON`
    const diagnostics = [refuse('GW5001', message, lineOf(lock, error))]
    return { ...base, text: lock, diagnostics }
  }
}

/** Undefined when there is no such file. */
function readIfThere(
  path: string,
): string | { readonly code: string } | undefined {
  try {
    // Findings would show the content of a linked file from elsewhere.
    if (!isInside(path))
      return { code: 'a link to a file outside of its folder' }
    return readRegularText(path)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? undefined : { code }
  }
}

/** Some versions of Node give the position where they stopped. */
function lineOf(text: string, error: unknown): number {
  const [, at] = /position (\d+)/.exec((error as Error).message) ?? []
  return text.slice(0, Number(at ?? 0)).split('\n').length
}

function refuse(code: 'GW1003' | 'GW5001', message: string, line: number) {
  const at = { file: LOCK_FILE, start: { line, column: 1 } }
  return finding(code, `${LOCK_FILE}#`, message, { at })
}

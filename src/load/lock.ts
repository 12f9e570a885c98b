// The lock and the types written with it: machine-written, reviewed in git.
// In: the root config's folder. Out: what the two files hold, unjudged.
// INVARIANT: absent means no lock; what is not JSON is a finding, never a
// part of a lock.

import { join } from 'node:path'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { LOCK_FILE, TYPES_FILE } from '../contract/lock.ts'
import { finding } from '../diagnostics/report.ts'
import { isInside, readRegularText } from '../regular.ts'

export interface LockFiles {
  /** Absolute. */
  readonly path: string
  /** '' where there is no file. */
  readonly text: string
  /** Absent where there is no lock, or none that can be read. */
  readonly value?: unknown
  /** Of gateway-env.d.ts; absent where there is none. */
  readonly types?: string
  readonly diagnostics: readonly Diagnostic[]
}

/** `instead` stands in for both files, and has the types of its own. */
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
    // What a link from elsewhere holds would stand in findings.
    if (!isInside(path))
      return { code: 'a link to a file outside of its folder' }
    return readRegularText(path)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? undefined : { code }
  }
}

/** Node says at which character it stopped, in some versions. */
function lineOf(text: string, error: unknown): number {
  const [, at] = /position (\d+)/.exec((error as Error).message) ?? []
  return text.slice(0, Number(at ?? 0)).split('\n').length
}

function refuse(code: 'GW1003' | 'GW5001', message: string, line: number) {
  const at = { file: LOCK_FILE, start: { line, column: 1 } }
  return finding(code, `${LOCK_FILE}#`, message, { at })
}

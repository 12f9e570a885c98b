// The tokens file on disk: read, edited under a lock, replaced in one step.
// In: its path and an edit of its text. Out: the file, complete at all times.
// INVARIANT: the new text must parse to the old records plus the wanted change;
// two commands at the same time never lose a change.

import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import toml from '@iarna/toml'
import { findInherited } from '../diagnostics/locate-toml.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readRegularText } from '../regular.ts'

/** Records by id, as in the file. */
export type TokenRows = Readonly<Record<string, Readonly<object>>>

export interface Change {
  readonly edit: (text: string) => string
  /** The records that must result. */
  readonly expect: (rows: TokenRows) => TokenRows
  /** Runs as the last step before the file is replaced; if it throws, the file
   * does not change. */
  readonly first?: () => Promise<void>
}

const PATIENCE = 2000

export function readTokens(file: string): string {
  try {
    return readRegularText(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Applies a change; the file keeps its mode, and a link stays a link. */
export async function changeTokens(path: string, change: Change) {
  const file = resolveLink(path)
  const draft = `${file}.new`
  const descriptor = await lock(draft)
  try {
    const before = readTokens(file)
    const after = change.edit(before)
    verify(file, before, after, change)
    writeFileSync(descriptor, after)
    fchmodSync(descriptor, modeOf(file))
    fsyncSync(descriptor)
    await change.first?.()
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** The draft is the lock: whoever creates it may write. */
async function lock(draft: string): Promise<number> {
  const until = performance.now() + PATIENCE
  while (true) {
    try {
      return openSync(draft, 'wx', 0o600)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (performance.now() > until) {
      throw new Unanswerable(
        `${draft} exists: another gateway command is writing, or was stopped ` +
          'while it wrote; if none is running, remove that file',
      )
    }
    await sleep(50)
  }
}

function verify(file: string, before: string, after: string, change: Change) {
  const wanted = change.expect(parseTokens(file, before))
  if (isDeepStrictEqual(parseTokens(file, after), wanted)) return
  throw new Unanswerable(
    `${file} has a form that cannot be edited safely; nothing was ` +
      'changed, please edit it by hand',
  )
}

export function parseTokens(file: string, text: string): TokenRows {
  // @iarna/toml refuses two things: a BOM, and CRLF after a comment.
  const readable = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  if (findInherited(readable)) {
    throw new Unanswerable(
      `${file} contains a table that is not allowed here in TOML`,
    )
  }
  try {
    const { token = {} } = toml.parse(readable)
    return token as TokenRows
  } catch (error) {
    const [line] = (error as Error).message.split('\n')
    throw new Unanswerable(`${file} is not TOML: ${line}`)
  }
}

function modeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mode ?? 0o600
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

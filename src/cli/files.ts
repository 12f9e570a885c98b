// Writes files completely or not at all.
// In: paths with their new texts. Out: the files.
// INVARIANT: no target changes before every text is on the disk; a file keeps
// its mode, a link stays a link, and only regular files are replaced.

import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { readRegularText } from '../regular.ts'

export interface NewFile {
  /** Absolute. */
  readonly path: string
  /** Its name in messages. */
  readonly name: string
  readonly text: string
  /** Of a regular file; undefined: its own, or that of a new file. */
  readonly mode?: number | undefined
}

export interface Drafts {
  /** Moves every draft to its target. */
  commit(): void
  drop(): void
}

interface Draft {
  readonly target: string
  /** Beside the target; absent for a target that is not a regular file. */
  readonly draft?: string
  readonly file: NewFile
}

export function writeFiles(files: readonly NewFile[]): void {
  draftFiles(files).commit()
}

export function draftFiles(files: readonly NewFile[]): Drafts {
  const drafts: Draft[] = []
  const drop = () => {
    for (const { draft } of drafts) if (draft) rmSync(draft, { force: true })
  }
  for (const file of files) {
    try {
      drafts.push(writeDraft(file))
    } catch (error) {
      drop()
      throw refuse(file, error)
    }
  }
  const commit = () => {
    for (const { target, draft, file } of drafts) {
      try {
        if (draft) renameSync(draft, target)
        else writeFileSync(target, file.text)
      } catch (error) {
        drop()
        throw refuse(file, error)
      }
    }
  }
  return { commit, drop }
}

/** A file that the user named: if it cannot be read, the usage is wrong. */
export function readGiven(path: string): string {
  try {
    return readRegularText(path)
  } catch (error) {
    throw new Unanswerable((error as Error).message)
  }
}

function writeDraft(file: NewFile): Draft {
  const there = statSync(file.path, { throwIfNoEntry: false })
  if (there) accessSync(file.path, constants.W_OK)
  if (there?.isDirectory()) throw new Error('it is a folder')
  // A terminal, a pipe, /dev/null: a rename would replace it by a file.
  if (there && !there.isFile()) return { target: file.path, file }
  const target = there ? realpathSync(file.path) : file.path
  const draft = `${target}.${process.pid}.new`
  const mode = file.mode ?? there?.mode
  const descriptor = openSync(draft, 'wx', mode ?? 0o666)
  try {
    if (mode !== undefined) fchmodSync(descriptor, mode)
    writeFileSync(descriptor, file.text)
    fsyncSync(descriptor)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
  return { target, draft, file }
}

function refuse({ name }: NewFile, error: unknown): Unanswerable {
  const { code, message } = error as NodeJS.ErrnoException
  return new Unanswerable(`cannot write ${name}: ${code ?? message}`)
}

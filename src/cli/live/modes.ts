// Who else on this machine may read or write the gateway's files.
// In: files of the config. Out: findings.
// INVARIANT: only files that this user could change; not on Windows.

import { type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { Code } from '../../diagnostics/codes.ts'
import { finding } from '../../diagnostics/report.ts'

/** Bits for the group and for others; bits for writing by others. */
const NOT_ALONE = 0o077
const WRITABLE_BY_OTHERS = 0o022
const WRITABLE_BY_ALL = 0o002

/** A file that only its owner should read. */
export function findOpenFile(
  root: string,
  file: string,
  pointer: string,
  code: Code = 'GW8002',
): readonly Diagnostic[] {
  const mode = readMode(resolve(root, file))
  if (mode === undefined || (mode & NOT_ALONE) === 0) return []
  const message = `other users of this machine can use \`${file}\`: its mode is ${formatMode(mode)}`
  return [
    finding(code, pointer, message, { help: `run \`chmod 600 ${file}\`` }),
  ]
}

/** A folder in which only its owner should write. */
export function findOpenFolder(
  root: string,
  folder: string,
  pointer: string,
): readonly Diagnostic[] {
  const mode = readMode(resolve(root, folder), 'folder')
  if (mode === undefined || (mode & WRITABLE_BY_OTHERS) === 0) return []
  const message = `other users of this machine can write in \`${folder}\`: its mode is ${formatMode(mode)}`
  const help = `run \`chmod go-w ${folder}\``
  return [finding('GW8002', pointer, message, { help })]
}

/** Files that grant access: whoever can write one can grant himself access. */
export function findWritableFiles(
  root: string,
  files: readonly string[],
  name: (file: string) => string,
): readonly Diagnostic[] {
  return files.flatMap((file) => {
    const mode = readMode(resolve(root, file))
    if (mode === undefined || (mode & WRITABLE_BY_ALL) === 0) return []
    const message = `every user of this machine can write \`${name(file)}\`: its mode is ${formatMode(mode)}`
    const help = `run \`chmod o-w ${name(file)}\``
    return [finding('GW8002', '', message, { help })]
  })
}

/** Undefined if there is none, or it belongs to another user. */
function readMode(
  path: string,
  kind: 'file' | 'folder' = 'file',
): number | undefined {
  let stat: Stats | undefined
  try {
    stat = statSync(path, { throwIfNoEntry: false })
  } catch {
    return
  }
  // Absent on Windows.
  const user = process.getuid?.()
  const isKind = kind === 'file' ? stat?.isFile() : stat?.isDirectory()
  if (!stat || !isKind || user === undefined) return
  return stat.uid === user ? stat.mode & 0o777 : undefined
}

function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

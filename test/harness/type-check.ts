// What an editor would say of a config, asked of tsc all at once.
// In: files. Out: its errors, by file and line.
// INVARIANT: no tsconfig has a say; `portcullis` is this package, as built.

import { spawnSync } from 'node:child_process'
import { isAbsolute, join } from 'node:path'

/** From dist/test/harness, where this file runs. */
const root = join(import.meta.dirname, '../../..')
const tsc = join(root, 'node_modules/typescript/bin/tsc')

const FLAGS =
  '--ignoreConfig --noEmit --strict --module nodenext --target es2023 ' +
  '--skipLibCheck --allowImportingTsExtensions --pretty false'

export interface TypeFault {
  /** Absolute. */
  readonly file: string
  readonly line: number
  /** `TS2820`. */
  readonly code: string
  /** All its lines. */
  readonly text: string
}

export function typeCheck(
  files: readonly string[],
  flags: readonly string[] = [],
): readonly TypeFault[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tsc, ...FLAGS.split(' '), ...flags, ...files],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      // tsc is a Go program that ends soon: collecting garbage is a fifth of
      // its work, and saves little memory.
      env: { ...process.env, GOGC: 'off' },
    },
  )
  const faults = stdout
    .split(/\n(?=\S)/)
    .filter((text) => text.trim() !== '')
    .map(readFault)
  // 1 and 2 are errors in the files, with and without output.
  if (status === null || status > 2) throw new Error(stdout + stderr)
  return faults
}

function readFault(said: string): TypeFault {
  const match = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/s.exec(said)
  if (!match) throw new Error(said)
  const [, path = '', line, code = '', text = ''] = match
  const file = isAbsolute(path) ? path : join(root, path)
  return { file, line: Number(line), code, text }
}

// Lines of .gitignore for what must not be in a commit.
// In: a folder. Out: the lines that were added.
// INVARIANT: existing text stays, and no line is added twice.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readRegularText } from '../regular.ts'
import { writeFiles } from './files.ts'

export const IGNORE_FILE = '.gitignore'

/** Secrets, what a serving host creates, and installed packages. Only the
 * `audit` beside the config: another folder may contain sources. */
export const IGNORED: readonly string[] = Object.freeze([
  '.env',
  'gateway.key',
  'gateway.revoked',
  '/grants/',
  '/audit/',
  'node_modules/',
])

/** Lines that ignore as much as ours does. */
const EQUAL: Readonly<Record<string, readonly string[]>> = Object.freeze({
  '.env': ['.env*', '*.env', '/.env'],
  'gateway.key': ['/gateway.key', '*.key'],
  'gateway.revoked': ['/gateway.revoked'],
  '/grants/': ['grants/', 'grants', '/grants'],
  '/audit/': ['audit/', 'audit', '/audit'],
  'node_modules/': ['node_modules', '/node_modules', '/node_modules/'],
})

export interface Ignoring {
  readonly file: string
  /** The whole new text. */
  readonly text: string
  /** The lines that it adds. */
  readonly added: readonly string[]
}

/** Throws if there is no file to write to. */
export function planIgnored(folder: string): Ignoring {
  const file = join(folder, IGNORE_FILE)
  const text = existsSync(file) ? readRegularText(file) : ''
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const added = IGNORED.filter((name) => !isIgnored(name, lines))
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const start = text === '' || text.endsWith('\n') ? '' : eol
  const more = added.map((name) => name + eol).join('')
  return { file, text: added.length === 0 ? text : text + start + more, added }
}

/** The last line that names it decides, as git reads them. */
function isIgnored(name: string, lines: readonly string[]): boolean {
  const equal = [name, ...(EQUAL[name] ?? [])]
  const last = lines.findLast((line) => equal.includes(line.replace(/^!/, '')))
  return last !== undefined && !last.startsWith('!')
}

export function ignoreFiles(folder: string): readonly string[] {
  const { file, text, added } = planIgnored(folder)
  if (added.length > 0) writeFiles([{ path: file, name: IGNORE_FILE, text }])
  return added
}

// Lines of .gitignore for what must not be in a commit.
// In: a folder. Out: the lines that were added.
// INVARIANT: existing text stays, and no line is added twice.

import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { readRegularText } from '../regular.ts'

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

export function ignoreFiles(folder: string): readonly string[] {
  const file = join(folder, '.gitignore')
  const text = existsSync(file) ? readRegularText(file) : ''
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const missing = IGNORED.filter(
    (name) =>
      ![name, ...(EQUAL[name] ?? [])].some((one) => lines.includes(one)),
  )
  if (missing.length === 0) return []
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const start = text === '' || text.endsWith('\n') ? '' : eol
  appendFileSync(file, start + missing.map((name) => name + eol).join(''))
  return missing
}

// The tokens file: records written by `gateway token`, reviewed in git.
// In: its path. Out: records by id as plain data, and findings with places.
// INVARIANT: without a file there are no tokens; a fault gives findings, never
// a part of the tokens.

import { lstatSync, realpathSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { finding } from '../diagnostics/report.ts'
import { openWritten } from '../diagnostics/written.ts'
import { readRegularText } from '../regular.ts'
import { describeFaults, findStrange } from './parsed.ts'
import { findTop } from './project.ts'

export interface TokensFile {
  /** Relative to the config's folder. */
  readonly name: string
  readonly text: string
  /** Whether a report may show lines of the file. */
  readonly shown: boolean
  readonly records: Readonly<Record<string, unknown>>
  readonly diagnostics: readonly Diagnostic[]
}

/** `path` is absolute; `name` is the path in findings. */
export async function loadTokens(
  path: string,
  name: string,
  root = dirname(path),
): Promise<TokensFile> {
  const base = { name, text: '', shown: false, records: {}, diagnostics: [] }
  const foreign = liesOutside(path, findTop(root) ?? root)
  try {
    // A BOM is not part of TOML, and iarna fails on it.
    const text = readRegularText(path).replace(/^\ufeff/, '')
    const parsed = await parseTokens(text, name)
    const fine = parsed.diagnostics.length === 0 && isOfTokens(parsed.records)
    const shown = RECORD.test(text)
    if (!foreign) return { ...base, text, shown, ...parsed }
    const known = fine && Object.keys(parsed.records).length > 0
    return known ? { ...base, text, ...parsed } : { ...base, ...hide(name) }
  } catch (error) {
    if (foreign) return { ...base, ...hide(name) }
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return base
    const message = `cannot read the tokens file ${name} (${code})`
    const at = { file: name, start: { line: 1, column: 1 } }
    const diagnostics = [finding('GW1003', '/tokens/file', message, { at })]
    return { ...base, diagnostics }
  }
}

/** What every tokens file contains, even a faulty one. */
const RECORD = /^[ \t]*\[token[.\]]/m

/** A config can name any file of the machine: whether a file exists, and what
 * it contains, is reported only for a tokens file. */
function hide(name: string): Pick<TokensFile, 'diagnostics'> {
  const message = `${name} is outside of the project, where no tokens are read`
  const help = 'keep the tokens file in the repository, or beside the config'
  const at = { file: name, start: { line: 1, column: 1 } }
  return {
    diagnostics: [finding('GW1003', '/tokens/file', message, { at, help })],
  }
}

/** Also through a link, of the file or of a folder above it. */
function liesOutside(path: string, project: string): boolean {
  const prefix = withSeparator(realpathSync(project))
  for (let at = path; ; at = dirname(at)) {
    const link = lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()
    const real = realOf(at)
    // The target of a broken link can be anywhere.
    if (real === undefined && link) return true
    if (real !== undefined) return !withSeparator(real).startsWith(prefix)
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function withSeparator(path: string): string {
  return path.endsWith(sep) ? path : path + sep
}

function isOfTokens(records: TokensFile['records']): boolean {
  return Object.values(records).every(
    (one) => isTable(one) && /^[0-9a-f]{64}$/.test(String(one.sha256)),
  )
}

async function parseTokens(
  text: string,
  file: string,
): Promise<Pick<TokensFile, 'records' | 'diagnostics'>> {
  if (text.trim() === '') return { records: {}, diagnostics: [] }
  const { parseToml } = await import('./toml.ts')
  const parsed = await parseToml(text, 'GW1015')
  const { value, faults } = parsed
  if (faults.length > 0) {
    const diagnostics = describeFaults(faults, '/tokens/file', text, file)
    return { records: {}, diagnostics }
  }
  const refuse = (key: string, message: string) => {
    const { tree } = parsed
    const at = tree && { at: openWritten(tree, text, file)([key]).range }
    return finding('GW1016', '/tokens/file', message, at)
  }
  const { token = {}, ...others } = value as Record<string, unknown>
  const strays = Object.keys(others).map((key) =>
    refuse(key, `the tokens file contains ${quote(key)}`),
  )
  if (!isTable(token)) {
    const stray = refuse('token', '`token` in the tokens file is not a table')
    return { records: {}, diagnostics: [...strays, stray] }
  }
  const strange = findStrange(token, '/tokens/grants')
  return { records: token, diagnostics: [...strays, ...strange] }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

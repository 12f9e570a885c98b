// The tokens file: machine-written records, reviewed in git.
// In: its path. Out: records by id as plain data, and findings with places.
// INVARIANT: absent means no tokens; a fault means findings, never some of the
// tokens.

import { dirname } from 'node:path'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Code } from '../diagnostics/codes.ts'
import { quote } from '../diagnostics/credential.ts'
import { finding } from '../diagnostics/report.ts'
import { openWritten } from '../diagnostics/written.ts'
import { isInside, readRegularText } from '../regular.ts'
import { describeFaults, findStrange } from './parsed.ts'

export interface TokensFile {
  /** Relative to the config's folder. */
  readonly name: string
  readonly text: string
  readonly records: Readonly<Record<string, unknown>>
  readonly diagnostics: readonly Diagnostic[]
}

/** A config can name any file: what one from elsewhere holds is not told. */
function hide(code: Code, name: string) {
  const message = `${name} holds something else than records of tokens`
  const at = { file: name, start: { line: 1, column: 1 } }
  return { diagnostics: [finding(code, '/tokens/file', message, { at })] }
}

/** `path` is absolute; `name` is how findings call it. */
export async function loadTokens(
  path: string,
  name: string,
  root = dirname(path),
): Promise<TokensFile> {
  const base = { name, text: '', records: {}, diagnostics: [] }
  try {
    // A BOM is no part of TOML, and iarna fails on it.
    const text = readRegularText(path).replace(/^\ufeff/, '')
    const parsed = await parseTokens(text, name)
    const [fault] = parsed.diagnostics
    if (fault && !isInside(path, root))
      return { ...base, ...hide(fault.code as Code, name) }
    return { ...base, text, ...parsed }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return base
    const message = `cannot read the tokens file ${name} (${code})`
    const at = { file: name, start: { line: 1, column: 1 } }
    const diagnostics = [finding('GW1003', '/tokens/file', message, { at })]
    return { ...base, diagnostics }
  }
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
    refuse(key, `the tokens file holds ${quote(key)}`),
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

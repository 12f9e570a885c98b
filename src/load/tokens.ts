// The tokens file: machine-written records, reviewed in git.
// In: its path. Out: records by id as plain data, and findings with places.
// INVARIANT: absent means no tokens; a fault means findings, never some of the
// tokens.

import { readFile } from 'node:fs/promises'
import type { Diagnostic, Range } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { locateInToml } from '../diagnostics/locate-toml.ts'
import { finding } from '../diagnostics/report.ts'

export interface TokensFile {
  /** Relative to the config's folder. */
  readonly name: string
  readonly text: string
  readonly records: Readonly<Record<string, unknown>>
  readonly diagnostics: readonly Diagnostic[]
}

/** `path` is absolute; `name` is how findings call it. */
export async function loadTokens(
  path: string,
  name: string,
): Promise<TokensFile> {
  const base = { name, text: '', records: {}, diagnostics: [] }
  try {
    // A BOM is no part of TOML, and iarna fails on it.
    const text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '')
    return { ...base, text, ...(await parseTokens(text, name)) }
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
  const { default: toml } = await import('@iarna/toml')
  try {
    // iarna refuses the CRLF of a Windows checkout behind a comment.
    const plain = toPlain(toml.parse(text.replaceAll('\r\n', '\n')))
    const { token = {}, ...others } = plain as Record<string, unknown>
    const strays = Object.keys(others).map((key) => {
      const message = `the tokens file holds ${quote(key)}`
      const at = rangeOf(text, file, [key])
      return finding('GW1016', '/tokens/file', message, { at })
    })
    if (isTable(token)) return { records: token, diagnostics: strays }
    const at = rangeOf(text, file, ['token'])
    const message = '`token` in the tokens file is not a table'
    const stray = finding('GW1016', '/tokens/file', message, { at })
    return { records: {}, diagnostics: [...strays, stray] }
  } catch (error) {
    const { line, col, message } = error as Error & {
      readonly line?: number
      readonly col?: number
    }
    // Anything without a line is not TOML's fault but ours.
    if (line === undefined) throw error
    // iarna counts from 0, and its message goes on with a frame of its own.
    const start = { line: line + 1, column: (col ?? 0) + 1 }
    const [first = ''] = message.split(/ at row |\n/)
    const said = first.charAt(0).toLowerCase() + first.slice(1)
    const at = { file, start }
    return {
      records: {},
      diagnostics: [finding('GW1015', '/tokens/file', said, { at })],
    }
  }
}

/** Dates and big integers as the config language has them. */
function toPlain(value: unknown): unknown {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  }
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, toPlain(member)]),
  )
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rangeOf(text: string, file: string, path: readonly string[]): Range {
  const start = locateInToml(text, path)?.position ?? { line: 1, column: 1 }
  return { file, start }
}

// What a client replaces in a text before it uses it: `${env:X}`, `${input:x}`,
// `${workspaceFolder}`, `~`, `$X`, `%X%`, `{env:X}`.
// In: a text. Out: its parts: texts, references, and what nothing replaces.
// INVARIANT: joined, the parts are the text with every placeholder replaced.

import { toVariable } from './registry.ts'

export type Part = string | Held

/** Something that a text does not contain itself. */
export interface Held {
  readonly kind: 'env' | 'file' | 'home' | 'folder'
  /** Of the variable, or the path of the file. */
  readonly name: string
  /** What the client asks for, by its id. */
  readonly input?: string
  readonly fallback?: boolean
}

const PLACEHOLDER =
  /\$\{([^{}]{1,200})\}|\{(env|file):([^{}]{1,200})\}|%([A-Za-z][A-Za-z_]{2,}(?:\(x86\))?)%|(?<=^|[=/:@,\s])\$([A-Z_][A-Z0-9_]*)\b|^~(?=$|[\\/])|(?<=[=:,])~(?=\/)/g

export function readParts(text: string): readonly Part[] {
  const parts: Part[] = []
  let from = 0
  for (const match of text.matchAll(PLACEHOLDER)) {
    const held = readHeld(match)
    if (held === undefined) continue
    if (match.index > from) parts.push(text.slice(from, match.index))
    parts.push(held)
    from = match.index + match[0].length
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts
}

function readHeld(match: RegExpMatchArray): Held | string | undefined {
  const [whole, braced, language, inner = '', windows, bare] = match
  if (whole === '~') return { kind: 'home', name: '~' }
  if (language === 'file') {
    return /^[\w./ -]+$/.test(inner)
      ? { kind: 'file', name: inner }
      : named(inner)
  }
  if (language === 'env') return named(inner)
  if (windows !== undefined) return named(windows.toUpperCase())
  if (bare !== undefined) return named(bare)
  return readBraced(braced ?? '')
}

/** `env:X`, `X`, `X:-default`, `input:x`, `workspaceFolder:name`. */
function readBraced(text: string): Held | string | undefined {
  const [, kind = '', rest = ''] = /^([A-Za-z]+):(?!-)(.*)$/.exec(text) ?? []
  if (kind === 'input' || kind === 'promptString') {
    return { kind: 'env', name: toVariable(rest), input: rest }
  }
  const name = kind === 'env' || kind === 'ENV' ? rest : text
  if (
    /^(?:workspaceFolder|workspaceRoot|cwd|workspaceFolderBasename|PWD)(?::|$)/.test(
      name,
    )
  ) {
    return { kind: 'folder', name: '.' }
  }
  if (name === 'userHome') return { kind: 'home', name: '~' }
  if (name === 'pathSeparator' || name === '/') return '/'
  const [, variable, fallback] = /^([A-Za-z_]\w*)(:?-.*)?$/.exec(name) ?? []
  if (variable === undefined) return undefined
  return {
    ...named(variable),
    ...(fallback !== undefined && { fallback: true }),
  }
}

function named(name: string): Held {
  if (/^(?:HOME|USERPROFILE)$/.test(name)) return { kind: 'home', name: '~' }
  return {
    kind: 'env',
    name: /^[A-Za-z_]\w*$/.test(name) ? name : toVariable(name),
  }
}

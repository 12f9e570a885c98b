// What one source file imports.
// In: a path and its text. Out: its imports, those of types too.
// INVARIANT: an import that tsc would resolve is among them.

import { builtinModules } from 'node:module'
import { posix } from 'node:path'

/** A file, its path relative to the repository with `/`. */
export interface Source {
  readonly path: string
  readonly text: string
}

export interface Import {
  readonly from: string
  /** A repository path, `node:NAME`, or the name of an npm package. */
  readonly to: string
  readonly kind: 'file' | 'builtin' | 'package'
  readonly typeOnly: boolean
  /** Whether it is loaded when a call asks for it, not with the file. */
  readonly late: boolean
}

const PATTERNS: readonly RegExp[] = [
  /^\s*(?:import|export)\s+(type\s+)?[\w*{][^'"`;]*?from\s*['"]([^'"]+)['"]/gm,
  /^\s*import()\s*['"]([^'"]+)['"]/gm,
  /(?<![\w.])import()\(\s*['"`]([^'"`$]+)['"`]/g,
  /\brequire()(?:\.resolve)?\(\s*['"]([^'"]+)['"]/g,
]

/** The patterns from here on are calls. */
const FIRST_LATE = 2

export function readImports({ path, text }: Source): readonly Import[] {
  return PATTERNS.flatMap((pattern, at) =>
    [...text.matchAll(pattern)].map(([, type, specifier]) => ({
      from: path,
      typeOnly: Boolean(type),
      late: at >= FIRST_LATE,
      ...resolve(path, specifier as string),
    })),
  )
}

function resolve(path: string, specifier: string): Pick<Import, 'to' | 'kind'> {
  if (specifier.startsWith('.')) {
    const to = posix.join(posix.dirname(path), specifier)
    return { to, kind: 'file' }
  }
  const bare = specifier.replace(/^node:/, '')
  if (builtinModules.includes(bare.split('/')[0] as string)) {
    return { to: `node:${bare}`, kind: 'builtin' }
  }
  const parts = specifier.split('/')
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  return { to: name, kind: 'package' }
}

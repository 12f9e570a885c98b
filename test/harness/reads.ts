// Which sources may open files by themselves: all others go through regular.ts.
// In: the sources. Out: one sentence per violation.
// INVARIANT: a pipe in the place of a file holds nothing that goes through it.

import type { Source } from './imports.ts'

const OPENING = [
  'createReadStream',
  'open',
  'openSync',
  'readFile',
  'readFileSync',
]

/** What each opens, and why it may. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  // Files of this package, and /proc.
  'src/load/bundle.ts': ['readFileSync'],
  'src/load/sealed.ts': ['readFileSync'],
  'src/cli/version.ts': ['readFileSync'],
  // New files, that must not exist.
  'src/cli/files.ts': ['openSync'],
  'src/cli/tokens-store.ts': ['openSync'],
  'src/cli/audit/output.ts': ['openSync'],
  // A descriptor of openRegular().
  'src/trail/read.ts': ['createReadStream'],
  'src/trail/lines.ts': ['createReadStream'],
  'src/cli/last-use.ts': ['createReadStream'],
  // Asked before whether it is regular: the trail, which nobody else writes.
  'src/trail/open.ts': ['open'],
}

const IMPORT =
  /^import\s+([^;'"]*?)\s+from\s+['"](?:node:)?fs(?:\/promises)?['"]/gm

export function findReads(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => /^src\/(?:load|cli)\//.test(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(IMPORT)]
        .flatMap(([, clause = '']) => listOpening(clause))
        .filter((name) => !MAY[path]?.includes(name))
        .map((name) => `${path} opens files by itself, with ${name}`),
    )
}

/** Of a whole namespace, all of it. */
function listOpening(clause: string): readonly string[] {
  if (clause.startsWith('type')) return []
  if (!clause.startsWith('{')) return [clause]
  const names = clause.slice(1, -1).split(',')
  return names
    .map((name) => name.trim().split(/\s+/)[0] ?? '')
    .filter((name) => OPENING.includes(name))
}

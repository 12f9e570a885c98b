// Which file of which package a bare import refers to.
// In: the specifier, and the importing folder. Out: a path, or undefined.
// INVARIANT: as Node resolves it, for the conditions of an import or a require;
// reads only package.json, and checks each path before reading it.

import { dirname, join, normalize, sep } from 'node:path'
import { MAX_DEPTH } from '../diagnostics/written.ts'
import { readRegularText } from '../regular.ts'
import type { Found } from './follow.ts'

type Target =
  | string
  | null
  | readonly Target[]
  | { readonly [condition: string]: Target }

interface Manifest {
  readonly exports?: Target
  readonly main?: unknown
  readonly module?: unknown
}

/** Both throw if a path must not be read. */
interface Disk {
  readonly look: (path: string) => Found | undefined
  readonly place: (path: string) => string
}

const MANIFEST_BYTES = 2 ** 20
const LONGEST_TARGET = 4096

/** A name, perhaps scoped, and a path in it. No segment begins with a dot. */
const BARE = /^((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)((?:\/[^/]+)*)$/

export function findPackageFile(
  specifier: string,
  folder: string,
  kind: 'import' | 'require',
  disk: Disk,
): string | undefined {
  const [, name = '', inside = ''] = BARE.exec(specifier) ?? []
  if (name === '') return undefined
  for (let at = folder; ; at = dirname(at)) {
    const home = join(at, 'node_modules', name)
    if (disk.look(home)?.kind === 'folder') {
      return findInside(home, inside, kind, disk)
    }
    if (dirname(at) === at) return undefined
  }
}

function findInside(
  home: string,
  inside: string,
  kind: 'import' | 'require',
  disk: Disk,
): string | undefined {
  const { exports = null, main, module } = readManifest(home, disk)
  const conditions = [kind, 'module', 'default']
  const paths =
    exports === null
      ? listLegacy(inside, kind === 'import' ? [module, main] : [main])
      : [pickExport(exports, `.${inside}`, conditions)]
  return paths
    .flatMap((path) =>
      path === undefined || path.includes('\0')
        ? []
        : [join(home, normalize(path))],
    )
    .filter((path) => path.startsWith(home + sep))
    .find((path) => disk.look(path)?.kind === 'file')
}

function readManifest(home: string, { look, place }: Disk): Manifest {
  const path = join(home, 'package.json')
  if (!look(path)) return {}
  const text = readRegularText(place(path), MANIFEST_BYTES)
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** For a package without `exports`. */
function listLegacy(
  inside: string,
  mains: readonly unknown[],
): readonly string[] {
  const main = mains.find((one) => typeof one === 'string') ?? 'index.js'
  const path = inside === '' ? main : `.${inside}`
  return [path, `${path}.js`, `${path}.json`, join(path, 'index.js')]
}

/** The target of a subpath: exact first, then the longest pattern. */
function pickExport(
  exports: Target,
  subpath: string,
  conditions: readonly string[],
): string | undefined {
  const map = isMap(exports) ? exports : { '.': exports }
  const exact = map[subpath]
  if (exact !== undefined) return pickTarget(exact, conditions)
  const [key] = Object.keys(map)
    .filter((one) => {
      const [start = '', end] = one.split('*')
      return (
        end !== undefined &&
        subpath.length >= start.length + end.length &&
        subpath.startsWith(start) &&
        subpath.endsWith(end)
      )
    })
    .sort((a, b) => b.indexOf('*') - a.indexOf('*'))
  if (key === undefined) return undefined
  const [start = '', end = ''] = key.split('*')
  const star = subpath.slice(start.length, subpath.length - end.length)
  return pickTarget(map[key] ?? null, conditions)?.replaceAll('*', () => star)
}

/** Keys that begin with a dot are subpaths; others are conditions. */
function isMap(exports: Target): exports is Readonly<Record<string, Target>> {
  return (
    typeof exports === 'object' &&
    exports !== null &&
    !Array.isArray(exports) &&
    Object.keys(exports).every((key) => key.startsWith('.'))
  )
}

function pickTarget(
  target: Target,
  conditions: readonly string[],
  depth = 0,
): string | undefined {
  if (typeof target === 'string') {
    const isPath = target.startsWith('./') && target.length <= LONGEST_TARGET
    return isPath ? target : undefined
  }
  if (depth > MAX_DEPTH) return undefined
  if (target === null || typeof target !== 'object') return undefined
  const members = Array.isArray(target)
    ? target
    : Object.entries(target)
        .filter(([condition]) => conditions.includes(condition))
        .map(([, member]) => member)
  for (const member of members as readonly Target[]) {
    const picked = pickTarget(member, conditions, depth + 1)
    if (picked !== undefined) return picked
  }
  return undefined
}

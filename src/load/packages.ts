// Which file of which package a bare import means.
// In: what is written, from which folder. Out: a path, or undefined.
// INVARIANT: as Node resolves it, for the conditions of an import or a require;
// nothing is read but package.json, and each path is placed before it is.

import { statSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { readRegularText } from '../regular.ts'

type Target =
  | string
  | null
  | readonly Target[]
  | { readonly [condition: string]: Target }

interface Manifest {
  readonly exports?: Target
  readonly main?: string
  readonly module?: string
}

const MANIFEST_BYTES = 2 ** 20

/** A name, perhaps scoped, and a path in it. No segment begins with a dot. */
const BARE = /^((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)((?:\/[^/]+)*)$/

/** `place` throws where a path must not be read, and resolves links. */
export function findPackageFile(
  specifier: string,
  folder: string,
  kind: 'import' | 'require',
  place: (path: string) => string,
): string | undefined {
  const [, name = '', inside = ''] = BARE.exec(specifier) ?? []
  if (name === '') return undefined
  for (let at = folder; ; at = dirname(at)) {
    const home = join(at, 'node_modules', name)
    if (statSync(home, { throwIfNoEntry: false })?.isDirectory()) {
      return findInside(home, inside, kind, place)
    }
    if (dirname(at) === at) return undefined
  }
}

function findInside(
  home: string,
  inside: string,
  kind: 'import' | 'require',
  place: (path: string) => string,
): string | undefined {
  const { exports, main, module } = readManifest(home, place)
  const conditions = [kind, 'module', 'default']
  const paths =
    exports === undefined
      ? listLegacy(inside, kind === 'import' ? (module ?? main) : main)
      : [pickExport(exports, `.${inside}`, conditions)]
  return paths
    .flatMap((path) =>
      path === undefined ? [] : [join(home, normalize(path))],
    )
    .filter((path) => path.startsWith(home + sep))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
}

function readManifest(home: string, place: (path: string) => string): Manifest {
  const path = join(home, 'package.json')
  if (!statSync(path, { throwIfNoEntry: false })) return {}
  const text = readRegularText(place(path), MANIFEST_BYTES)
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** Of a package without `exports`. */
function listLegacy(inside: string, main = 'index.js'): readonly string[] {
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
): string | undefined {
  if (typeof target === 'string') {
    return target.startsWith('./') ? target : undefined
  }
  if (target === null || typeof target !== 'object') return undefined
  const members = Array.isArray(target)
    ? target
    : Object.entries(target)
        .filter(([condition]) => conditions.includes(condition))
        .map(([, member]) => member)
  for (const member of members as readonly Target[]) {
    const picked = pickTarget(member, conditions)
    if (picked !== undefined) return picked
  }
  return undefined
}

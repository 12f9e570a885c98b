// Versions of packages that are installed or cached on this machine.
// In: the name of a package, and where to look. Out: a version, or undefined.
// INVARIANT: nothing is downloaded and no program is asked; of several versions
// the one that a client started last counts.

import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readRegularText } from '../../regular.ts'

export interface Shelves {
  /** Folders whose `node_modules` may have the package. */
  readonly folders: readonly string[]
  readonly home: string | undefined
  /** The cache of npm, where it is not in the home. */
  readonly npmCache?: string | undefined
}

const MANIFEST_BYTES = 2 ** 20

/** Folders of one cache that are looked at. */
const MOST = 2000

export function findNpmVersion(
  name: string,
  { folders, home, npmCache }: Shelves,
): string | undefined {
  if (!/^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/.test(name)) return undefined
  const caches = [
    ...(npmCache === undefined ? [] : [npmCache]),
    ...(home === undefined ? [] : [join(home, '.npm')]),
  ]
  const cached = caches.flatMap((cache) => listFolder(join(cache, '_npx')))
  const global = join(dirname(dirname(process.execPath)), 'lib')
  const found = [...folders, ...cached, global].flatMap((folder) => {
    const file = join(folder, 'node_modules', name, 'package.json')
    const version = readVersion(file, name)
    return version === undefined ? [] : [{ file, folder, version }]
  })
  const own = found.find(({ folder }) => folders.includes(folder))
  if (own) return own.version
  return newest(found)?.version
}

function readVersion(file: string, name: string): string | undefined {
  try {
    const manifest = JSON.parse(readRegularText(file, MANIFEST_BYTES))
    const { version, name: own } = Object(manifest)
    const isVersion = /^\d+\.\d+\.\d[\w.+-]*$/.test(String(version))
    return own === name && isVersion ? String(version) : undefined
  } catch {
    return undefined
  }
}

/** Tools of uv and pipx, and what uvx has unpacked in its cache. */
export function findPythonVersion(
  name: string,
  { home }: Shelves,
): string | undefined {
  if (home === undefined || !/^[\w.-]+$/.test(name)) return undefined
  const plain = name.toLowerCase().replaceAll(/[-_.]+/g, '_')
  const installed = [
    '.local/share/uv/tools',
    '.local/share/pipx/venvs',
    '.local/pipx/venvs',
  ]
    .flatMap((shelf) => listFolder(join(home, shelf, name, 'lib')))
    .map((python) => join(python, 'site-packages'))
  const cached = listFolder(join(home, '.cache/uv/archive-v0'))
  const found = [...installed, ...cached].flatMap((folder) =>
    listFolder(folder).flatMap((file) => {
      const [, own, version] =
        /([^\\/]+)-(\d[^\\/-]*)\.dist-info$/.exec(file) ?? []
      const fits = own?.toLowerCase().replaceAll(/[-_.]+/g, '_') === plain
      return fits && version !== undefined && /\d\.\d/.test(version)
        ? [{ file, version }]
        : []
    }),
  )
  return newest(found)?.version
}

function newest<T extends { readonly file: string }>(
  found: readonly T[],
): T | undefined {
  const timeOf = ({ file }: T) =>
    statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return [...found].sort((a, b) => timeOf(b) - timeOf(a))[0]
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .slice(0, MOST)
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

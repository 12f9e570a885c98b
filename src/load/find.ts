// Finds the config: in the folder, or upward as far as the project's root.
// In: a folder, perhaps a path. Out: the one file that is the config.
// INVARIANT: nothing is evaluated, nothing is merged, and a candidate that
// cannot be read is never skipped.

import { access, constants, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { cosmiconfig, type Loader } from 'cosmiconfig'
import type { Diagnostic } from '../contract/diagnostic.ts'
import {
  CONFIG_FILES,
  EXTENSIONS,
  languageOf,
  PACKAGE_FILE,
} from '../contract/formats.ts'
import { quote } from '../diagnostics/credential.ts'
import { finding } from '../diagnostics/report.ts'
import { isInside, MAX_BYTES } from '../regular.ts'

export type Search =
  | { readonly file: string }
  | {
      readonly finding: Diagnostic
      /** The folder where the search began. */
      readonly folder: string
    }

/** `config` replaces the search. */
export async function findConfig(
  cwd: string,
  config: string | undefined,
): Promise<Search> {
  const place = await stat(cwd).catch(() => undefined)
  if (!place?.isDirectory()) {
    const what = place ? 'is not a folder' : 'does not exist'
    const help = 'name a folder that exists with `--cwd`'
    return refuse('GW1001', `the folder ${quote(cwd)} ${what}`, cwd, help)
  }
  if (config !== undefined) return openNamed(resolve(cwd, config))
  const folder = await search(cwd)
  if (folder === undefined) return refuseNone(cwd)
  const candidates = await listConfigs(folder)
  const [first = PACKAGE_FILE, second] = candidates
  if (second) {
    const names = candidates.map((name) => `\`${name}\``).join(' and ')
    const message = `${names} are in one folder, and the gateway does not choose one`
    const at = { file: first, start: { line: 1, column: 1 } }
    const two = finding('GW1002', '', message, { at })
    return { finding: two, folder }
  }
  return openNamed(join(folder, first))
}

/** A similar file name is named. */
async function refuseNone(cwd: string): Promise<Search> {
  const message = `no gateway.config file in ${cwd}, or above it in the project`
  const names = await readdir(cwd).catch(() => [] as string[])
  const near = names.find((name) => /^gateway\.config\b/.test(name))
  if (near === undefined) return refuse('GW1001', message, cwd)
  const help = `${quote(near)} is not a config: rename it so that it ends in ${KINDS}`
  return refuse('GW1001', message, cwd, help)
}

const KINDS = `${EXTENSIONS.slice(0, -1).join(', ')} or ${EXTENSIONS.at(-1)}`

/** The file, if it can be read and can be a config by its kind. */
async function openNamed(file: string): Promise<Search> {
  const folder = dirname(file)
  try {
    const place = await stat(file)
    if (place.isDirectory()) return refuseFolder(file)
    if (languageOf(file) === undefined) {
      const message = `${quote(basename(file))} does not have the ending of a config`
      const help = `name a file that ends in ${KINDS}`
      return refuse('GW1003', message, folder, help)
    }
    await access(file, constants.R_OK)
    if (!place.isFile()) {
      return refuse('GW1003', `${quote(file)} is not a regular file`, folder)
    }
    // Findings would show the content of a linked file from elsewhere.
    if (!isInside(file)) {
      const message = `${quote(file)} is a link to a file outside of its folder`
      return refuse('GW1003', message, folder, LINK)
    }
    return { file }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      return refuse('GW1003', `${quote(file)} does not exist`, folder, TYPO)
    }
    return refuse('GW1003', `cannot read ${quote(file)} (${code})`, folder)
  }
}

const LINK = 'put the file itself there, or name it with `--config`'

const TYPO = 'correct the path: it is relative to `--cwd`'

async function refuseFolder(folder: string): Promise<Search> {
  const [held] = await listConfigs(folder)
  const help = held
    ? `name the file in the folder: \`${join(folder, held)}\``
    : 'name a file: the folder contains no gateway.config file'
  const message = `${quote(folder)} is a folder, not a config`
  return refuse('GW1003', message, folder, help)
}

/** The nearest folder with a config, up to the project's top. */
async function search(cwd: string): Promise<string | undefined> {
  const odd = await findUnreadable(cwd)
  // A package.json that cannot be read contains no config of ours.
  if (odd) return basename(odd) === PACKAGE_FILE ? undefined : dirname(odd)
  const path: Loader = (file) => file
  const explorer = cosmiconfig('gateway', {
    searchPlaces: [...CONFIG_FILES, PACKAGE_FILE],
    searchStrategy: 'project',
    cache: false,
    ignoreEmptySearchPlaces: false,
    loaders: {
      ...Object.fromEntries(EXTENSIONS.map((extension) => [extension, path])),
      '.json': (file, text) =>
        basename(file) === PACKAGE_FILE ? readPackage(file, text) : file,
    },
  })
  const found = await explorer.search(cwd)
  // An empty file is found too; a package.json without the key is not.
  const isPackage = found && basename(found.filepath) === PACKAGE_FILE
  return !found || (isPackage && !found.config)
    ? undefined
    : dirname(found.filepath)
}

/** cosmiconfig reads each candidate that it passes: a pipe would block it, a
 * device never ends, and it skips what it may not read. Returns the first such
 * file. */
async function findUnreadable(cwd: string): Promise<string | undefined> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const names = await readdir(folder).catch(() => [] as string[])
    for (const name of [...CONFIG_FILES, PACKAGE_FILE]) {
      if (!names.includes(name)) continue
      const file = join(folder, name)
      if (!(await isReadable(file))) return file
      // The search ends at this folder.
      if (name !== PACKAGE_FILE) return undefined
    }
    const project = names.some((name) => /^package\.(json|yaml)$/.test(name))
    if (project || dirname(folder) === folder) return undefined
  }
}

async function isReadable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK)
    const place = await stat(file)
    return place.isFile() && place.size <= MAX_BYTES
  } catch {
    return false
  }
}

/** package.json counts only with our key; its value is read later. */
function readPackage(file: string, text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text)
    const has =
      typeof value === 'object' && value !== null && 'gateway' in value
    return has ? { gateway: file } : {}
  } catch {
    // A faulty package.json is not reported by us.
    return {}
  }
}

async function listConfigs(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[])
  return CONFIG_FILES.filter((name) => names.includes(name))
}

function refuse(
  code: 'GW1001' | 'GW1003',
  message: string,
  folder: string,
  help?: string,
): Search {
  const extras = help === undefined ? {} : { help }
  return { finding: finding(code, '', message, extras), folder }
}

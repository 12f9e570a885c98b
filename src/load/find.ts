// Finds the config: in the folder, or upward as far as the project's root.
// In: a folder, perhaps a path. Out: the one file that is the config.
// INVARIANT: cosmiconfig only finds; nothing is evaluated, nothing is merged,
// and a candidate that is there but unreadable is never passed over.

import { access, constants, readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { cosmiconfig, type Loader } from 'cosmiconfig'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { finding } from '../diagnostics/report.ts'

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.json']
const CONFIGS = EXTENSIONS.map((extension) => `gateway.config${extension}`)

/** Where `gateway` is a key of package.json. */
export const PACKAGE = 'package.json'

export type Search =
  | { readonly file: string }
  | {
      readonly finding: Diagnostic
      /** The folder that was being looked at. */
      readonly folder: string
    }

/** `config` beats searching. */
export async function findConfig(
  cwd: string,
  config: string | undefined,
): Promise<Search> {
  if (config !== undefined) return openNamed(resolve(cwd, config))
  const found = await search(cwd)
  const folder = found ? dirname(found) : await findFolderWithConfig(cwd)
  if (folder === undefined) {
    const message = `no gateway.config file in ${cwd}, nor above it in the project`
    return refuse('GW1001', message, cwd)
  }
  const candidates = await listConfigs(folder)
  if (found && basename(found) === PACKAGE) candidates.push(PACKAGE)
  const [first, second] = candidates
  if (first && second) {
    const names = candidates.map((name) => `\`${name}\``).join(' and ')
    const message = `${names} stand in one folder: which one holds is not decided`
    const at = { file: first, start: { line: 1, column: 1 } }
    const two = finding('GW1002', '', message, { at })
    return { finding: two, folder }
  }
  return openNamed(found ?? join(folder, first ?? ''))
}

/** The file, if it can be read and is of a kind that can be evaluated. */
async function openNamed(file: string): Promise<Search> {
  const folder = dirname(file)
  if (!EXTENSIONS.includes(extname(file))) {
    const kinds = EXTENSIONS.join(', ')
    return refuse(
      'GW1003',
      `a config is a file in ${kinds}, not ${file}`,
      folder,
    )
  }
  try {
    await access(file, constants.R_OK)
    if ((await stat(file)).isFile()) return { file }
    return refuse('GW1003', `${file} is not a file`, folder)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return refuse('GW1003', `cannot read ${file} (${code})`, folder)
  }
}

async function search(cwd: string): Promise<string | undefined> {
  const path: Loader = (file) => file
  // package.json counts only with our key; its value is read by the bundler.
  const json: Loader = (file, text) =>
    basename(file) === PACKAGE ? readPackage(file, text) : file
  const explorer = cosmiconfig('gateway', {
    searchPlaces: [...CONFIGS, PACKAGE],
    searchStrategy: 'project',
    cache: false,
    ignoreEmptySearchPlaces: false,
    loaders: {
      '.ts': path,
      '.mts': path,
      '.js': path,
      '.mjs': path,
      '.json': json,
    },
  })
  const result = await explorer.search(cwd)
  // An empty file is found too; a package.json without the key is not.
  const absent =
    result && basename(result.filepath) === PACKAGE && !result.config
  return result && !absent ? result.filepath : undefined
}

function readPackage(file: string, text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text)
    const has =
      typeof value === 'object' && value !== null && 'gateway' in value
    return has ? { gateway: file } : {}
  } catch {
    // Not ours to judge.
    return {}
  }
}

/** cosmiconfig passes over what it may not read; we must not. */
async function findFolderWithConfig(cwd: string): Promise<string | undefined> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const names = await readdir(folder).catch(() => [] as string[])
    if (names.some((name) => CONFIGS.includes(name))) return folder
    if (names.includes(PACKAGE) || dirname(folder) === folder) return undefined
  }
}

async function listConfigs(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[])
  return CONFIGS.filter((name) => names.includes(name))
}

function refuse(
  code: 'GW1001' | 'GW1003',
  message: string,
  folder: string,
): Search {
  return { finding: finding(code, '', message), folder }
}

// Finds the config: in the folder, or upward as far as the project's root.
// In: a folder, perhaps a path. Out: the one file that is the config.
// INVARIANT: nothing is evaluated, nothing is merged, and a candidate that is
// there but unreadable is never passed over.

import { access, constants, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Diagnostic } from '../contract/diagnostic.ts'
import {
  CONFIG_FILES,
  EXTENSIONS,
  languageOf,
  PACKAGE_FILE,
} from '../contract/formats.ts'
import { quote } from '../diagnostics/credential.ts'
import { finding } from '../diagnostics/report.ts'
import { isInside, readRegularText } from '../regular.ts'

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
    const message = `${names} stand in one folder: which one holds is not decided`
    const at = { file: first, start: { line: 1, column: 1 } }
    const two = finding('GW1002', '', message, { at })
    return { finding: two, folder }
  }
  return openNamed(join(folder, first))
}

/** A near miss is named. */
async function refuseNone(cwd: string): Promise<Search> {
  const message = `no gateway.config file in ${cwd}, nor above it in the project`
  const names = await readdir(cwd).catch(() => [] as string[])
  const near = names.find((name) => /^gateway\.config\b/.test(name))
  if (near === undefined) return refuse('GW1001', message, cwd)
  const help = `${quote(near)} is none: rename it to end in ${KINDS}`
  return refuse('GW1001', message, cwd, help)
}

const KINDS = `${EXTENSIONS.slice(0, -1).join(', ')} or ${EXTENSIONS.at(-1)}`

/** The file, if it can be read and is of a kind that can be a config. */
async function openNamed(file: string): Promise<Search> {
  const folder = dirname(file)
  try {
    const place = await stat(file)
    if (place.isDirectory()) return refuseFolder(file)
    if (languageOf(file) === undefined) {
      const message = `${quote(basename(file))} is no form that a config has`
      const help = `name a file that ends in ${KINDS}`
      return refuse('GW1003', message, folder, help)
    }
    await access(file, constants.R_OK)
    if (!place.isFile()) {
      return refuse('GW1003', `${quote(file)} is not a regular file`, folder)
    }
    // What a link from elsewhere holds would stand in findings.
    if (!isInside(file)) {
      const message = `${quote(file)} is a link out of its folder`
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
    ? `name the file in it: \`${join(folder, held)}\``
    : 'name a file; it holds no gateway.config file'
  const message = `${quote(folder)} is a folder, not a config`
  return refuse('GW1003', message, folder, help)
}

/** The folder that holds a config, as far up as the project's own. */
async function search(cwd: string): Promise<string | undefined> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const names = await readdir(folder).catch(() => [] as string[])
    if (names.some((name) => CONFIG_FILES.includes(name))) return folder
    if (names.includes(PACKAGE_FILE)) {
      return hasGateway(join(folder, PACKAGE_FILE)) ? folder : undefined
    }
    const project = names.includes('package.yaml')
    if (project || dirname(folder) === folder) return undefined
  }
}

/** package.json counts only with our key; its value is read later. */
function hasGateway(file: string): boolean {
  try {
    const value: unknown = JSON.parse(readRegularText(file))
    return typeof value === 'object' && value !== null && 'gateway' in value
  } catch {
    // Not ours to judge.
    return false
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

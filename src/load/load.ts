// From the disk to plain values: the only compile stage with I/O.
// In: a folder, and an optional path of the config. Out: its export, the token
// records, the lock, the files to watch, and the sources of places.
// INVARIANT: a user's mistake is a finding; an exception is our bug.

import { dirname, relative, resolve, sep } from 'node:path'
import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { languageOf } from '../contract/formats.ts'
import { LOCK_FILE } from '../contract/lock.ts'
import type { Sources } from '../diagnostics/locate.ts'
import { hasErrors } from '../diagnostics/report.ts'
import type { Authored } from './authored.ts'
import type { Seal } from './evaluate.ts'
import { findConfig } from './find.ts'
import { loadLock } from './lock.ts'
import { findTooLarge } from './size.ts'
import { loadTokens } from './tokens.ts'

export interface Loaded {
  readonly authored: unknown
  /** Records of the tokens file, by id. */
  readonly tokens: Readonly<Record<string, unknown>>
  /** Name of that file in findings. */
  readonly tokensFile: string
  /** Content of gateway.lock.json; absent without that file. */
  readonly lock?: unknown
  /** Text of gateway-env.d.ts; absent without that file. */
  readonly types?: string
  /** Folder of the file with a value, relative to the root config's. */
  readonly folderOf: (pointer: string) => string
}

export interface LoadResult {
  readonly loaded?: Loaded
  readonly diagnostics: readonly Diagnostic[]
  /** Absolute; every file whose change could change the result. */
  readonly files: readonly string[]
  /** Absolute folder of the root config. */
  readonly root: string
  /** Absolute path of the root config. */
  readonly config: string | undefined
  readonly sources: Sources
  /** There is no config, or it may not be read. */
  readonly unanswerable: boolean
}

export interface LoadOptions {
  readonly cwd: string
  readonly config?: string | undefined
  /** A text that replaces gateway.lock.json. */
  readonly lock?: string
  /** Runs what is code; a sealed child does by default. */
  readonly seal?: Seal | undefined
}

export async function loadConfig({
  cwd,
  config,
  lock: instead,
  seal,
}: LoadOptions): Promise<LoadResult> {
  const found = await findConfig(resolve(cwd), config)
  if ('finding' in found) {
    return {
      diagnostics: [found.finding],
      files: [],
      root: found.folder,
      config: undefined,
      sources: { config: '', texts: {} },
      unanswerable: isUnanswerable([found.finding]),
    }
  }
  const { file } = found
  const root = dirname(file)
  const { value, ...authored } = await read(file, seal)
  const { sources, folderOf } = authored
  const diagnostics = [...authored.diagnostics, ...findTooLarge(value)]
  const result = { root, config: file }
  if (hasErrors(diagnostics)) {
    const usual = resolve(root, DEFAULTS.tokens.file)
    const unanswerable = isUnanswerable(diagnostics)
    const files = [...authored.files, usual, resolve(root, LOCK_FILE)]
    return { ...result, diagnostics, sources, files, unanswerable }
  }

  const path = resolve(root, ...tokensPath(value, folderOf))
  const [tokens, lock] = await Promise.all([
    loadTokens(path, toName(root, path), root),
    loadLock(root, instead),
  ])
  const { name: tokensFile, records, text, shown } = tokens
  const others = [...tokens.diagnostics, ...lock.diagnostics]
  return {
    ...result,
    loaded: {
      authored: value,
      tokens: records,
      tokensFile,
      ...(lock.value !== undefined && { lock: lock.value }),
      ...(lock.types !== undefined && { types: lock.types }),
      folderOf,
    },
    diagnostics: [...diagnostics, ...others],
    files: [...authored.files, path, lock.path],
    sources: {
      ...sources,
      tokens: { file: tokensFile, text },
      ...(lock.text !== '' && { lock: lock.text }),
      texts: { ...sources.texts, [tokensFile]: shown ? text : '' },
    },
    unanswerable: isUnanswerable(others),
  }
}

/** The bundler is loaded only for code. */
async function read(file: string, seal?: Seal): Promise<Authored> {
  if (languageOf(file) === 'code') {
    const { readCode } = await import('./code.ts')
    return readCode(file, seal)
  }
  const { readData } = await import('./data.ts')
  return readData(file)
}

/** A config that is missing or may not be read cannot be checked: exit 2. */
function isUnanswerable(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ code }) => code === 'GW1001' || code === 'GW1003')
}

/** Segments from the root: the folder that names the file, and the file. */
function tokensPath(
  authored: unknown,
  folderOf: (pointer: string) => string,
): readonly string[] {
  const { tokens } = (authored ?? {}) as { tokens?: { file?: unknown } }
  const file = tokens?.file
  if (typeof file !== 'string' || file === '') return [DEFAULTS.tokens.file]
  return [folderOf('/tokens/file'), file]
}

function toName(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}

// From the disk to plain values: the only compile stage with I/O.
// In: a folder, perhaps the config's path. Out: what it exports, the token
// records, the schema, and what is needed to watch and to say where.
// INVARIANT: a user's mistake is a finding; a throw is ours.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, posix, relative, resolve, sep } from 'node:path'
import { DEFAULTS } from '../contract/defaults.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import type { Sources } from '../diagnostics/locate.ts'
import { finding, hasErrors } from '../diagnostics/report.ts'
import { type Bundled, bundleConfig } from './bundle.ts'
import { evaluateBundle } from './evaluate.ts'
import { findConfig } from './find.ts'
import { loadTokens } from './tokens.ts'

export interface Loaded {
  readonly authored: unknown
  /** Records of the tokens file, by id. */
  readonly tokens: Readonly<Record<string, unknown>>
  /** How findings name that file. */
  readonly tokensFile: string
  /** schema/gateway.schema.json: the very file that editors are given. */
  readonly schema: object
  /** Folder, relative to the root config's, of the file that wrote a value. */
  readonly folderOf: (pointer: string) => string
}

export interface LoadResult {
  readonly loaded?: Loaded
  readonly diagnostics: readonly Diagnostic[]
  /** Absolute; every file whose change could change the answer. */
  readonly files: readonly string[]
  /** Absolute folder of the root config. */
  readonly root: string
  /** Absolute path of the root config. */
  readonly config: string | undefined
  readonly sources: Sources
  /** There was nothing to judge, or we may not read it. */
  readonly unanswerable: boolean
}

export interface LoadOptions {
  readonly cwd: string
  readonly config?: string | undefined
}

export async function loadConfig({
  cwd,
  config,
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
  const bundled = await bundleConfig(file)
  const evaluated = await evaluate(bundled)
  const name = toName(root, file)
  const base = { config: name, texts: bundled.texts }
  const sources = bundled.bundle ? { ...base, bundle: bundled.bundle } : base
  const diagnostics = [...bundled.diagnostics, ...evaluated.diagnostics]
  const result = { root, config: file }
  if (hasErrors(diagnostics)) {
    const usual = resolve(root, DEFAULTS.tokens.file)
    const unanswerable = isUnanswerable(diagnostics)
    const files = [...bundled.files, usual]
    return { ...result, diagnostics, sources, files, unanswerable }
  }

  const folderOf = await openFolders(bundled, sources)
  const path = resolve(root, ...tokensPath(evaluated.value, folderOf))
  const tokens = await loadTokens(path, toName(root, path))
  const { name: tokensFile, records, text } = tokens
  return {
    ...result,
    loaded: {
      authored: evaluated.value,
      tokens: records,
      tokensFile,
      schema: await readSchema(),
      folderOf,
    },
    diagnostics: [...diagnostics, ...tokens.diagnostics],
    files: [...bundled.files, path],
    sources: {
      ...sources,
      tokens: { file: tokensFile, text },
      texts: { ...bundled.texts, [tokensFile]: text },
    },
    unanswerable: isUnanswerable(tokens.diagnostics),
  }
}

/** What is not there, or may not be read, cannot be judged: exit 2. */
function isUnanswerable(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ code }) => code === 'GW1001' || code === 'GW1003')
}

async function evaluate({ bundle, exported, texts }: Bundled) {
  if (!bundle) return { value: undefined, diagnostics: [] }
  if (exported) return evaluateBundle(bundle, texts)
  const message = 'the config has no default export'
  return { diagnostics: [finding('GW1006', '', message)] }
}

/** Only fragments in other folders make the question worth an answer. */
async function openFolders(
  { files }: Bundled,
  sources: Sources,
): Promise<(pointer: string) => string> {
  if (new Set(files.map((file) => dirname(file))).size === 1) return () => ''
  const { openLocator } = await import('../diagnostics/locate.ts')
  const { locate } = openLocator(sources)
  return (pointer) => {
    const folder = posix.dirname(locate(pointer).file)
    return folder === '.' ? '' : folder
  }
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

async function readSchema(): Promise<object> {
  // Our own package by its name: the same from src/ and from dist/.
  const require = createRequire(import.meta.url)
  const path = require.resolve('portcullis/schema/gateway.schema.json')
  return JSON.parse(await readFile(path, 'utf8')) as object
}

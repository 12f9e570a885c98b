// The config and everything it imports, as one module.
// In: the config file. Out: bundle, findings, and its files, even on failure.
// INVARIANT: no tsconfig and no environment of the user has a say; `portcullis`
// is always the package that is running.

import { readFile } from 'node:fs/promises'
import { dirname, extname, isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type BuildFailure,
  build,
  type Message,
  type Metafile,
  type Plugin,
  stop,
} from 'esbuild'
import type { Diagnostic, Range } from '../contract/diagnostic.ts'
import type { Code } from '../diagnostics/codes.ts'
import { finding } from '../diagnostics/report.ts'
import { CONFLICT, describeTwice } from './parsed.ts'
import { suggestModule } from './unresolved.ts'

export interface Bundled {
  readonly bundle?: { readonly code: string; readonly map: string }
  /** Names that the config exports. */
  readonly exports: readonly string[]
  /** Absolute. */
  readonly files: readonly string[]
  /** By path relative to the config's folder, as findings name them. */
  readonly texts: Readonly<Record<string, string>>
  readonly diagnostics: readonly Diagnostic[]
}

/** What `portcullis` means to a config: beside us as .js in dist, and as .ts
 * where Node strips types. */
const OURSELVES = fileURLToPath(
  new URL(`../index${extname(import.meta.url)}`, import.meta.url),
)

/** Ends the process that waits for the next build; no build may be under
 * way. */
export function stopBundler(): Promise<void> {
  return stop()
}

export async function bundleConfig(file: string): Promise<Bundled> {
  const root = dirname(file)
  // Recorded while it loads: esbuild tells them only when all is well, and the
  // watcher must see the repair.
  const inputs = new Set([file])
  const result = await build({
    entryPoints: [file],
    absWorkingDir: root,
    outfile: join(root, 'gateway.bundle.mjs'),
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'external',
    metafile: true,
    tsconfigRaw: '{}',
    logLevel: 'silent',
    plugins: [resolveOurselves(), recordInputs(inputs)],
  }).catch((error: BuildFailure) => error)

  const files = [...inputs].sort()
  if (result instanceof Error) {
    if (!Array.isArray(result.errors)) throw result
    const diagnostics = result.errors.map((one) => describeError(one, root))
    const texts = await readTexts(root, files)
    return { exports: [], files, texts, diagnostics }
  }
  const { outputFiles, warnings, metafile } = result
  const [map = '', code = ''] = outputFiles.map(({ text }) => text)
  return {
    bundle: { code, map },
    exports: listExports(metafile),
    files,
    texts: textsOf(map),
    diagnostics: warnings.map((one) => describeWarning(one, root)),
  }
}

function resolveOurselves(): Plugin {
  return {
    name: 'portcullis',
    setup: ({ onResolve, onLoad }) => {
      const namespace = 'portcullis'
      onResolve({ filter: /^portcullis$/ }, () => ({
        path: OURSELVES,
        namespace,
      }))
      onLoad({ filter: /./, namespace }, async () => {
        // Without its own map: what it makes is placed at the call (locate.ts).
        const text = await readFile(OURSELVES, 'utf8')
        return { contents: text.replace(/^\/\/# sourceMappingURL=.*$/m, '') }
      })
    },
  }
}

function recordInputs(inputs: Set<string>): Plugin {
  return {
    name: 'inputs',
    setup: ({ onLoad }) =>
      onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
        if (path !== OURSELVES) inputs.add(path)
        return undefined
      }),
  }
}

function listExports({ outputs }: Metafile): readonly string[] {
  return Object.values(outputs).flatMap((one) => one.exports)
}

function describeError(message: Message, root: string): Diagnostic {
  const at = rangeOf(message, root)
  if (/^<{7}/.test(message.location?.lineText ?? '')) {
    const { message: said, help } = CONFLICT
    return finding('GW1004', '', said, { help, ...(at && { at }) })
  }
  const text = sayLikeUs(message)
  // Notes without a place advise on esbuild's own options.
  const notes = message.notes.flatMap((note) => {
    const range = rangeOf(note, root)
    return range ? [{ message: sayLikeUs(note), at: range }] : []
  })
  const [, lost = ''] = /^could not resolve `(.+?)`/.exec(text) ?? []
  const folder = dirname(join(root, at?.file ?? ''))
  const help = lost
    ? suggestModule(lost, folder)
    : HELPS.find(([pattern]) => pattern.test(text))?.[1]
  const extras = { notes, ...(at && { at }), ...(help && { help }) }
  return finding(codeOf(text), '', text, extras)
}

/** What to do about the mistakes that are made most. */
const HELPS: readonly (readonly [RegExp, string])[] = [
  [
    /^expected `[}\])]` but found `[}\])]`|end of file$/,
    'a bracket that is opened above is not closed, or one of another kind is',
  ],
  [
    /^expected `[}\])]` but found (?:`?["'\w]|`\$)/,
    'is a comma missing before it?',
  ],
  [/^unterminated string/, 'add the closing quote; a text ends on its line'],
]

/** esbuild gives its errors no ids: what they begin with is all there is. */
function codeOf(text: string): Code {
  if (/^cannot read file .*permission denied/.test(text)) return 'GW1003'
  if (/^could not resolve|^no matching export/.test(text)) return 'GW1005'
  return 'GW1004'
}

function describeWarning(message: Message, root: string): Diagnostic {
  const at = rangeOf(message, root)
  if (message.id !== 'duplicate-object-key') {
    return finding('GW1014', '', sayLikeUs(message), at ? { at } : {})
  }
  const [, key = ''] = /"([^"]*)"/.exec(message.text) ?? []
  const said = describeTwice(key)
  const first = message.notes.map((note) => rangeOf(note, root))[0]
  const notes = first ? [{ message: said.note, at: first }] : []
  return finding('GW1018', '', said.message, at ? { at, notes } : { notes })
}

/** Lower case at the start, user text in backticks. */
function sayLikeUs({ text }: { readonly text: string }): string {
  return text
    .replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, quoted: string) => {
      return `\`${quoted.replaceAll(/\\(["'\\])/g, '$1')}\``
    })
    .replaceAll(`portcullis:${OURSELVES}`, 'portcullis')
    .replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())
}

/** esbuild counts columns in bytes, from 0. */
function rangeOf(
  { location }: Pick<Message, 'location'>,
  root: string,
): Range | undefined {
  if (!location) return undefined
  const { line, column, length, lineText } = location
  const bytes = Buffer.from(lineText)
  const before = bytes.subarray(0, column).toString().length
  const span = bytes.subarray(column, column + length).toString().length
  const start = { line, column: before + 1 }
  const end = { line, column: before + 1 + span }
  const path = isAbsolute(location.file)
    ? relative(root, location.file)
    : location.file
  return { file: path.replaceAll('\\', '/'), start, end }
}

/** The map carries the texts of its sources; ours are nobody's to correct. */
function textsOf(map: string): Readonly<Record<string, string>> {
  const { sources, sourcesContent } = JSON.parse(map) as {
    readonly sources: readonly string[]
    readonly sourcesContent: readonly string[]
  }
  return Object.fromEntries(
    sources
      .map((source, index) => [source, sourcesContent[index] ?? ''] as const)
      .filter(([source]) => !source.startsWith('portcullis:')),
  )
}

async function readTexts(
  root: string,
  files: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const entries = files.map(async (file) => {
    const text = await readFile(file, 'utf8').catch(() => '')
    return [relative(root, file).replaceAll('\\', '/'), text] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

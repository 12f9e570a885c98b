// The config and everything it imports, as one module.
// In: the config file. Out: bundle, findings, and its files, even on failure.
// INVARIANT: the bundler reads no file: this module finds and reads all of
// them; `portcullis` is always the package that is running.

import { readFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type BuildFailure,
  build,
  type Message,
  type Metafile,
  type OnResolveArgs,
  type OnResolveResult,
  type PartialMessage,
  type Plugin,
  stop,
} from 'esbuild'
import type { Diagnostic, Range } from '../contract/diagnostic.ts'
import type { Code } from '../diagnostics/codes.ts'
import { quote } from '../diagnostics/credential.ts'
import { ENVIRONMENT } from '../diagnostics/declarations.ts'
import { finding } from '../diagnostics/report.ts'
import { findComputedImport, type Place } from './computed.ts'
import { type Input, Inputs } from './inputs.ts'
import { CONFLICT, describeTwice } from './parsed.ts'
import { Refusal } from './refusal.ts'
import { suggestModule } from './unresolved.ts'

export interface Bundled {
  readonly bundle?: { readonly code: string; readonly map: string }
  /** Names that the config exports. */
  readonly exports: readonly string[]
  /** Absolute. */
  readonly files: readonly string[]
  /** By path relative to the config's folder, as in findings. */
  readonly texts: Readonly<Record<string, string>>
  readonly diagnostics: readonly Diagnostic[]
}

/** The file that a config imports as `portcullis`: beside this one, as .js in
 * dist, and as .ts where Node strips types. */
const OURSELVES = fileURLToPath(
  new URL(`../index${extname(import.meta.url)}`, import.meta.url),
)

/** The bundler's `file` namespace is not used either: there it looks by itself
 * for tsconfig.json, package.json, source maps and files of a pattern. */
const INPUT = 'input'
const PACKAGE = 'portcullis'

/** Ends the process that waits for the next build; call it only when no build
 * is running. */
export function stopBundler(): Promise<void> {
  return stop()
}

export async function bundleConfig(file: string): Promise<Bundled> {
  const root = dirname(file)
  const inputs = new Inputs(root)
  const result = await build({
    entryPoints: [file],
    absWorkingDir: root,
    outfile: join(root, 'gateway.bundle.mjs'),
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'external',
    metafile: true,
    tsconfigRaw: '{}',
    logLevel: 'silent',
    define: { 'process.env': ENVIRONMENT },
    plugins: [readInputs(inputs, file)],
  }).catch((error: BuildFailure) => error)

  const files = inputs.looked
  const texts = Object.fromEntries(
    inputs.all.map(({ name, text }) => [name, text]),
  )
  if (result instanceof Error) {
    if (!Array.isArray(result.errors)) throw result
    const diagnostics = result.errors.map((one) => describeError(one, root))
    return { exports: [], files, texts, diagnostics }
  }
  const { outputFiles, warnings, metafile } = result
  const [map = '', code = ''] = outputFiles.map(({ text }) => text)
  return {
    bundle: { code: hidePaths(code), map: nameSources(map) },
    exports: listExports(metafile),
    files,
    texts,
    diagnostics: warnings.map(describeWarning),
  }
}

/** Answers every file request of the bundler. */
function readInputs(inputs: Inputs, config: string): Plugin {
  return {
    name: 'inputs',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^/ }, (args) => {
        if (args.path === 'portcullis') {
          return { path: OURSELVES, namespace: PACKAGE }
        }
        try {
          return resolveInput(inputs, args, config)
        } catch (error) {
          return refuse(toRefusal(error, args.path))
        }
      })
      onLoad({ filter: /^/, namespace: INPUT }, async ({ path }) => {
        const input = inputs.read(resolve(inputs.root, path), path)
        const { text: contents, loader } = input
        const computed = await findComputedImport(contents, loader)
        if (computed) return { errors: [describeComputed(input, computed)] }
        return { contents, loader }
      })
      onLoad({ filter: /^/, namespace: PACKAGE }, () => {
        // Without a source map: places are taken from the call (locate.ts).
        const text = readFileSync(OURSELVES, 'utf8')
        const contents = text.replace(/^\/\/# sourceMappingURL=.*$/m, '')
        return { contents, loader: extname(OURSELVES) === '.ts' ? 'ts' : 'js' }
      })
    },
  }
}

function resolveInput(
  inputs: Inputs,
  args: OnResolveArgs,
  config: string,
): OnResolveResult {
  const { path: specifier, kind, importer } = args
  const entry = kind === 'entry-point'
  const input = entry
    ? inputs.read(config, 'the config')
    : inputs.find({
        specifier,
        from: resolve(inputs.root, importer),
        kind: kind.startsWith('require') ? 'require' : 'import',
        attributes: args.with,
      })
  if (!input) {
    return {
      errors: [{ text: `Could not resolve ${JSON.stringify(specifier)}` }],
    }
  }
  return { path: input.name, namespace: INPUT }
}

/** Carries our own errors through the bundler. */
interface Detail {
  readonly code: Code
  readonly help?: string | undefined
}

/** Also for a package.json that cannot be read, and for a link to itself. */
function toRefusal(error: unknown, specifier: string): Refusal {
  if (error instanceof Refusal) return error
  const { code, path } = error as NodeJS.ErrnoException
  if (path === undefined) throw error
  return new Refusal('GW1003', `cannot read ${quote(specifier)} (${code})`)
}

function refuse({ code, message, help }: Refusal): OnResolveResult {
  return { errors: [{ text: message, detail: { code, help } }] }
}

function describeComputed(
  { name, text }: Input,
  { isStrange, ...place }: Place,
): PartialMessage {
  const lineText = text.split('\n')[place.line - 1] ?? ''
  return {
    text: isStrange
      ? `${quote(name)} contains code that cannot be searched for imports`
      : 'the path of this import is computed',
    detail: {
      code: 'GW1011',
      help: isStrange
        ? 'write it as a plain ES2022 module'
        : 'write the path as a literal: the config must show all files that it imports',
    },
    location: { file: `${INPUT}:${name}`, lineText, length: 6, ...place },
  }
}

function listExports({ outputs }: Metafile): readonly string[] {
  return Object.values(outputs).flatMap((one) => one.exports)
}

function describeError(message: Message, root: string): Diagnostic {
  const at = rangeOf(message)
  // An exception in a plugin arrives as the detail: it is our bug.
  if (message.detail instanceof Error) throw message.detail
  const { detail } = message as { readonly detail?: Detail }
  if (detail) {
    const { code, help } = detail
    return finding(code, '', message.text, {
      ...(at && { at }),
      ...(help && { help }),
    })
  }
  if (/^<{7}/.test(message.location?.lineText ?? '')) {
    const { message: said, help } = CONFLICT
    return finding('GW1004', '', said, { help, ...(at && { at }) })
  }
  const text = sayLikeUs(message)
  // Notes without a place are about esbuild's own options.
  const notes = message.notes.flatMap((note) => {
    const range = rangeOf(note)
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

/** Ways out of the most common mistakes. */
const HELPS: readonly (readonly [RegExp, string])[] = [
  [
    /^expected `[}\])]` but found `[}\])]`|end of file$/,
    'a bracket that is opened above is not closed, or is closed by another kind of bracket',
  ],
  [
    /^expected `[}\])]` but found (?:`?["'\w]|`\$)/,
    'is a comma missing before it?',
  ],
  [
    /^unterminated string/,
    'add the closing quote: a text must end on its line',
  ],
]

/** esbuild's errors have no ids: the beginning of the text identifies them. */
function codeOf(text: string): Code {
  if (/^cannot read file .*permission denied/.test(text)) return 'GW1003'
  if (/^could not resolve|^no matching export/.test(text)) return 'GW1005'
  return 'GW1004'
}

function describeWarning(message: Message): Diagnostic {
  const at = rangeOf(message)
  if (message.id !== 'duplicate-object-key') {
    return finding('GW1014', '', sayLikeUs(message), at ? { at } : {})
  }
  const [, key = ''] = /"([^"]*)"/.exec(message.text) ?? []
  const said = describeTwice(key)
  const first = message.notes.map((note) => rangeOf(note))[0]
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
    .replaceAll(`\`${INPUT}:`, '`')
    .replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())
}

/** esbuild counts columns in bytes, from 0. */
function rangeOf({ location }: Pick<Message, 'location'>): Range | undefined {
  if (!location) return undefined
  const { line, column, length, lineText } = location
  const bytes = Buffer.from(lineText)
  const before = bytes.subarray(0, column).toString().length
  const span = bytes.subarray(column, column + length).toString().length
  const start = { line, column: before + 1 }
  const end = { line, column: before + 1 + span }
  return { file: withoutSpace(location.file), start, end }
}

/** The path as in findings. */
function withoutSpace(file: string): string {
  const prefix = `${INPUT}:`
  return file.startsWith(prefix) ? file.slice(prefix.length) : file
}

/** The bundler calls a function by the path of its file, and a stack shows this
 * name to the config. On one line nothing else has a place. */
function hidePaths(code: string): string {
  return code.replace(WRAPPED, '$1"module"')
}

const WRAPPED =
  /^(\s*)"(?:input|portcullis):(?:[^"\\]|\\.)*"(?=\((?:exports(?:, module)?)?\) \{)/gm

function nameSources(map: string): string {
  const parsed = JSON.parse(map) as { readonly sources: readonly string[] }
  return JSON.stringify({
    ...parsed,
    sources: parsed.sources.map(withoutSpace),
  })
}

// Every file of a bundle: found, checked and read by this module.
// In: an import specifier and its place. Out: a file's text, or a refusal.
// INVARIANT: reads only regular files of bounded size whose real path lies in
// the config's repository or in a node_modules above it.

import { realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import {
  basename,
  dirname,
  extname,
  join,
  relative,
  resolve,
  sep,
} from 'node:path'
import { quote } from '../diagnostics/credential.ts'
import { MAX_BYTES, readRegular, UnreadableError } from '../regular.ts'
import { type Found, follow } from './follow.ts'
import { judgeTokens, MAX_TOKENS } from './nesting.ts'
import { findPackageFile } from './packages.ts'
import { findTop } from './project.ts'
import { Refusal } from './refusal.ts'

export interface Input {
  /** Relative to the config's folder, as in findings. */
  readonly name: string
  readonly text: string
  readonly loader: 'ts' | 'js' | 'json'
}

export interface Importer {
  /** The specifier as it is written. */
  readonly specifier: string
  /** Absolute path of the file that contains it. */
  readonly from: string
  readonly kind: 'import' | 'require'
  readonly attributes: Readonly<Record<string, string>>
}

const LOADERS: Readonly<Record<string, Input['loader']>> = Object.freeze({
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.json': 'json',
})

/** With these endings, a config's own files are always ES modules. */
const MODULES = /\.m?[jt]s$/

/** What a specifier without an ending may mean, in this order. */
const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json']

/** Endings that TypeScript writes for compiled files. */
const SOURCES: Readonly<Record<string, string>> = Object.freeze({
  '.js': '.ts',
  '.mjs': '.mts',
  '.cjs': '.cts',
})

/** A scheme, a package's own import, or what no path can contain. */
const NO_PATH = /^(?:[a-z][a-z0-9+.-]*:|#)|\0/i

/** No system has a longer path. */
const LONGEST_SPECIFIER = 4096

const OUTSIDE_HELP =
  'a config may import files of its repository (of its own folder, if there ' +
  'is no `.git` above it) and packages in node_modules: move or copy the file there'

export class Inputs {
  /** The config's folder; real and absolute. */
  readonly root: string
  /** What a review covers: the repository, or else the config's folder. */
  readonly #project: string
  readonly #byPath = new Map<string, Input>()
  /** Absolute; files that were read or refused: a repair must be detected. */
  readonly #looked = new Set<string>()
  #left = MAX_BYTES
  #tokens = MAX_TOKENS

  constructor(root: string) {
    this.root = realpathSync(root)
    this.#project = findTop(this.root) ?? this.root
  }

  get looked(): readonly string[] {
    return [...this.#looked].sort()
  }

  get all(): readonly Input[] {
    return [...this.#byPath.values()]
  }

  /** Undefined if nothing has that name. */
  find(importer: Importer): Input | undefined {
    const { specifier, from, attributes, kind } = importer
    refuseAttributes(attributes)
    if (isBuiltin(specifier) || specifier.startsWith('node:')) {
      const help =
        'a config only puts data together and has no access to files, ' +
        'network and processes: load data with `import`'
      const what = `the config imports ${quote(specifier)}`
      throw new Refusal('GW1011', what, help)
    }
    if (NO_PATH.test(specifier) || specifier.length > LONGEST_SPECIFIER) {
      const message = `${quote(specifier)} is neither a file nor a package`
      throw new Refusal('GW1005', message, 'import a file by its path')
    }
    const folder = dirname(from)
    const look = (file: string) => this.#follow(file, quote(specifier))
    const path =
      /^\.{0,2}\//.test(specifier) || /^\.{1,2}$/.test(specifier)
        ? findFile(resolve(folder, specifier), look)
        : findPackageFile(specifier, folder, kind, {
            look,
            place: (file) => this.#place(file, quote(specifier)),
          })
    return path === undefined ? undefined : this.read(path, quote(specifier))
  }

  read(path: string, shown: string): Input {
    this.#looked.add(path)
    const real = this.#place(path, shown)
    const known = this.#byPath.get(real)
    if (known) return known
    this.#looked.add(real)
    const loader = LOADERS[extname(real)]
    if (!loader) {
      const help = `import ${Object.keys(LOADERS).join(', ')}`
      const message = `${shown} is neither code nor JSON`
      throw new Refusal('GW1005', message, help)
    }
    const written = this.#readText(real, shown)
    const own = isBelow(this.#project, real) && !real.includes('/node_modules/')
    const text = own && MODULES.test(real) ? asModule(written) : written
    this.#bound(text, shown)
    const name = relative(this.root, real).split(sep).join('/')
    const input = { name, text, loader }
    this.#byPath.set(real, input)
    return input
  }

  #readText(path: string, shown: string): string {
    try {
      const bytes = readRegular(path, this.#left)
      this.#left -= bytes.length
      return withoutMap(bytes.toString('utf8').replace(/^\ufeff/, ''))
    } catch (error) {
      const { code = 'unknown', message } = error as UnreadableError
      if (code === 'EFBIG') {
        const what = `the config and what it imports are larger than 16 MiB`
        throw new Refusal('GW1017', what)
      }
      const why =
        error instanceof UnreadableError
          ? message.slice(path.length + 1)
          : `cannot be read (${code})`
      throw new Refusal('GW1003', `${shown} ${why}`)
    }
  }

  /** A parser takes memory for each token, and stack for each level. */
  #bound(text: string, shown: string): void {
    const { count, isDeep } = judgeTokens(text, this.#tokens)
    this.#tokens -= count
    if (isDeep) {
      const help = 'no config needs that depth: use fewer levels'
      throw new Refusal('GW1017', `${shown} is nested too deeply`, help)
    }
    if (this.#tokens >= 0) return
    const what = `the config and what it imports contain more than ${MAX_TOKENS} words and signs`
    throw new Refusal(
      'GW1017',
      what,
      'import less, or write the config as data',
    )
  }

  /** The real path, if a config may read it. */
  #place(path: string, shown: string): string {
    const whole = join(realpathSync(dirname(path)), basename(path))
    const real = this.#follow(whole, shown)?.path ?? path
    if (this.#isAllowed(real)) return real
    const message = `the config imports a file outside of its repository`
    throw new Refusal('GW1011', message, OUTSIDE_HELP)
  }

  #follow(path: string, shown: string): Found | undefined {
    try {
      return follow(path, (one) => this.#isAllowed(one), shown)
    } catch (error) {
      this.#looked.add(path)
      throw error
    }
  }

  /** For a path without links: in the project, or in a node_modules above. */
  #isAllowed(path: string): boolean {
    if (isBelow(this.#project, path)) {
      return !isBelow(join(this.#project, '.git'), path)
    }
    for (let at = this.#project; ; at = dirname(at)) {
      const modules = join(at, 'node_modules')
      if (path === modules || isBelow(modules, path)) return true
      if (dirname(at) === at) return false
    }
  }
}

function refuseAttributes(attributes: Importer['attributes']): void {
  const odd = Object.entries(attributes).find(
    ([key, value]) => key !== 'type' || value !== 'json',
  )
  if (!odd) return
  const message = `the import attribute ${quote(odd.join(': '))} is not supported`
  const help = "the only one is `with { type: 'json' }`, which is optional"
  throw new Refusal('GW1005', message, help)
}

/** The file that a path refers to; undefined if there is none. */
function findFile(
  path: string,
  look: (path: string) => Found | undefined,
): string | undefined {
  const extension = extname(path)
  const source = SOURCES[extension]
  const candidates = [
    path,
    ...(source ? [path.slice(0, -extension.length) + source] : []),
    ...ENDINGS.map((ending) => path + ending),
    ...ENDINGS.map((ending) => join(path, `index${ending}`)),
  ]
  return candidates.find((one) => look(one)?.kind === 'file')
}

function isBelow(folder: string, path: string): boolean {
  const prefix = folder.endsWith(sep) ? folder : folder + sep
  return path.startsWith(prefix)
}

/** Bundlers read the map that such a comment names, and the files named there.
 * One letter changes, and no place moves. */
function withoutMap(text: string): string {
  return text.replaceAll('sourceMappingURL', 'sourceMappingUrl')
}

/** A word that would make an ES module of a file that uses CommonJS. */
function asModule(text: string): string {
  return /\b(?:module|exports)\b/.test(text) ? `${text}\nexport {}` : text
}

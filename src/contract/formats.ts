// Which files can be a config: code that is evaluated, or data that is parsed.
// In: a path. Out: the language it is written in.
// INVARIANT: one list for the search, the proposals and the refusals.

export type Language = 'code' | 'json' | 'yaml' | 'toml'

const LANGUAGES: Readonly<Record<string, Language>> = Object.freeze({
  '.ts': 'code',
  '.mts': 'code',
  '.js': 'code',
  '.mjs': 'code',
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.toml': 'toml',
})

export const EXTENSIONS: readonly string[] = Object.freeze(
  Object.keys(LANGUAGES),
)

/** Two of them in one folder are an error. */
export const CONFIG_FILES: readonly string[] = Object.freeze(
  EXTENSIONS.map((extension) => `gateway.config${extension}`),
)

/** The file in which `gateway` may be a key. */
export const PACKAGE_FILE = 'package.json'

export function languageOf(file: string): Language | undefined {
  const [extension = ''] = /\.[^./\\]*$/.exec(file) ?? []
  return Object.hasOwn(LANGUAGES, extension) ? LANGUAGES[extension] : undefined
}

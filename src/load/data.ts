// A config that is data: JSON, YAML or TOML, or a key of package.json.
// In: its path. Out: its value, its findings, and the place of each part.
// INVARIANT: parsed, never evaluated: no bundler and no child process runs.

import { basename } from 'node:path'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { type Language, languageOf, PACKAGE_FILE } from '../contract/formats.ts'
import { finding, hasErrors } from '../diagnostics/report.ts'
import type { Written } from '../diagnostics/written.ts'
import { readRegular } from '../regular.ts'
import type { Authored } from './authored.ts'
import {
  describeFaults,
  type Fault,
  findStrange,
  type Parsed,
} from './parsed.ts'

type Parse = (text: string) => Parsed | Promise<Parsed>

/** Readers are loaded when they are needed. */
const PARSERS: Readonly<
  Record<Exclude<Language, 'code'>, () => Promise<Parse>>
> = Object.freeze({
  json: async () => (await import('./json.ts')).parseJson,
  yaml: async () => (await import('./yaml.ts')).parseYaml,
  toml: async () => {
    const { parseToml } = await import('./toml.ts')
    return (text: string) => parseToml(text, 'GW1004')
  },
})

export async function readData(file: string): Promise<Authored> {
  const name = basename(file)
  const base = { files: [file], folderOf: () => '' }
  const fail = (one: Diagnostic, text = ''): Authored => {
    const sources = { config: name, texts: { [name]: text } }
    return { ...base, diagnostics: [one], sources }
  }
  const at = { file: name, start: { line: 1, column: 1 } }
  const bytes = readBytes(file)
  if (typeof bytes === 'string') {
    const code = bytes === 'EFBIG' ? 'GW1017' : 'GW1003'
    const why =
      code === 'GW1017' ? 'is larger than 16 MiB' : `cannot be read (${bytes})`
    return fail(finding(code, '', `${name} ${why}`, { at }))
  }
  const text = decode(bytes)
  if (text === undefined) {
    const help = 'save it as UTF-8'
    const message = `${name} is not UTF-8 plain`
    return fail(finding('GW1004', '', message, { help, at }))
  }
  const parsed = await parse(file, text)
  const { value, tree } = parsed
  const faults = describeFaults(parsed.faults, '', text, name)
  const strange = parsed.faults.length > 0 ? [] : findStrange(value, '')
  const diagnostics = [...faults, ...strange]
  const texts = { [name]: text }
  const sources = { config: name, texts, ...(tree && { data: tree }) }
  const result = { ...base, diagnostics, sources }
  return hasErrors(diagnostics) ? result : { ...result, value }
}

/** Or the code of what prevents reading. */
function readBytes(file: string): Buffer | string {
  try {
    return readRegular(file)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

/** Text without its BOM; undefined if it is not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

async function parse(file: string, text: string): Promise<Parsed> {
  const language = languageOf(file)
  if (language === undefined || language === 'code') {
    throw new Error(`${file} is not data`)
  }
  const read = await PARSERS[language]()
  const empty = text.trim() === '' ? undefined : await read(text)
  if (basename(file) === PACKAGE_FILE && empty) return pickGateway(empty)
  const nothing = language !== 'toml' && empty?.value === null
  if (empty && empty.faults.length > 0) return empty
  return empty && !nothing && empty.tree ? empty : EMPTY
}

const NOWHERE = Object.freeze({ start: 0, end: 0 })

const EMPTY: Parsed = {
  faults: [
    {
      code: 'GW1006',
      span: NOWHERE,
      message: 'the config is empty',
      help: 'begin with the key `servers`',
    },
  ],
}

/** Only the key of package.json is checked. */
function pickGateway({ value, tree, faults }: Parsed): Parsed {
  const own = tree?.members.get('gateway')
  if (!tree) return { faults }
  if (!own) return { faults: [LOST] }
  const { gateway } = value as { readonly gateway: unknown }
  const inside = faults.filter(({ span }) => isInside(span.start, own))
  return { value: gateway, tree: own, faults: inside }
}

function isInside(offset: number, { key, end }: Written): boolean {
  return offset >= (key?.start ?? 0) && offset < end
}

const LOST: Fault = {
  code: 'GW1006',
  span: NOWHERE,
  message: '`package.json` has no key `gateway`',
  help: 'write the config under that key, or name another file',
}

// A config that is code: bundled, then evaluated in a sealed child process.
// In: its path. Out: its export, its findings, and a way to find places.
// INVARIANT: the export is plain data, and equal in two evaluations.

import { basename, dirname, posix } from 'node:path'
import type { Diagnostic, Range } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import type { Sources } from '../diagnostics/locate.ts'
import { finding, hasErrors } from '../diagnostics/report.ts'
import type { Authored } from './authored.ts'
import { type Bundled, bundleConfig } from './bundle.ts'
import { evaluateBundle, type Seal } from './evaluate.ts'

export async function readCode(file: string, seal?: Seal): Promise<Authored> {
  const bundled = await bundleConfig(file)
  const { files, texts, bundle } = bundled
  const base = { config: basename(file), texts }
  const sources = bundle ? { ...base, bundle } : base
  const evaluated = await evaluate(bundled, sources, seal)
  const diagnostics = [...bundled.diagnostics, ...evaluated.diagnostics]
  const result = { diagnostics, files, sources }
  if (hasErrors(diagnostics)) return { ...result, folderOf: () => '' }
  const folderOf = await openFolders(files, sources)
  return { ...result, value: evaluated.value, folderOf }
}

async function evaluate(
  { bundle, exports }: Bundled,
  sources: Sources,
  seal?: Seal,
) {
  if (!bundle) return { diagnostics: [] }
  if (exports.includes('default')) {
    return evaluateBundle(bundle, sources.texts, undefined, seal)
  }
  return { diagnostics: [describeExports(exports, sources)] }
}

/** Export names that a config is likely to have. */
const LIKELY = ['gateway', 'config', 'gatewayConfig']

function describeExports(
  exports: readonly string[],
  { config, texts }: Sources,
): Diagnostic {
  const message = 'the config has no default export'
  const meant = LIKELY.find((name) => exports.includes(name))
  const only = exports.length === 1 ? exports[0] : undefined
  const name = meant ?? only
  if (name === undefined) {
    const names = exports.map(quote).join(', ')
    const said = names === '' ? message : `${message}; it exports ${names}`
    return finding('GW1006', '', said)
  }
  const others = exports.length > 1 ? ' and others' : ''
  const said = `${message}; it exports ${quote(name)}${others}`
  const at = findExport(name, config, texts[config] ?? '')
  const help = `add \`export default ${name}\`, or write \`export default\` before its value`
  return finding('GW1006', '', said, { help, ...(at && { at }) })
}

/** Place of `export const NAME`. */
function findExport(
  name: string,
  file: string,
  text: string,
): Range | undefined {
  const pattern = new RegExp(
    `^export\\s+(?:const|let|var|(?:async\\s+)?function)\\s+${name}\\b`,
    'm',
  )
  const match = pattern.exec(text)
  if (!match) return undefined
  const lines = text.slice(0, match.index + match[0].length).split('\n')
  const end = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
  const start = { line: end.line, column: end.column - name.length }
  return { file, start, end }
}

/** The folders matter only if fragments are in other folders. */
async function openFolders(
  files: readonly string[],
  sources: Sources,
): Promise<Authored['folderOf']> {
  if (new Set(files.map((file) => dirname(file))).size === 1) return () => ''
  const { openLocator } = await import('../diagnostics/locate.ts')
  const { locate } = openLocator(sources)
  return (pointer) => {
    const folder = posix.dirname(locate(pointer).file)
    return folder === '.' ? '' : folder
  }
}

// Compiles the config for a verb, and reports why there is no answer.
// In: `--cwd`, `--config` and an Io. Out: a compiled config and its files.
// INVARIANT: offline; no secret is read and no socket is opened.

import { resolve } from 'node:path'
import { type Compiled, type CompileOptions, compileWith } from '../compile.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import { renderHuman } from '../diagnostics/render/human.ts'
import { type Exit, makeReport, type Report } from '../diagnostics/report.ts'
import { type Plain, plain } from '../diagnostics/shown.ts'
import { baseFromHere, baseInRepository, linksFrom } from './places.ts'
import { withProgress } from './progress.ts'
import { say } from './say.ts'
import type { ConfigOptions, Io } from './verb.ts'

export interface CompiledConfig extends Compiled {
  /** Absolute. */
  readonly tokensFile: string
}

export async function compileConfig(
  { cwd = '.', config }: ConfigOptions,
  io: Io,
  how: Pick<CompileOptions, 'places' | 'offers' | 'lock'> = {},
): Promise<CompiledConfig> {
  const folder = resolve(io.cwd, cwd)
  const asked = { ...how, cwd: folder, config, now: io.now() }
  const compiled = await withProgress('compiling the config', io, () =>
    compileWith(asked, io.seal),
  )
  const { root, sources } = compiled
  const name = sources.tokens?.file ?? DEFAULTS.tokens.file
  return { ...compiled, tokensFile: resolve(root, name) }
}

/** Prints to stderr, for verbs with another result. Returns an exit code for
 * verbs that then stop. */
export function tellFindings(compiled: Compiled, io: Io): number {
  const { text, exit, report } = describeFindings(compiled, io)
  const { root, sources } = compiled
  const base = baseInRepository(root, io.cwd)
  io.failure.addFindings(report, { base, config: sources.config })
  say(io.stderr, text, { isRecorded: false })
  return exit === 0 ? 1 : exit
}

interface Described {
  readonly text: Plain
  readonly exit: Exit
  readonly report: Report
}

/** '' without any; beside an error, warnings are left out. */
export function describeFindings(
  { diagnostics, unanswerable, sources, root }: Compiled,
  io: Io,
): Described {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const told = errors.length > 0 ? errors : diagnostics
  const left = diagnostics.length - told.length
  const remarks = left > 0 ? [`${left} more: run \`gateway check\``] : []
  const report = makeReport('compile', told, { unanswerable, remarks })
  const base = baseFromHere(root, io.cwd)
  const links = linksFrom(root)
  const shown = { base, texts: sources.texts, links }
  const text = told.length > 0 ? renderHuman(report, shown) : plain``
  return { text, exit: report.exit, report }
}

/** For verbs that can work without a table: a replacement. */
export function tellErrors(instead: string, io: Io): void {
  say(
    io.stderr,
    plain`the config has errors, see \`gateway check\`; ${instead}\n`,
  )
}

/** The tokens file, and whether the config is valid. Works with errors: if the
 * config cannot be evaluated, the default name is used. */
export async function findTokensFile(
  options: ConfigOptions,
  io: Io,
): Promise<{ readonly file: string; readonly fine: boolean }> {
  const { tokensFile, sources, artefact } = await compileConfig(options, io)
  if (!artefact) {
    const where = sources.tokens ? 'that it names' : 'with the default name'
    tellErrors(`continuing with the tokens file ${where}, ${tokensFile}`, io)
  }
  return { file: tokensFile, fine: artefact !== undefined }
}

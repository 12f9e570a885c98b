// What verbs ask of the compiler, and how they say that it could not answer.
// In: `--cwd`, `--config` and an Io. Out: a compiled config and its files.
// INVARIANT: offline; no secret is read and no socket opened.

import { resolve } from 'node:path'
import { type Compiled, compile } from '../compile.ts'
import { DEFAULTS } from '../contract/defaults.ts'
import { renderHuman } from '../diagnostics/render/human.ts'
import { makeReport } from '../diagnostics/report.ts'
import { clean, wantsColour } from './terminal.ts'
import type { ConfigOptions, Io } from './verb.ts'

export interface CompiledConfig extends Compiled {
  /** Absolute. */
  readonly tokensFile: string
}

export async function compileConfig(
  { cwd = '.', config }: ConfigOptions,
  io: Io,
): Promise<CompiledConfig> {
  const folder = resolve(io.cwd, cwd)
  const compiled = await compile({ cwd: folder, config, now: io.now() })
  const { root, sources } = compiled
  const name = sources.tokens?.file ?? DEFAULTS.tokens.file
  return { ...compiled, tokensFile: resolve(root, name) }
}

/** Findings to stderr, for verbs whose result is something else. */
export function explainFailure(compiled: Compiled, io: Io): number {
  const { diagnostics, unanswerable, sources } = compiled
  const report = makeReport('compile', diagnostics, { unanswerable })
  const color = wantsColour(io)
  io.stderr.write(renderHuman(report, { color, texts: sources.texts }))
  return report.exit === 0 ? 1 : report.exit
}

/** Where records stand, and whether the config is fine. Errors do not hold it
 * back: the usual name is taken when the config cannot be evaluated at all. */
export async function findTokensFile(
  options: ConfigOptions,
  io: Io,
): Promise<{ readonly file: string; readonly fine: boolean }> {
  const { tokensFile, sources, artefact } = await compileConfig(options, io)
  if (!artefact) {
    const where = sources.tokens ? 'it names' : 'that is usual'
    io.stderr.write(
      'the config has errors, see `gateway check`; going on with the tokens ' +
        `file ${where}, ${clean(tokensFile)}\n`,
    )
  }
  return { file: tokensFile, fine: artefact !== undefined }
}

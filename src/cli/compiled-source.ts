// The compiler as a source of tables.
// In: `--cwd`, `--config` and an Io. Out: one table.
// INVARIANT: imported only to compile a config, not to serve a compiled table.

import { resolve } from 'node:path'
import { compile } from '../compile.ts'
import { languageOf } from '../contract/formats.ts'
import { formatPlace } from '../diagnostics/report.ts'
import { describeFindings } from './compiled.ts'
import type { Reading } from './source.ts'
import type { ConfigOptions, Io } from './verb.ts'

export async function compileSource(
  { cwd = '.', config }: ConfigOptions,
  io: Io,
): Promise<Reading> {
  const compiled = await compile({
    cwd: resolve(io.cwd, cwd),
    ...(config !== undefined && { config }),
    now: io.now(),
    places: 'always',
  })
  await stopBundler(compiled.config)
  const { artefact, diagnostics, root, files } = compiled
  const { text, exit } = describeFindings(compiled, io)
  return {
    artefact,
    root,
    files,
    report: text,
    findings: diagnostics.map(({ code, message, at }) =>
      [...(at ? [formatPlace(at)] : []), code, message].join(' '),
    ),
    exit,
  }
}

/** Otherwise a separate process would wait for the next build. */
async function stopBundler(config: string | undefined): Promise<void> {
  if (config === undefined || languageOf(config) !== 'code') return
  const bundle = await import('../load/bundle.ts')
  await bundle.stopBundler()
}

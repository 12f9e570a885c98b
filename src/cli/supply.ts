// The compiler as a source of tables.
// In: `--cwd`, `--config` and an Io. Out: one reading.
// INVARIANT: imported only where a config is compiled, never for a table.

import { resolve } from 'node:path'
import { compile } from '../compile.ts'
import { renderHuman } from '../diagnostics/render/human.ts'
import { makeReport } from '../diagnostics/report.ts'
import { stopBundler } from '../load/bundle.ts'
import type { Supply } from './source.ts'
import { wantsColour } from './terminal.ts'
import type { ConfigOptions, Io } from './verb.ts'

export async function supplyTable(
  { cwd = '.', config }: ConfigOptions,
  io: Io,
): Promise<Supply> {
  const compiled = await compile({
    cwd: resolve(io.cwd, cwd),
    ...(config !== undefined && { config }),
    now: io.now(),
    places: 'always',
  })
  // It would wait for the next build as a process of its own.
  await stopBundler()
  const { artefact, diagnostics, root, files, sources } = compiled
  const report = makeReport('serve', diagnostics, {
    digest: artefact?.digest,
    unanswerable: compiled.unanswerable,
  })
  const shown = { color: wantsColour(io), texts: sources.texts }
  return {
    artefact,
    root,
    files,
    report: diagnostics.length > 0 ? renderHuman(report, shown) : '',
    findings: diagnostics.map(({ code, message, at }) =>
      at
        ? `${at.file}:${at.start.line}:${at.start.column} ${code} ${message}`
        : `${code} ${message}`,
    ),
    exit: report.exit,
  }
}

// `gateway check`: is this config fine? Everything at once, offline.
// In: the config and what it imports. Out: a report, its exit code with it.
// INVARIANT: reads the repository alone: no secret, no socket, no clock but
// the one that lints are told; never skips because something looks unchanged.

import { Option } from 'commander'
import type { Artefact } from '../../contract/table.ts'
import { renderHuman } from '../../diagnostics/render/human.ts'
import { renderJson } from '../../diagnostics/render/json.ts'
import { makeReport, type Report } from '../../diagnostics/report.ts'
import { compileConfig } from '../compiled.ts'
import { wantsColour } from '../terminal.ts'
import { type ConfigOptions, configOptions, type Verb } from '../verb.ts'

interface CheckOptions extends ConfigOptions {
  readonly strict?: boolean
  readonly report: 'human' | 'json'
}

export const check: Verb<CheckOptions> = {
  name: 'check',
  summary: 'judge the config: offline, every finding at once',
  help: {
    reads:
      'the config, what it imports, and the tokens file; no secret and no ' +
      'environment',
    writes: 'nothing',
    contacts:
      'nothing itself: safe on a fork, before a commit, in an editor; on ' +
      'Node 20 the code of a config could open a connection, see SECURITY.md',
    exits: [
      'fine',
      'findings of severity error; with --strict warnings too',
      'wrong usage, no config, or a file that cannot be read',
    ],
    examples: ['gateway check', 'gateway check --strict --report json'],
  },
  configure(command) {
    configOptions(command)
      .option('--strict', 'warnings are not fine either')
      .addOption(
        new Option('--report <form>', 'form of the result')
          .choices(['human', 'json'])
          .default('human'),
      )
  },
  async run(_args, { strict = false, ...options }, io) {
    const compiled = await compileConfig(options, io)
    const { artefact, diagnostics, unanswerable, sources } = compiled
    const report = makeReport('check', diagnostics, {
      digest: artefact?.digest,
      unanswerable,
      strict,
    })
    if (options.report === 'json') {
      io.stdout.write(renderJson(report))
      return report.exit
    }
    const color = wantsColour(io)
    const human = renderHuman(report, { color, texts: sources.texts })
    const notable = findNotable(artefact, report)
    const remark = notable.length === 0 ? '' : ` Note: ${notable.join(', ')}.`
    io.stdout.write(`${human.trimEnd()}${remark}\n`)
    return report.exit
  },
}

/** What a green verdict must not hide. */
function findNotable(
  artefact: Artefact | undefined,
  { diagnostics }: Report,
): readonly string[] {
  const pending = diagnostics.filter(({ code }) => code === 'GW2019').length
  const { table } = artefact ?? {}
  const counts = [
    ['no server', table?.servers],
    ['no role', table?.roles],
    ['no tests', table?.tests],
  ] as const
  return [
    ...counts
      .filter(([, held]) => held && Object.keys(held).length === 0)
      .map(([words]) => words),
    ...(pending === 0 ? [] : [`${pending} key(s) not yet in force`]),
  ]
}

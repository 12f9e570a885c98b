// `gateway audit unused`: unused grants, and roles that would be enough.
// In: the audit, the config. Out: unused grants and tokens, narrower roles.
// INVARIANT: offline; nothing is changed, and every recorded call was applied
// to the proposed roles.

import { readSpan, WHEN } from '../../../trail/instants.ts'
import { reportUnused } from '../../../trail/unused.ts'
import { Usage } from '../../../trail/usage.ts'
import { readRecords } from '../../../trail/uses.ts'
import { listWarnings } from '../../../trail/warnings.ts'
import {
  locateTrail,
  type TrailOptions,
  trailOptions,
} from '../../audit/locate.ts'
import { tellDamage } from '../../audit/show.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { withProgress } from '../../progress.ts'
import {
  formatUnusedVerdict,
  renderUnused,
  renderUnusedJson,
} from '../../render/unused.ts'
import { reportOption, type Target, writeReports } from '../../reports.ts'
import type { Verb } from '../../verb.ts'

const RENDERERS = Object.freeze({
  human: renderUnused,
  json: renderUnusedJson,
})

type Form = keyof typeof RENDERERS

interface UnusedOptions extends TrailOptions {
  readonly since: string
  readonly until?: string
  readonly report?: readonly Target<Form>[]
}

export const unused: Verb<UnusedOptions> = {
  name: 'unused',
  summary: 'list unused grants, and narrower roles without them',
  schemas: ['audit-unused'],
  help: {
    reads:
      'the config with its tokens and lock, the audit file and the ' +
      'rotated files beside it; no secret',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the report is printed; unused grants do not matter',
      'the config has errors, or lines of the audit are damaged',
      'wrong usage, no config, or no audit file',
    ],
    examples: [
      'gateway audit unused --since 30d',
      'gateway audit unused --since 90d --report json=unused.json',
    ],
  },
  configure(command) {
    reportOption(trailOptions(command), Object.keys(RENDERERS))
      .option('--since <when>', WHEN, '30d')
      .option('--until <when>', 'like --since; a day means the end of that day')
      .addHelpText(
        'after',
        '\nA call counts for every entry that allows it. The ' +
          'narrower roles name what\nwas used; `when`, `deny`, `extends` and ' +
          'limits stay the same. A grant that is\nneeded rarely may be ' +
          'unused in any span: review the roles before you use them.',
      )
  },
  async run(_args, options, io) {
    const now = io.now()
    const span = readSpan(options, now)
    const compiled = await compileConfig(options, io, { places: 'always' })
    const { artefact, files } = compiled
    if (!artefact) return tellFindings(compiled, io)
    const live = await locateTrail(options, io)
    const usage = new Usage(artefact)
    const coverage = await withProgress('reading the audit', io, () =>
      readRecords(live, span, ['intent'], (record) => usage.take(record)),
    )
    const told = {
      report: reportUnused(artefact, usage, now),
      calls: usage.calls,
      refused: usage.refused,
      span,
      digest: artefact.digest,
      coverage,
      warnings: listWarnings(coverage, span, now),
    }
    const render = (form: Form) => RENDERERS[form](told)
    const verdict = formatUnusedVerdict(told)
    writeReports(options.report, { render, verdict, sources: files }, io)
    return tellDamage(coverage.count, io)
  },
}

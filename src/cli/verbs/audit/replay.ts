// `gateway audit replay`: recorded calls under the rules of another config.
// In: the audit, a config. Out: changed verdicts, by principal and rule.
// INVARIANT: offline; a change is an answer, so it exits 0 unless --fail-on
// applies.

import { Option } from 'commander'
import { plain } from '../../../diagnostics/shown.ts'
import { readSpan, WHEN } from '../../../trail/instants.ts'
import { CallReplay, type Change } from '../../../trail/replay.ts'
import { readRecords } from '../../../trail/uses.ts'
import {
  locateTrail,
  type TrailOptions,
  trailOptions,
} from '../../audit/locate.ts'
import { tellDamage } from '../../audit/show.ts'
import { compileConfig, tellFindings } from '../../compiled.ts'
import { withProgress } from '../../progress.ts'
import {
  formatReplayVerdict,
  renderReplay,
  renderReplayJson,
} from '../../render/replay.ts'
import { reportOption, type Target, writeReports } from '../../reports.ts'
import { say } from '../../say.ts'
import type { Verb } from '../../verb.ts'

const RENDERERS = Object.freeze({
  human: renderReplay,
  json: renderReplayJson,
})

type Form = keyof typeof RENDERERS

/** The values of --fail-on, and which of them apply. */
const FAILURES = Object.freeze({
  changed: () => true,
  losses: ({ becomes }: Change) => becomes !== 'allowed',
  gains: ({ becomes }: Change) => becomes === 'allowed',
})

interface ReplayOptions extends TrailOptions {
  readonly since?: string
  readonly until?: string
  readonly failOn?: readonly (keyof typeof FAILURES)[]
  readonly report?: readonly Target<Form>[]
}

export const replay: Verb<ReplayOptions> = {
  name: 'replay',
  summary: 'list recorded calls that another config would decide differently',
  schemas: ['audit-replay'],
  help: {
    reads:
      'the config with its tokens and lock, the audit file and the ' +
      'rotated files beside it; no secret',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the calls were replayed; changes do not matter',
      'the config has errors, lines of the audit are damaged, or --fail-on ' +
        'names a change that was found',
      'wrong usage, no config, or no audit file',
    ],
    examples: [
      'gateway audit replay --since 30d',
      'gateway audit replay --config gateway.next.config.ts --fail-on losses',
      'gateway audit replay --file /var/log/gateway/gateway.jsonl --report json',
    ],
  },
  configure(command) {
    reportOption(trailOptions(command), Object.keys(RENDERERS))
      .option('--since <when>', WHEN)
      .option('--until <when>', 'like --since; a day means the end of that day')
      .addOption(
        new Option(
          '--fail-on <what...>',
          'exit 1 if the replay finds this',
        ).choices(Object.keys(FAILURES)),
      )
      .addHelpText(
        'after',
        '\nArguments are judged if the audit contains their values ' +
          "(`audit.arguments: 'values'`);\notherwise a call that depends on them " +
          'is counted as not judged. Tokens that the config\ndoes not contain or ' +
          'has revoked lose their calls. Limits are simulated from the\n' +
          'recorded times and shown separately: --fail-on looks at rules and tokens only.',
      )
  },
  async run(_args, options, io) {
    const span = readSpan(options, io.now())
    const compiled = await compileConfig(options, io, { places: 'always' })
    const { artefact, files, config = '' } = compiled
    if (!artefact) return tellFindings(compiled, io)
    const live = await locateTrail(options, io)
    const calls = new CallReplay(artefact)
    const limits = Object.values(artefact.table.limits)
    // Only those limits need the duration of a call.
    const held = limits.some(({ concurrent }) => concurrent !== null)
    const events = ['intent', 'refusal', ...(held ? ['outcome'] : [])]
    const coverage = await withProgress('reading the audit', io, () =>
      readRecords(live, span, events, (record) => calls.take(record)),
    )
    const replayed = calls.finish()
    const told = { config, replay: replayed, coverage, digest: artefact.digest }
    const render = (form: Form) => RENDERERS[form](told)
    const verdict = formatReplayVerdict(told)
    writeReports(options.report, { render, verdict, sources: files }, io)
    if (replayed.calls === 0) {
      const where = options.since ?? options.until
      const when = where === undefined ? '' : ' between --since and --until'
      say(io.stderr, plain`warning: the audit has no call${when}\n`)
    }
    const damage = tellDamage(coverage.count, io)
    const failed = (options.failOn ?? []).some((what) =>
      replayed.changes.some(FAILURES[what]),
    )
    return failed ? 1 : damage
  },
}

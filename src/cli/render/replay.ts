// A replay for people at a terminal, and for programs.
// In: changes, the read calls. Out: text, the headline first; or one JSON
// object.
// INVARIANT: calls that were not decided are as visible as the others.

import { basename } from 'node:path'
import { formatInstant } from '../../diagnostics/instants.ts'
import { json, type Plain, type Shown } from '../../diagnostics/shown.ts'
import type { Change, Replay } from '../../trail/replay.ts'
import type { Coverage } from '../../trail/uses.ts'
import { joinBlocks, tabulate } from '../columns.ts'
import type { AuditReplayDocument } from '../documents/running.ts'
import { countOf } from './diff-words.ts'

export interface Replayed {
  /** Absolute path. */
  readonly config: string
  readonly digest: string
  readonly replay: Replay
  readonly coverage: Coverage
}

export function formatReplayVerdict({ replay }: Replayed): string {
  const { changes, judged, beyond } = replay
  const calls = changes.reduce((sum, { count }) => sum + count, beyond)
  if (calls === 0) {
    return `Replay: no verdict changes in ${countOf(judged, 'judged call') || '0 calls'}`
  }
  const whose = new Set(changes.map(({ tokenId }) => tokenId)).size
  return (
    `Replay: the verdict changes of ${calls} of ${judged} judged calls, ` +
    `of ${countOf(whose, 'token')}`
  )
}

export function renderReplay(told: Replayed): Plain {
  const { config, digest, replay, coverage } = told
  const { changes, beyond, limits } = replay
  const unjudged = Object.entries(replay.unjudged)
  const blocks = [
    [formatReplayVerdict(told)],
    changes.length === 0 ? [] : [tabulate(HEADS, changes.map(toRow))],
    beyond === 0 ? [] : [`and ${beyond} more calls that are not listed`],
    unjudged.map(([why, count]) => `not judged: ${count}, ${why}`),
    limits.length === 0
      ? []
      : [
          'limits, from the recorded times:',
          ...limits.map(
            ({ name, recorded, simulated }) =>
              `  ${name}: refused or warned ${recorded} then, ${simulated} with this config`,
          ),
        ],
    [
      `${basename(config)}, digest ${digest.slice(0, 12)}; ${formatReach(coverage)}`,
    ],
  ]
  return joinBlocks(blocks)
}

const HEADS = [
  'WHO',
  'CALL',
  'WAS',
  'BECOMES',
  'CALLS',
  'FIRST',
  'LAST',
  'RULE',
]

function toRow(change: Change): readonly string[] {
  const { tokenId, subject, server, name, was, becomes } = change
  const { count, first, last, rule, at } = change
  return [
    subject === null ? tokenId : `${subject} (${tokenId})`,
    server === null ? 'every call' : `${server}/${name}`,
    was,
    becomes,
    String(count),
    formatInstant(Date.parse(first)),
    formatInstant(Date.parse(last)),
    at ?? rule ?? '-',
  ]
}

export function formatReach({ first, last }: Coverage): string {
  if (first === null || last === null) return 'the audit is empty'
  const [from, to] = [first, last].map((ts) => formatInstant(Date.parse(ts)))
  return `audit read from ${from} to ${to}`
}

export function renderReplayJson(told: Replayed): Shown {
  const { digest, replay, coverage } = told
  const { count, ...reach } = coverage
  const object: AuditReplayDocument = {
    formatVersion: 1,
    command: 'audit replay',
    headline: formatReplayVerdict(told),
    digest,
    ...replay,
    audit: { ...reach, lines: count.lines, damaged: count.damaged },
  }
  return json(object)
}

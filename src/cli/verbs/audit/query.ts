// `gateway audit query`: who called what, when, how long, by which rule.
// In: filters and a span. Out: a line for each call, record or group.
// INVARIANT: offline; bounded memory for an audit of any size.

import { InvalidArgumentError, Option } from 'commander'
import { DECISIONS, EVENTS, OUTCOMES } from '../../../contract/audit.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { type Asked, makeFilter, UNFINISHED } from '../../../trail/filter.ts'
import { readSpan, WHEN } from '../../../trail/instants.ts'
import { TOP_FIELDS, type TopField } from '../../../trail/top.ts'
import { QUERY_FORMS, type QueryForm } from '../../audit/forms.ts'
import {
  locateTrail,
  type TrailOptions,
  trailOptions,
} from '../../audit/locate.ts'
import { showCalls, showRecords, showTop } from '../../audit/show.ts'
import { reportOption, type Target } from '../../reports.ts'
import type { Verb } from '../../verb.ts'

export interface QueryOptions extends TrailOptions, Asked {
  readonly event?: readonly string[]
  readonly since?: string
  readonly until?: string
  readonly limit?: number
  readonly top?: TopField
  readonly follow?: boolean
  readonly all?: boolean
  readonly report?: readonly Target<QueryForm>[]
}

export const query: Verb<QueryOptions> = {
  name: 'query',
  summary: 'list calls: who, what, when, how long, by which rule',
  schemas: ['audit-query', 'audit'],
  help: {
    reads:
      'the audit file and the rotated files beside it, plain or .gz; the ' +
      'config for their path, unless --file names it; no secret',
    writes: 'nothing',
    contacts: 'nothing',
    exits: [
      'the whole audit was read; the number of calls does not matter',
      'lines are damaged; all other lines are printed, and `gateway audit ' +
        'verify` reports details',
      'wrong usage, no config, or no audit file',
    ],
    examples: [
      'gateway audit query --since tuesday --until tuesday --subject alice',
      'gateway audit query --since 7d --server linear --top session',
      "gateway audit query --decision denied limited --tool 'delete_*'",
      'gateway audit query --event notice --since 30d',
      'gateway audit query --since 2h --report json | jq .durationMs',
    ],
  },
  configure(command) {
    reportOption(trailOptions(command), QUERY_FORMS)
      .option('--since <when>', WHEN)
      .option('--until <when>', 'like --since; a day means the end of that day')
      .option('--token <id...>', 'by id, or by its subject')
      .option('--subject <name...>', 'who called')
      .option('--team <name...>', 'of which team')
      .option('--server <name...>', 'which server')
      .option(
        '--tool <pattern...>',
        'a tool, prompt or resource: the name at the server, the exposed name, ' +
          'or SERVER/TOOL',
      )
      .option('--session <id...>', 'session id, as in the audit')
      .option('--client <name...>', 'by the name that the client gives itself')
      .option('--ip <address...>', 'from which address')
      .option('--request <id...>', 'the X-Request-Id of an answer')
      .addOption(
        new Option('--decision <what...>', 'the decision').choices(DECISIONS),
      )
      .addOption(
        new Option('--outcome <what...>', 'the outcome').choices([
          ...OUTCOMES,
          UNFINISHED,
        ]),
      )
      .addOption(
        new Option(
          '--event <event...>',
          'print records instead of calls',
        ).choices(EVENTS),
      )
      .addOption(
        new Option('--top <field>', 'count calls by this field').choices(
          TOP_FIELDS,
        ),
      )
      .option(
        '--limit <count>',
        'only the last COUNT; with --top the first (default there: 20)',
        toCount,
      )
      .option('--all', 'also lists, sessions and streams, not calls only')
      .option('--follow', 'print further calls as they end, until interrupted')
      .addHelpText(
        'after',
        '\nEach filter takes several values, of which one must match; `*` is ' +
          'a wildcard.\njson and csv have one object or line for each call, with intent and ' +
          'outcome in one.\n--top counts calls that reached a server or were ' +
          'refused; --top method also\ncounts the openings of sessions and streams. ' +
          '--top limit also counts limits that only warn;\na call over such a ' +
          'limit is marked.',
      )
  },
  async run(_args, options, io) {
    const { event, top, follow } = options
    if (event && top) throw new Unanswerable('choose --event or --top')
    if (top && follow)
      throw new Unanswerable(
        '--top needs an end, so it cannot be used with --follow',
      )
    if (follow && options.report?.some(({ file }) => file !== undefined)) {
      throw new Unanswerable(
        '--follow has no end, so it cannot write to a file',
      )
    }
    const asked = {
      span: readSpan(options, io.now()),
      filter: makeFilter({ ...options, callsOnly: isCallsOnly(options) }),
      live: await locateTrail(options, io),
      limit: options.limit,
      follow: follow ? endAtSignal() : undefined,
      targets: options.report ?? [{ form: 'human' as const }],
    }
    if (top) return showTop(asked, top, io)
    return event ? showRecords(asked, event, io) : showCalls(asked, io)
  },
}

/** A filter that names more than calls asks for all. */
function isCallsOnly(options: QueryOptions): boolean {
  const { all, event, top, request, session } = options
  return ![all, event, top, request, session].some(Boolean)
}

function endAtSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort())
  }
  return controller.signal
}

function toCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A count is a number from 1 to 9999999.')
}

// The metrics of calls and limits.
// INVARIANT: each call that ended is in one series of portcullis_calls_total.

import type { Facts } from './family.ts'
import { type Family, one, type Sample, sampleHistogram } from './family.ts'
import { type ServerTally, VERDICTS } from './tally.ts'

/** One sample per server that was called. */
const perTally =
  (read: (tally: ServerTally) => number) =>
  ({ tally }: Facts): readonly Sample[] =>
    [...tally.servers.values()].map((server) => ({
      labels: { server: server.name },
      value: read(server),
    }))

const durations =
  (which: 'total' | 'upstream') =>
  ({ tally }: Facts, name: string): readonly Sample[] =>
    [...tally.servers.values()].flatMap((server) =>
      sampleHistogram(name, { server: server.name }, server[which]),
    )

export const CALLS: readonly Family[] = Object.freeze<Family[]>([
  {
    name: 'portcullis_calls_total',
    type: 'counter',
    help: 'Calls that ended, by server, tool and outcome; a refusal is an outcome.',
    labels: ['server', 'tool', 'outcome'],
    read: ({ tally: { servers, unknown } }) =>
      [
        ...[...servers.values()].flatMap(({ tools }) => [...tools.values()]),
        unknown,
      ].flatMap(({ server, tool, counts }) =>
        VERDICTS.map((outcome, at) => ({
          labels: { server, tool, outcome },
          value: counts[at] ?? 0,
        })).filter(({ value }) => value > 0),
      ),
  },
  {
    name: 'portcullis_upstream_failures_total',
    type: 'counter',
    help: 'Calls that a server over HTTP refused or failed, by HTTP status.',
    labels: ['server', 'status'],
    read: ({ tally: { servers } }) =>
      [...servers.values()].flatMap(({ name, statuses }) =>
        [...statuses].map(([status, value]) => ({
          labels: { server: name, status: String(status) },
          value,
        })),
      ),
  },
  {
    name: 'portcullis_calls_in_flight',
    type: 'gauge',
    help: 'In-flight calls.',
    read: ({ status }) => one(status.calls.inFlight),
  },
  {
    name: 'portcullis_refusals_total',
    type: 'counter',
    help: 'Requests that were refused, by reason, unauthenticated ones included.',
    labels: ['reason'],
    read: ({ tally: { reasons } }) =>
      [...reasons].map(([reason, { count }]) => ({
        labels: { reason: reason.replaceAll(' ', '_') },
        value: count,
      })),
  },
  {
    name: 'portcullis_call_duration_seconds',
    type: 'histogram',
    help: 'From the head of a request to the last byte of its answer, of admitted calls.',
    labels: ['server'],
    read: durations('total'),
  },
  {
    name: 'portcullis_upstream_duration_seconds',
    type: 'histogram',
    help: 'Time that the server took, with the time in its queue.',
    labels: ['server'],
    read: durations('upstream'),
  },
  {
    name: 'portcullis_call_request_bytes_total',
    type: 'counter',
    help: 'Bytes of the messages of admitted calls.',
    labels: ['server'],
    read: perTally(({ bytesIn }) => bytesIn),
  },
  {
    name: 'portcullis_call_response_bytes_total',
    type: 'counter',
    help: 'Bytes of the answers to admitted calls.',
    labels: ['server'],
    read: perTally(({ bytesOut }) => bytesOut),
  },
  {
    name: 'portcullis_limit_calls_total',
    type: 'counter',
    help: 'Calls that a limit counted, by verdict; warned: it would have refused.',
    labels: ['limit', 'verdict'],
    read: ({ limits }) =>
      [...limits].flatMap(([limit, tally]) =>
        (['admitted', 'refused', 'warned'] as const).map((verdict) => ({
          labels: { limit, verdict },
          value: tally[verdict],
        })),
      ),
  },
  {
    name: 'portcullis_limit_fill_ratio',
    type: 'gauge',
    help: 'Share of the fullest bucket of a limit that is used.',
    labels: ['limit'],
    read: ({ fill }) =>
      [...fill].map(([limit, value]) => ({ labels: { limit }, value })),
  },
])

// The metrics of the gateway: tables, servers, sessions, tokens, audit, traces.
// INVARIANT: a gauge holds the value at the time of the scrape.

import type { Facts } from './family.ts'
import {
  type Family,
  info,
  one,
  type Sample,
  sampleHistogram,
} from './family.ts'

/** One sample per server of the running table. */
const perServer =
  (read: (server: Facts['status']['servers'][number]) => number) =>
  ({ status }: Facts): readonly Sample[] =>
    status.servers.map((server) => ({
      labels: { server: server.name },
      value: read(server),
    }))

function readExpiry(use: string, instant: string): Sample {
  return { labels: { use }, value: Date.parse(instant) / 1_000 }
}

export const STATE: readonly Family[] = Object.freeze<Family[]>([
  {
    name: 'portcullis_build_info',
    type: 'gauge',
    help: 'The version that runs.',
    labels: ['version'],
    read: ({ status }) => info({ version: status.version }),
  },
  {
    name: 'portcullis_ready',
    type: 'gauge',
    help: 'Whether the gateway is ready for traffic.',
    read: ({ status }) => one(Number(status.ready)),
  },
  {
    name: 'portcullis_table_info',
    type: 'gauge',
    help: 'Digest and git revision of the running table.',
    labels: ['digest', 'revision'],
    read: ({ status: { table } }) =>
      info({ digest: table.digest, revision: table.revision ?? '' }),
  },
  {
    name: 'portcullis_rejected_table_info',
    type: 'gauge',
    help: 'Digest of the last rejected table, if a later one was not accepted; empty when its config did not compile.',
    labels: ['digest'],
    read: ({ status: { rejected } }) =>
      rejected ? info({ digest: rejected.digest ?? '' }) : [],
  },
  {
    name: 'portcullis_config_stale',
    type: 'gauge',
    help: 'Whether a later config was rejected, so that an older table serves.',
    read: ({ status }) => one(Number(status.rejected !== null)),
  },
  {
    name: 'portcullis_reloads_total',
    type: 'counter',
    help: 'Tables that were accepted or rejected since the start.',
    labels: ['verdict'],
    read: ({ status: { reloads } }) =>
      (['accepted', 'rejected'] as const).map((verdict) => ({
        labels: { verdict },
        value: reloads[verdict],
      })),
  },
  {
    name: 'portcullis_reload_timestamp_seconds',
    type: 'gauge',
    help: 'When a table was last accepted or rejected; 0: never.',
    labels: ['verdict'],
    read: ({ reloads: { acceptedAt, rejectedAt } }) => [
      { labels: { verdict: 'accepted' }, value: acceptedAt / 1_000 },
      { labels: { verdict: 'rejected' }, value: rejectedAt / 1_000 },
    ],
  },
  {
    name: 'portcullis_server_up',
    type: 'gauge',
    help: 'Whether a server answers.',
    labels: ['server'],
    read: perServer(({ state }) => Number(state === 'up')),
  },
  {
    name: 'portcullis_server_state',
    type: 'gauge',
    help: 'The state of a server, as a label: idle, starting, up, down, unauthorized, failing or disabled.',
    labels: ['server', 'state'],
    read: ({ status }) =>
      status.servers.map(({ name, state }) => ({
        labels: { server: name, state },
        value: 1,
      })),
  },
  {
    name: 'portcullis_server_accounts',
    type: 'gauge',
    help: 'Accounts at a server that somebody has signed in to, by state: connected, or ended, so that somebody must sign in again.',
    labels: ['server', 'state'],
    read: ({ status }) =>
      status.servers
        .filter(({ signIn }) => signIn !== null)
        .flatMap(({ name, accounts }) =>
          (['connected', 'ended'] as const).map((state) => ({
            labels: { server: name, state },
            value: accounts.filter((one) => one.state === state).length,
          })),
        ),
  },
  {
    name: 'portcullis_server_sessions',
    type: 'gauge',
    help: 'Sessions of callers that are open with a server.',
    labels: ['server'],
    read: perServer(({ sessions }) => sessions),
  },
  {
    name: 'portcullis_server_calls_in_flight',
    type: 'gauge',
    help: 'In-flight calls of a server.',
    labels: ['server'],
    read: perServer(({ inFlight }) => inFlight),
  },
  {
    name: 'portcullis_server_calls_queued',
    type: 'gauge',
    help: 'Calls in the queue of a server.',
    labels: ['server'],
    read: perServer(({ queued }) => queued),
  },
  {
    name: 'portcullis_server_reconnects_total',
    type: 'counter',
    help: 'Attempts to reach a server again after it was lost.',
    labels: ['server'],
    read: perServer(({ reconnects }) => reconnects),
  },
  {
    name: 'portcullis_server_strays_total',
    type: 'counter',
    help: 'Messages of a server that match no request or session, and were dropped.',
    labels: ['server'],
    read: perServer(({ strays }) => strays),
  },
  {
    name: 'portcullis_sessions',
    type: 'gauge',
    help: 'Sessions of legacy clients.',
    read: ({ status }) => one(status.sessions),
  },
  {
    name: 'portcullis_streams',
    type: 'gauge',
    help: 'Open streams for notifications to clients.',
    read: ({ status }) => one(status.streams),
  },
  {
    name: 'portcullis_tokens',
    type: 'gauge',
    help: 'Token records by state; expiring: good for less than 14 days more.',
    labels: ['state'],
    read: ({ status: { tokens } }) =>
      Object.entries(tokens).map(([state, value]) => ({
        labels: { state },
        value,
      })),
  },
  {
    name: 'portcullis_login_keys',
    type: 'gauge',
    help: 'Keys that the identity provider of the login has published; 0: none was needed yet, or none could be fetched.',
    read: ({ status: { login } }) => (login ? one(login.keys) : []),
  },
  {
    name: 'portcullis_login_keys_age_seconds',
    type: 'gauge',
    help: 'Since the keys of the identity provider were fetched.',
    read: ({ status: { login } }) =>
      typeof login?.keysAge === 'number' ? one(login.keysAge) : [],
  },
  {
    name: 'portcullis_login_failing',
    type: 'gauge',
    help: 'Whether the identity provider could not be asked the last time.',
    read: ({ status: { login } }) =>
      login ? one(Number(login.problem !== null)) : [],
  },
  {
    name: 'portcullis_break_glass_requests_total',
    type: 'counter',
    help: 'Requests with break-glass tokens; anything but 0 is worth a look.',
    read: ({ alarms }) => one(alarms),
  },
  {
    name: 'portcullis_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the certificate of the listener ends, and the first of the authorities of client certificates.',
    labels: ['use'],
    read: ({ status: { certificate } }) =>
      certificate
        ? [
            readExpiry('listener', certificate.expires),
            ...(certificate.clients
              ? [readExpiry('clients', certificate.clients.expires)]
              : []),
          ]
        : [],
  },
  {
    name: 'portcullis_certificate_stale',
    type: 'gauge',
    help: 'Whether the files of the certificate have changed and cannot be used, so that an older one is served.',
    read: ({ status: { certificate } }) =>
      certificate ? one(Number(certificate.problem !== null)) : [],
  },
  {
    name: 'portcullis_audit_records_total',
    type: 'counter',
    help: 'Audit records written.',
    read: ({ status }) => one(status.audit.records),
  },
  {
    name: 'portcullis_audit_position',
    type: 'gauge',
    help: '`seq` of the last audit record; it never falls while the trail is intact.',
    read: ({ status }) => one(status.audit.seq),
  },
  {
    name: 'portcullis_audit_write_failures_total',
    type: 'counter',
    help: 'Writes of audit records that failed.',
    read: ({ status }) => one(status.audit.failures),
  },
  {
    name: 'portcullis_audit_failing',
    type: 'gauge',
    help: 'Whether no record can be written, or soon none: less than 10 % of the disk is free, or the trail is over `keep.size`.',
    read: ({ status }) => one(Number(status.audit.problem !== null)),
  },
  {
    name: 'portcullis_audit_lag_seconds',
    type: 'histogram',
    help: 'From an audit record to the return of its write.',
    read: ({ lag }, name) => sampleHistogram(name, {}, lag),
  },
  {
    name: 'portcullis_trace_spans_total',
    type: 'counter',
    help: 'Spans that were exported, and that were dropped.',
    labels: ['verdict'],
    read: ({ status: { traces } }) =>
      traces
        ? (['exported', 'dropped'] as const).map((verdict) => ({
            labels: { verdict },
            value: traces[verdict],
          }))
        : [],
  },
  {
    name: 'portcullis_trace_export_failures_total',
    type: 'counter',
    help: 'Exports of spans that failed.',
    read: ({ status: { traces } }) => (traces ? one(traces.failures) : []),
  },
])

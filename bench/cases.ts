// The cases of `npm run bench`: what is called, by how many, and against whom.
// In: nothing. Out: CASES.
// INVARIANT: in one case every contestant gets the same calls, in the same era.

export type Era = 'legacy' | 'modern'

/** `sdk` knows sessions alone: its client speaks them too. */
export type ContestantName =
  | 'gateway'
  | 'nginx'
  | 'haproxy'
  | 'floor'
  | 'passthrough'
  | 'sdk'
  | 'sdk2'
  | 'sdkStdio'
  | 'direct'

/** What a tool of the upstream answers with; its name says so too. */
export interface Shape {
  readonly form: 'json' | 'sse'
  /** Of the text in the result. */
  readonly bytes: number
  /** Progress notifications before the answer, an event each. */
  readonly notes?: number
}

export const SHAPES: Readonly<Record<string, Shape>> = {
  small: { form: 'json', bytes: 100 },
  large: { form: 'json', bytes: 1_048_576 },
  event: { form: 'sse', bytes: 100 },
  event10k: { form: 'sse', bytes: 10_240 },
  events10: { form: 'sse', bytes: 100, notes: 9 },
  event1m: { form: 'sse', bytes: 1_048_576 },
}

export interface Case {
  readonly name: string
  /** Of the client, and of the upstream that the gateway calls. */
  readonly eras: readonly [client: Era, server: Era]
  /** How the upstream is reached. */
  readonly over: 'http' | 'stdio'
  readonly connections: number
  readonly method: 'tools/call' | 'tools/list'
  /** `*`: all that have a number, in turn. */
  readonly tool: string
  /** Of the text in the arguments; 0: from 60 to 160, no two alike. */
  readonly bytes: number
  /** Calls of one round in thousandths of the run's. */
  readonly share: number
  /** Beside the gateway. */
  readonly against: readonly ContestantName[]
}

/** A small call of the newer era, which most cases change a little. */
export const SMALL: Case = {
  name: '',
  eras: ['modern', 'modern'],
  over: 'http',
  connections: 64,
  method: 'tools/call',
  tool: 'small',
  bytes: 0,
  share: 1_000,
  against: ['nginx'],
}

export const CASES: readonly Case[] = [
  {
    ...SMALL,
    name: '200 B',
    against: [
      'nginx',
      'haproxy',
      'floor',
      'passthrough',
      'sdk',
      'sdk2',
      'direct',
    ],
  },
  { ...SMALL, name: '200 B, sessions', eras: ['legacy', 'legacy'] },
  { ...SMALL, name: '200 B, to sessions', eras: ['modern', 'legacy'] },
  { ...SMALL, name: '200 B, from sessions', eras: ['legacy', 'modern'] },
  { ...SMALL, name: '200 B, 1 connection', connections: 1 },
  { ...SMALL, name: '200 B, 256 connections', connections: 256 },
  { ...SMALL, name: '10 KB request', bytes: 10_240 },
  { ...SMALL, name: '1 MB answer', tool: 'large', share: 25, connections: 16 },
  {
    ...SMALL,
    name: '1 MB request',
    bytes: 1_048_576,
    share: 25,
    connections: 16,
  },
  { ...SMALL, name: 'SSE, 200 B', tool: 'event' },
  { ...SMALL, name: 'SSE, 10 KB', tool: 'event10k', share: 500 },
  { ...SMALL, name: 'SSE, 10 events', tool: 'events10' },
  { ...SMALL, name: 'SSE, 1 MB', tool: 'event1m', share: 25, connections: 16 },
  { ...SMALL, name: 'list, 1,000 tools', method: 'tools/list', share: 100 },
  // Nothing forwards to a child without reading: there is no yardstick.
  {
    ...SMALL,
    name: 'stdio, 200 B',
    eras: ['legacy', 'legacy'],
    over: 'stdio',
    against: ['sdkStdio'],
  },
]

/** What `ratios` of the report is made of: the gateway's figure of a case over
 * that of a contestant. */
export interface RatioRow {
  readonly key: string
  readonly of: string
  readonly against: ContestantName
  readonly figure: 'cpu' | 'p99'
  /** None: nothing was set. */
  readonly target?: number
}

const cpu = (key: string, of: string, target?: number): RatioRow => ({
  key,
  of,
  against: 'nginx',
  figure: 'cpu',
  ...(target !== undefined && { target }),
})

export const RATIOS: readonly RatioRow[] = [
  cpu('cpu_vs_nginx', '200 B', 1.7),
  cpu('cpu_vs_nginx_legacy', '200 B, sessions', 1.7),
  cpu('cpu_vs_nginx_to_legacy', '200 B, to sessions', 1.7),
  cpu('cpu_vs_nginx_from_legacy', '200 B, from sessions', 1.7),
  cpu('cpu_vs_nginx_c1', '200 B, 1 connection', 2),
  cpu('cpu_vs_nginx_c256', '200 B, 256 connections', 2),
  cpu('cpu_vs_nginx_10kb', '10 KB request', 1.7),
  cpu('cpu_vs_nginx_1mb_out', '1 MB answer', 1.5),
  cpu('cpu_vs_nginx_1mb_in', '1 MB request', 1.5),
  cpu('cpu_vs_nginx_sse', 'SSE, 200 B', 1.7),
  cpu('cpu_vs_nginx_sse_10kb', 'SSE, 10 KB', 1.7),
  cpu('cpu_vs_nginx_sse_10_events', 'SSE, 10 events'),
  cpu('cpu_vs_nginx_sse_1mb', 'SSE, 1 MB', 2.5),
  cpu('cpu_vs_nginx_list', 'list, 1,000 tools', 1.7),
  { ...cpu('p99_vs_nginx', '200 B', 2.5), figure: 'p99' },
  { ...cpu('cpu_vs_floor', '200 B'), against: 'floor' },
  { ...cpu('cpu_vs_passthrough', '200 B', 0.6), against: 'passthrough' },
  { ...cpu('cpu_vs_sdk', '200 B', 0.04), against: 'sdk' },
  { ...cpu('cpu_vs_sdk2', '200 B'), against: 'sdk2' },
  { ...cpu('cpu_vs_sdk_stdio', 'stdio, 200 B'), against: 'sdkStdio' },
]

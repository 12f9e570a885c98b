// A status for a person.
// In: the admin listener's status, and the time. Out: text.
// INVARIANT: the same status and time give the same text; names from a config,
// a token or a server cannot move the cursor.

import type {
  LoginServerStatus,
  ServerStatus,
  Status,
} from '../contract/status.ts'
import { formatDuration } from '../diagnostics/instants.ts'
import { joinPlain, type Plain, paint, plain } from '../diagnostics/shown.ts'
import { alignRows, type Cell, tabulate } from './columns.ts'
import { paintState } from './tones.ts'

type Rows = readonly (readonly Cell[])[]

interface Section {
  readonly heads?: readonly string[]
  readonly rows: Rows
}

export function renderStatus(status: Status, now: number): Plain {
  const since = (instant: string) => formatDuration(now - Date.parse(instant))
  const sections: readonly Section[] = [
    { rows: listFacts(status, since) },
    {
      heads: SERVERS,
      rows: status.servers.map((server) => listServer(server, since)),
    },
    { rows: listProblems(status.servers) },
    withHead(
      CALLERS,
      status.callers.map(
        ({ token, subject, team, server, tool, ...counts }) => [
          `${subject} (${token})`,
          team ?? '-',
          server === '' ? tool : `${server}/${tool}`,
          String(counts.calls),
          String(counts.refused),
        ],
      ),
    ),
    withHead(
      LIMITS,
      status.limits.map(({ limit, bucket, used, of, refillMs }) => [
        limit,
        bucket,
        `${used} of ${of}`,
        refillMs === 0 ? 'when calls have ended' : formatDuration(refillMs),
      ]),
    ),
  ]
  const told = sections.filter(({ rows }) => rows.length > 0)
  return joinPlain(
    told.map(({ heads, rows }) =>
      heads ? tabulate(heads, rows) : alignRows(rows),
    ),
    '\n',
  )
}

const SERVERS = [
  'SERVER',
  'TYPE',
  'STATE',
  'TOOLS',
  'PROMPTS',
  'RESOURCES',
  'SESSIONS',
  'IN FLIGHT',
  'SINCE',
]
const CALLERS = ['CALLER, 5 MIN', 'TEAM', 'TOOL', 'CALLS', 'REFUSED']
const LIMITS = ['LIMITS NEARLY USED UP', 'BUCKET', 'USED', 'REFILLS IN']

function withHead(heads: readonly string[], rows: Rows): Section {
  return { heads, rows }
}

type Since = (instant: string) => string

function listFacts(status: Status, since: Since): Rows {
  const { table, sessions, streams, calls, version, pid } = status
  const revision = table.revision === null ? '' : `, git ${table.revision}`
  const ready = status.ready ? 'ready' : 'not ready'
  return [
    ['url', status.url],
    [
      'state',
      plain`${paint(status.ready ? 'good' : 'bad', ready)}, up ${since(status.startedAt)}`,
    ],
    ['version', `${version}, pid ${pid}`],
    ['table', `${table.digest.slice(0, 12)}, since ${table.since}${revision}`],
    ...listReload(status),
    ['sessions', `${sessions}, open streams ${streams}`],
    [
      'calls',
      `${calls.admitted} admitted, ${calls.refused} refused, ` +
        `${calls.inFlight} in flight`,
    ],
    ['tokens', formatTokens(status)],
    ...listLogin(status),
    ...listMissing(status),
    ...listAudit(status),
    ...listCertificate(status),
    ...listTraces(status),
    ...listExits(status),
  ]
}

function listLogin({ login }: Status): Rows {
  if (!login) return []
  const { issuer, path, keys, keysAge, problem, logouts, server } = login
  const known =
    keysAge === null
      ? 'none of its keys was needed so far'
      : `${keys} keys, ${formatDuration(keysAge * 1_000)} old`
  return [
    ['login', `${path}, by ${issuer}: ${known}`],
    ...(problem === null ? [] : [['', problem]]),
    ...(server ? [['', describeServer(server)]] : []),
    ...(logouts === 0 ? [] : [['', `${logouts} logouts by the provider`]]),
  ]
}

function describeServer({
  clients,
  people,
  signIns,
  refused,
}: LoginServerStatus): string {
  return `${signIns} sign-ins of ${people} people, ${clients} clients, ${refused} requests refused`
}

function listReload({ rejected, reloads }: Status): Rows {
  const { last, accepted, rejected: refused } = reloads
  const counts = `${accepted} accepted, ${refused} rejected`
  return [
    [
      'reloads',
      last ? `${counts}; the last ${last.verdict} at ${last.at}` : 'none',
    ],
    ...(last?.atNextStart ?? []).map((key) => [
      '',
      `${key} takes effect at the next start`,
    ]),
    ...(rejected
      ? [
          [
            'rejected',
            `${rejected.digest?.slice(0, 12) ?? 'a config that did not compile'}` +
              `, ${rejected.at}: still serving the table above`,
          ],
          ...rejected.findings.map((finding) => ['', finding]),
        ]
      : []),
  ]
}

/** Counts of 0 are left out, except for servers that are up. */
function formatTokens({ tokens }: Status): string {
  const { good, ...others } = tokens
  const rest = Object.entries(others).filter(([, count]) => count > 0)
  return [['good', good] as const, ...rest]
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
}

/** The servers of which clients' lists have nothing; why is told below. */
function listMissing({ servers }: Status): Rows {
  const missing = servers.filter(
    (one) => !one.listed && one.state !== 'disabled',
  )
  if (missing.length === 0) return []
  const named = missing.map(({ name, title, state }) => {
    const why = state === 'up' ? 'each person has their own' : state
    return `${nameServer(name, title)} (${why})`
  })
  return [['lists', `without ${named.join(', ')}`]]
}

function nameServer(name: string, title: string): string {
  return title === name ? name : `${name} (${title})`
}

function listAudit({ audit }: Status): Rows {
  const { file, records, seq, lagMs, failures, lastFailure, problem } = audit
  const { at, reason } = lastFailure ?? {}
  return [
    [
      'audit',
      `${file}, records ${records}, position ${seq}, lag ${lagMs.toFixed(1)} ms`,
    ],
    ...(problem === null ? [] : [['', problem]]),
    ...(lastFailure
      ? [['', `failed writes ${failures}, the last at ${at}: ${reason}`]]
      : []),
  ]
}

function listCertificate({ certificate }: Status): Rows {
  if (!certificate) return []
  const { file, names, expires, warning, clients, problem } = certificate
  const about = names === '' ? '' : `, for ${names}`
  return [
    ['certificate', `${file}, until ${expires}${about}`],
    ...(warning === null ? [] : [['', `it ${warning}`]]),
    ...(clients ? [['', `client authorities until ${clients.expires}`]] : []),
    ...(clients?.warning ? [['', `one of them ${clients.warning}`]] : []),
    ...(problem === null
      ? []
      : [['', `not in force, an older one is served: ${problem}`]]),
  ]
}

function listTraces({ traces }: Status): Rows {
  if (!traces) return []
  const { exported, dropped, queued, failures, problem } = traces
  const facts = `spans ${exported} exported, ${dropped} dropped, ${queued} queued`
  if (problem === null) return [['traces', facts]]
  return [
    ['traces', facts],
    ['', `failed exports ${failures}, the last: ${problem}`],
  ]
}

/** Servers by how requests to them leave the gateway. */
function listExits({ servers }: Status): Rows {
  const names = new Map<string, readonly string[]>()
  for (const { name, exit } of servers) {
    if (exit) names.set(exit, [...(names.get(exit) ?? []), name])
  }
  return [...names].map(([exit, all], index) => [
    index === 0 ? 'outward' : '',
    `${exit}: ${all.join(', ')}`,
  ])
}

function listServer(server: ServerStatus, since: Since): readonly Cell[] {
  const { name, title, inFlight, queued } = server
  return [
    nameServer(name, title),
    server.type,
    paintState(server.state),
    String(server.tools),
    String(server.prompts),
    String(server.resources),
    String(server.sessions),
    queued === 0 ? String(inFlight) : `${inFlight} + ${queued}`,
    since(server.since),
  ]
}

function listProblems(servers: readonly ServerStatus[]): Rows {
  const reasons = servers.flatMap(({ name, reason }) =>
    reason === null ? [] : [[`${name}: ${reason}`]],
  )
  const problems = servers.flatMap(({ name, problems }) =>
    problems.map((problem) => [`${name}: ${problem}`]),
  )
  const strays = servers.flatMap(({ name, strays }) =>
    strays === 0
      ? []
      : [[`${name}: ${strays} messages dropped: no request matches them`]],
  )
  // Without a token, the reason says it.
  const signIns = servers.flatMap(({ name, reason, signIn }) =>
    signIn === null || reason !== null ? [] : [[`${name}: ${signIn}`]],
  )
  return [...reasons, ...signIns, ...problems, ...strays]
}

// A status for a person.
// In: what the admin listener told, and the time. Out: text.
// INVARIANT: the same status and time give the same text.

import type { Status } from '../contract/status.ts'
import { alignRows, clean, spellDuration } from './terminal.ts'

export function renderStatus(status: Status, now: number): string {
  const { table, rejected, calls, audit } = status
  const since = (instant: string) => spellDuration(now - Date.parse(instant))
  const facts = [
    ['url', status.url],
    [
      'state',
      `${status.ready ? 'ready' : 'not ready'}, up ${since(status.startedAt)}`,
    ],
    ['version', `${status.version}, pid ${status.pid}`],
    ['table', `${table.digest.slice(0, 12)}, since ${table.since}`],
    ...(rejected
      ? [
          ['rejected', `${rejected.at}, the table above still serves`],
          ...rejected.findings.map((finding) => ['', finding]),
        ]
      : []),
    ['sessions', `${status.sessions}, open streams ${status.streams}`],
    [
      'calls',
      `${calls.admitted} admitted, ${calls.refused} refused, ` +
        `${calls.inFlight} in flight`,
    ],
    ['audit', `${audit.file}, records ${audit.records}`],
    ...(audit.problem ? [['', clean(audit.problem)]] : []),
  ]
  const servers = status.servers.map((server) => [
    server.name,
    server.type,
    server.state,
    String(server.tools),
    String(server.prompts),
    String(server.resources),
    String(server.inFlight),
    since(server.since),
  ])
  const reasons = status.servers
    .filter(({ reason }) => reason !== null)
    .map(({ name, reason }) => `${clean(`${name}: ${reason}`)}\n`)
  const problems = status.servers.flatMap(({ name, problems }) =>
    problems.map((problem) => `${clean(`${name}: ${problem}`)}\n`),
  )
  const heads = ['SERVER', 'TYPE', 'STATE', 'TOOLS', 'PROMPTS', 'RESOURCES']
  return [
    alignRows(facts),
    '\n',
    alignRows([[...heads, 'IN FLIGHT', 'SINCE'], ...servers]),
    ...(reasons.length + problems.length > 0
      ? ['\n', ...reasons, ...problems]
      : []),
  ].join('')
}

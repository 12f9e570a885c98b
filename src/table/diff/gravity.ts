// How serious the change of a setting is, like the risk of a tool.
// In: the keys of a setting, its values before and after. Out: gravities.
// INVARIANT: every setting of a table has a row or is below one; a test checks
// this by schema/table.schema.json. A setting without a row is serious.

import { findPrograms, findReferences, isProgram } from '../references.ts'

/** `secrets`: where a credential goes, or who can read it. `execution`: what
 * runs on the host. `exposure`: who reaches what. `audit`: what is recorded. */
export const GRAVITIES = ['secrets', 'execution', 'exposure', 'audit'] as const
export type Gravity = (typeof GRAVITIES)[number]

/** `*` is any name. Settings below a row have its gravity. */
export const ROWS: Readonly<Record<string, Gravity | 'none'>> = Object.freeze({
  'listen.host': 'exposure',
  'listen.port': 'exposure',
  'listen.path': 'exposure',
  'listen.hosts': 'exposure',
  'listen.origins': 'exposure',
  // People are sent there, and write their tokens into its page.
  'listen.publicUrl': 'secrets',
  'listen.tls': 'secrets',
  'listen.behindProxy': 'exposure',
  'admin.host': 'exposure',
  'admin.port': 'exposure',
  'admin.token': 'secrets',
  // Beside an empty state, no revocation of the host is in force.
  state: 'secrets',
  key: 'secrets',
  revoked: 'secrets',
  'grants.folder': 'secrets',
  // Whose word the gateway takes for who somebody is.
  login: 'secrets',
  // Which group is which team; the diff of access says what it gives.
  'login.teams.map': 'exposure',
  'login.path': 'exposure',
  'login.maxAge': 'exposure',
  'login.clients': 'exposure',
  'login.scopes': 'exposure',
  proxy: 'secrets',
  tls: 'secrets',
  'servers.*.type': 'execution',
  'servers.*.url': 'exposure',
  'servers.*.headers': 'exposure',
  'servers.*.auth': 'secrets',
  'servers.*.tls': 'secrets',
  'servers.*.proxy': 'secrets',
  'servers.*.command': 'execution',
  'servers.*.args': 'execution',
  'servers.*.env': 'execution',
  'servers.*.cwd': 'execution',
  // The user of a program determines which of the gateway's files it can read.
  'servers.*.user': 'secrets',
  'servers.*.group': 'secrets',
  // Without this key a program runs, or a server is contacted.
  'servers.*.disabled': 'execution',
  'servers.*.title': 'none',
  'servers.*.isolation': 'exposure',
  'servers.*.requests': 'exposure',
  'servers.*.prefix': 'none',
  'servers.*.rename': 'none',
  'servers.*.drift': 'exposure',
  'servers.*.concurrency': 'none',
  'servers.*.queue': 'none',
  'servers.*.maxSessions': 'none',
  'servers.*.idle': 'none',
  'servers.*.startupTimeout': 'none',
  'servers.*.timeout': 'none',
  'servers.*.idleTimeout': 'none',
  'servers.*.breaker': 'none',
  maxAge: 'exposure',
  caps: 'none',
  drain: 'none',
  audit: 'audit',
  telemetry: 'audit',
})

export function judgeGravity(
  keys: readonly string[],
  before: unknown,
  after: unknown,
): readonly Gravity[] {
  const [section, name, member] = keys
  // A removed server reaches nobody, and runs nothing.
  if (section === 'servers' && after === undefined && keys.length <= 3) {
    return []
  }
  const whole = section === 'servers' && name !== undefined && !member
  const own = whole
    ? [Object(after).type === 'stdio' ? 'execution' : 'exposure']
    : isLess(keys, before, after)
      ? []
      : [rowOf(keys)]
  // Only the reference may differ, or a part of one that is a program: their own
  // keys mark them.
  const ends = [keys.at(-1), keys.at(-2)] as const
  const [isReference, isPart] = ends.map((key) =>
    ['secret', 'bearer'].includes(key ?? ''),
  )
  const isInProgram = isPart && PROGRAM.includes(ends[0] ?? '')
  const secret = isReference || isInProgram || findReferences(after).length > 0
  const runs = isInProgram || isProgram(after) || findPrograms(after).length > 0
  const found = new Set([
    ...own,
    secret ? 'secrets' : 'none',
    runs ? 'execution' : 'none',
  ])
  return GRAVITIES.filter((one) => found.has(one))
}

function rowOf(keys: readonly string[]): Gravity | 'none' {
  const names = keys[0] === 'servers' ? [keys[0], '*', ...keys.slice(2)] : keys
  for (let length = names.length; length > 0; length--) {
    const row = ROWS[names.slice(0, length).join('.')]
    if (row) return row
  }
  return 'exposure'
}

/** The members of a reference to a program. */
const PROGRAM: readonly string[] = ['exec', 'env', 'timeout']

/** Values, ordered by what they permit. */
const ORDERS: Readonly<Record<string, readonly unknown[]>> = Object.freeze({
  disabled: [true, false],
  drift: ['withhold', 'warn'],
  isolation: ['principal', 'session', 'shared'],
  onFailure: ['refuse', 'allow'],
  fsync: [true, false],
})

const LISTS: readonly string[] = ['requests', 'hosts', 'origins', 'behindProxy']

/** Whether a change only removes something. */
function isLess(
  keys: readonly string[],
  before: unknown,
  after: unknown,
): boolean {
  const key = keys.at(-1) ?? ''
  const order = ORDERS[key]
  if (order?.includes(before) && order.includes(after)) {
    return order.indexOf(after) < order.indexOf(before)
  }
  if (key === 'maxAge') return Number(after) < Number(before)
  if (!LISTS.includes(key) || !Array.isArray(before)) return false
  return Array.isArray(after) && after.every((one) => before.includes(one))
}

// A large organisation's config, of any size, with lock and tokens.
// In: how many servers, tools, roles and tokens; the day. Out: the files of a
// folder.
// INVARIANT: the same sizes give the same bytes; `gateway check` finds nothing
// in them, lints included.

import { lockOffer, renderLock, renderTypes } from '../src/table/lock.ts'

export interface Fleet {
  readonly servers: number
  /** Of all servers together. */
  readonly tools: number
  readonly roles: number
  readonly tokens: number
}

/** What a tool's name begins with, and what its annotations say. */
const VERBS = Object.freeze({
  get: { readOnlyHint: true },
  list: { readOnlyHint: true },
  search: { readOnlyHint: true },
  create: { readOnlyHint: false, destructiveHint: false },
  update: { readOnlyHint: false, destructiveHint: false },
  delete: { readOnlyHint: false, destructiveHint: true },
} as const)
const READS = ['get_*', 'list_*', 'search_*']
const WRITES = ['create_*', 'update_*']

/** Of servers that a role reads, and of teams that share a limit. */
const REACH = 3
const TEAMS = 25
const LIMITS = 20

const DAY = 86_400_000

export function makeFleet(
  fleet: Fleet,
  now: number,
): Readonly<Record<string, string>> {
  const lock = makeLock(fleet)
  return {
    'package.json': '{ "type": "module" }\n',
    'gateway.config.ts': writeConfig(fleet),
    'gateway.lock.json': renderLock(lock),
    'gateway-env.d.ts': renderTypes(lock),
    'gateway.tokens.toml': writeTokens(fleet, now),
  }
}

const countTo = (count: number) => Array.from({ length: count }, (_, i) => i)
const serverOf = (index: number) => `server-${index}`
const roleOf = (index: number) => `role-${index}`
const teamOf = (index: number) => `team-${index}`

function makeLock({ servers, tools }: Fleet) {
  const each = Math.max(Object.keys(VERBS).length, Math.ceil(tools / servers))
  const verbs = Object.entries(VERBS)
  const locked = countTo(servers).map((index) => {
    const offer = lockOffer({
      protocolVersion: '2025-11-25',
      serverInfo: { name: serverOf(index), version: '1.0.0' },
      tools: countTo(each).map((n) => {
        const [verb, annotations] = verbs[n % verbs.length] ?? ['', {}]
        return makeTool(`${verb}_thing_${n}`, annotations)
      }),
      prompts: [],
      resourceTemplates: [],
    })
    return [serverOf(index), offer] as const
  })
  return { formatVersion: 1, servers: Object.fromEntries(locked) } as const
}

/** About 900 bytes, as those of larger servers have. */
function makeTool(name: string, annotations: object) {
  const about = `What ${name} does, in a sentence or two that a model can use. `
  const property = (what: string) => ({
    type: 'string',
    description: `The ${what} that ${name} works on; see the list of them.`,
  })
  return {
    name,
    title: name.replaceAll('_', ' '),
    description: about.repeat(3).trim(),
    inputSchema: {
      type: 'object',
      properties: {
        owner: property('owner'),
        project: property('project'),
        limit: { type: 'integer', minimum: 1, maximum: 100 },
      },
      required: ['owner', 'project'],
    },
    annotations,
  }
}

function writeConfig({ servers, roles }: Fleet): string {
  const teams = countTo(Math.min(TEAMS, roles)).map((index) => {
    const own = countTo(roles).filter((role) => role % TEAMS === index)
    return [teamOf(index), { roles: own.map(roleOf) }] as const
  })
  const config = {
    servers: Object.fromEntries(
      countTo(servers).map((index) => [serverOf(index), makeServer(index)]),
    ),
    roles: Object.fromEntries(
      countTo(roles).map((index) => [roleOf(index), makeRole(index, servers)]),
    ),
    teams: Object.fromEntries(teams),
    limits: Object.fromEntries(
      countTo(LIMITS).map((index) => [`limit-${index}`, makeLimit(index)]),
    ),
    tests: Object.fromEntries(
      countTo(roles).map((index) => [
        `${roleOf(index)} never deletes`,
        {
          role: roleOf(index),
          deny: { [serverOf(index % servers)]: ['delete_thing_5'] },
        },
      ]),
    ),
    // Sizes that do not suit each other: more servers than roles reach, patterns
    // that match one tool, roles that come to the same, people with many tools.
    lints: { GW4002: 'off', GW4005: 'off', GW4012: 'off', GW4017: 'off' },
  }
  const text = JSON.stringify(config, null, 2)
  return `import { defineGateway } from 'portcullis'\n\nexport default defineGateway(${text})\n`
}

function makeServer(index: number) {
  return {
    type: 'http',
    url: `https://${serverOf(index)}.example/mcp`,
    headers: { authorization: { bearer: `env:TOKEN_${index}` } },
  }
}

function makeRole(index: number, servers: number) {
  const reached = countTo(REACH).map((n) => (index + n * 7) % servers)
  const own = serverOf(index % servers)
  const reads = reached.map((one) => [serverOf(one), READS] as const)
  return {
    ...(index % 4 === 3 ? { extends: [roleOf(index - 1)] } : {}),
    allow: { ...Object.fromEntries(reads), [own]: [...READS, ...WRITES] },
  }
}

function makeLimit(index: number) {
  const on = { [serverOf(index)]: ['*'] }
  return { on, calls: 60 + index, per: 'minute', each: 'token' }
}

function writeTokens({ tokens, roles }: Fleet, now: number): string {
  const created = Math.floor(now / DAY) * DAY - 10 * DAY
  const day = (time: number) => new Date(time).toISOString()
  return countTo(tokens)
    .map((index) => {
      const id = `t${index.toString(36).padStart(11, '0')}`
      const hash = index.toString(16).padStart(64, '0')
      return `[token.${id}]
subject = "person-${index}"
team = "${teamOf(index % Math.min(TEAMS, roles))}"
created = "${day(created)}"
expires = "${day(created + 90 * DAY)}"
sha256 = "${hash}"
`
    })
    .join('\n')
}

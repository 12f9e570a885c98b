// What servers say unasked, cell by cell: each feature, during one call, during
// several, outside a call, during calls of two clients; over each wire, in each
// isolation, to clients of both eras.
// In: nothing. Out: tap.

import t, { type Test } from 'tap'
import { type Issued, issue, serveConfig } from '../harness/served.ts'
import {
  openLegacy,
  openModern,
  type Peer,
} from '../harness/streams/clients.ts'
import { program, startSpeakers } from '../harness/streams/servers.ts'
import { until } from '../harness/until.ts'

type Situation = 'one' | 'several' | 'outside' | 'two'
type Isolation = 'session' | 'principal' | 'shared'
type Era = 'legacy' | 'modern'

/** `asked`: the client answered. `told`: the client it is for was told, once.
 * `refused`: the server was answered with an error, in words. `pong`: the
 * gateway answered. `lost`: nobody was told. */
type Fate = 'asked' | 'told' | 'refused' | 'pong' | 'lost'

const SITUATIONS = ['one', 'several', 'outside', 'two'] as const

/** Fates in the order of SITUATIONS. */
type Row = readonly [Fate, Fate, Fate, Fate]

/** Whose the session with the server is, as its clients see it: that of one
 * client session; that of a token, whose client sessions share it; that of a
 * token of 2026-07-28, which has no sessions; everybody's. */
type Owner = 'client' | 'token' | 'modern' | 'nobody'

const ask: Readonly<Record<Owner, Row>> = {
  client: ['asked', 'asked', 'asked', 'asked'],
  token: ['asked', 'asked', 'asked', 'refused'],
  // It is asked with the answer to a call alone (basic/patterns/mrtr).
  modern: ['asked', 'asked', 'refused', 'asked'],
  nobody: ['refused', 'refused', 'refused', 'refused'],
}

const always = (fate: Fate): Readonly<Record<Owner, Row>> => {
  const row: Row = [fate, fate, fate, fate]
  return { client: row, token: row, modern: row, nobody: row }
}

const TABLE: Readonly<Record<string, Readonly<Record<Owner, Row>>>> = {
  sampling: ask,
  form: ask,
  url: ask,
  roots: ask,
  ping: always('pong'),
  log: {
    client: ['told', 'told', 'told', 'told'],
    token: ['told', 'told', 'told', 'lost'],
    // It is told on the stream of a call alone (server/utilities/logging).
    modern: ['told', 'told', 'lost', 'told'],
    nobody: ['lost', 'lost', 'lost', 'lost'],
  },
  // After its answer a call has no progress (basic/utilities/progress).
  progress: {
    client: ['told', 'told', 'lost', 'told'],
    token: ['told', 'told', 'lost', 'told'],
    modern: ['told', 'told', 'lost', 'told'],
    nobody: ['told', 'told', 'lost', 'told'],
  },
  // To those who subscribed in that session.
  updated: always('told'),
}

const WIRES = ['stdio', 'http', 'sse'] as const
const ISOLATIONS: readonly Isolation[] = ['session', 'principal', 'shared']

function findOwner(isolation: Isolation, era: Era): Owner {
  if (isolation === 'shared') return 'nobody'
  if (era === 'modern') return 'modern'
  return isolation === 'session' ? 'client' : 'token'
}

interface Lane {
  readonly server: string
  readonly owner: Owner
  readonly era: Era
  readonly main: Peer
  /** Another client: of the same token where clients have sessions. */
  readonly other: () => Promise<Peer>
  /** What came of what was said outside a call. */
  readonly outcomes: ReadonlyMap<string, unknown>
}

interface Cell {
  readonly feature: string
  readonly situation: Situation
  readonly fate: Fate
}

/** What came of it; the fate, when it is as it must be. */
async function play(lane: Lane, { feature, situation, fate }: Cell) {
  const { server, owner, main } = lane
  const other = situation === 'two' ? await lane.other() : undefined
  const shares = owner === 'nobody' || owner === 'token'
  const gate = situation === 'several' || (other && shares) ? 2 : 1
  const nonce = `${feature}-${situation}-${lane.era}`
  const before = [main, other].map((peer) => peer?.heard.length ?? 0)
  const act = (peer: Peer) =>
    peer.call(`${server}__act`, {
      ...{ feature, gate, nonce: `${nonce}` },
      after: situation === 'outside',
    })
  const callers = [main, other ?? (situation === 'several' ? main : undefined)]
  const answers = await Promise.all(
    callers.filter((peer) => peer !== undefined).map(act),
  )
  const count = (peer: Peer | undefined, at: number) =>
    (peer?.heard.slice(before[at]) ?? []).filter(
      (line) =>
        line.includes(nonce) || line === `resources/updated note://${server}`,
    ).length
  const heard = () => [main, other].map(count)
  try {
    if (fate === 'told') {
      await until(() => heard().some((times) => times > 0), nonce)
    }
    let said: readonly unknown[] = answers.map(parse)
    if (situation === 'outside') {
      const key = `${server} ${nonce}`
      await until(() => lane.outcomes.has(key), key)
      said = [lane.outcomes.get(key)]
    }
    return describe(said, heard(), { own: gate === 1 && !!other })
  } finally {
    await other?.close()
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** `own`: each of two clients has a session, and one of each is said in it. */
function describe(
  said: readonly unknown[],
  heard: readonly number[],
  { own }: { readonly own: boolean },
): string {
  const last = said.at(-1)
  const error = last as { code?: number; message?: string } | undefined
  const total = heard.reduce((sum, times) => sum + times, 0)
  const most = own ? 2 : 1
  if (error?.code !== undefined) {
    const isSaid = /\w+ \w+ \w+/.test(error.message ?? '')
    return total === 0 && isSaid ? 'refused' : JSON.stringify({ last, heard })
  }
  if (JSON.stringify(last) === '{}' && total === 0) return 'pong'
  if (last !== 'said' && typeof last === 'object') {
    const isOne = total === most && heard.every((times) => times <= 1)
    return isOne ? 'asked' : JSON.stringify({ last, heard })
  }
  if (last !== 'said') return JSON.stringify({ last, heard })
  if (total === 0) return 'lost'
  return heard.every((times) => times <= 1) ? 'told' : `told ${heard} times`
}

type Wire = (typeof WIRES)[number]

/** A gateway before the server, on one wire, in each isolation. */
async function serveWire(t: Test, wire: Wire) {
  const speakers = await startSpeakers(t)
  const describeServer = (isolation: Isolation) => {
    const name = `${wire}-${isolation}`
    const args = [program, name, speakers.report(name)]
    const requests = ['sampling', 'elicitation', 'roots']
    return {
      ...(wire === 'stdio'
        ? { type: 'stdio', command: process.execPath, args }
        : { type: 'http', url: speakers[wire](name) }),
      isolation,
      ...(isolation !== 'shared' && { requests }),
    }
  }
  const servers = Object.fromEntries(
    ISOLATIONS.map((isolation) => [
      `${wire}-${isolation}`,
      describeServer(isolation),
    ]),
  )
  const names = Object.keys(servers)
  const allow = Object.fromEntries(
    names.map((name) => [name, ['*', { resource: '*' }]]),
  )
  const config = { servers, roles: { all: { allow } }, caps: { streams: 100 } }
  const [legacy, modern, second] = ['legacy', 'modern', 'second'].map(
    (subject) => issue({ subject, roles: ['all'] }),
  ) as [Issued, Issued, Issued]
  const people = { legacy, modern, second }
  const { gateway } = await serveConfig(t, config, [legacy, modern, second])
  return { url: gateway.url, speakers, people }
}

type World = Awaited<ReturnType<typeof serveWire>>

/** The cells of one server and one kind of client, one after another. */
async function runLane(
  t: Test,
  { url, speakers, people }: World,
  lane: { wire: Wire; isolation: Isolation; era: Era },
  features: readonly string[],
): Promise<void> {
  const { wire, isolation, era } = lane
  const server = `${wire}-${isolation}`
  const open = ({ token }: Issued) =>
    era === 'legacy' ? openLegacy(url, token) : openModern(url, token)
  const main = await open(people[era])
  t.teardown(() => main.close())
  const owner = findOwner(isolation, era)
  const other = () => open(people[era === 'legacy' ? 'legacy' : 'second'])
  const { outcomes } = speakers
  const whole: Lane = { server, owner, era, main, other, outcomes }
  for (const feature of features) {
    if (feature === 'updated') await main.subscribe(`note://${server}`)
    for (const [at, situation] of SITUATIONS.entries()) {
      const fate = TABLE[feature]?.[owner][at] as Fate
      const what = `${server}, ${era}: ${feature}, ${situation}`
      const cell = { feature, situation, fate }
      t.equal(await play(whole, cell).catch(String), fate, what)
    }
  }
}

async function runWire(t: Test, wire: Wire, features: readonly string[]) {
  const world = await serveWire(t, wire)
  await Promise.all(
    ISOLATIONS.map(async (isolation) => {
      for (const era of ['legacy', 'modern'] as const) {
        await runLane(t, world, { wire, isolation, era }, features)
      }
    }),
  )
  t.strictSame(world.speakers.lost, [], 'no stream was opened too late')
}

const ALL = Object.keys(TABLE)
const ASKS = ALL.filter((feature) =>
  /asked|pong/.test(String(TABLE[feature]?.client)),
)
const TELLS = ALL.filter((feature) => !ASKS.includes(feature))

t.test('P2 notifications outside of calls, over Streamable HTTP', (t) =>
  runWire(t, 'http', ALL),
)
t.test('P5 server requests over stdio', (t) => runWire(t, 'stdio', ASKS))
t.test('P6 log messages over stdio', (t) => runWire(t, 'stdio', TELLS))
t.test(
  'P5 P6 requests and notifications outside of calls, over HTTP+SSE',
  (t) => runWire(t, 'sse', ALL),
)

t.test('P5 several server requests at once', async (t) => {
  const { url, people } = await serveWire(t, 'stdio')
  const modern = await openModern(url, people.modern.token)
  const act = (peer: Peer, more: object) =>
    peer.call('stdio-principal__act', {
      ...{ feature: 'form', after: false, nonce: 'x' },
      ...more,
    })
  const accepted = { action: 'accept', content: { by: 'user' } }
  const three = { gate: 3, times: 3 }
  const answers = await Promise.all([1, 2, 3].map(() => act(modern, three)))
  for (const answer of answers) {
    t.strictSame(JSON.parse(answer), [accepted, accepted, accepted])
  }
  const both = await act(modern, { gate: 1, times: 2 })
  t.strictSame(JSON.parse(both), [accepted, accepted], 'of one call')
  t.equal(modern.heard.length, 5)

  const legacy = await openLegacy(url, people.modern.token)
  t.teardown(() => legacy.close())
  const mixed = await Promise.all([
    act(modern, { gate: 2 }),
    act(legacy, { gate: 2 }),
  ])
  for (const answer of mixed) t.match(answer, /Several clients/)
  t.equal(modern.heard.length + legacy.heard.length, 5, 'nobody was asked')
})

t.test('P6 the level is set before the first call', async (t) => {
  for (const wire of WIRES) {
    const { url, people } = await serveWire(t, wire)
    for (const isolation of ['session', 'principal'] as const) {
      const legacy = await openLegacy(url, people.legacy.token)
      t.teardown(() => legacy.close())
      const [level] = await Promise.all([
        legacy.call(`${wire}-${isolation}__level`, {}),
        legacy.ask('logging/setLevel', { level: 'error' }),
      ])
      t.equal(level, '"error"', `${wire}, ${isolation}: sent with it`)
      await legacy.ask('logging/setLevel', { level: 'info' })
      const later = await legacy.call(`${wire}-${isolation}__level`, {})
      t.equal(later, '"info"')
    }
    const modern = await openModern(url, people.modern.token)
    const level = await modern.call(`${wire}-session__level`, {})
    t.equal(level, '"debug"', `${wire}: that of the call`)
  }
})

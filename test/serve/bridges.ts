// docs/bridges.md, cell by cell: what crosses between the eras.
// In: the document. Out: tap.
// INVARIANT: each cell has tries of its own; `partly` takes one that succeeds
// and one that does not.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startEverythingServer } from '../harness/everything-server.ts'
import { root } from '../harness/gateway.ts'
import { issue, serveConfig } from '../harness/served.ts'
import {
  openLegacy,
  openModern,
  type Peer,
} from '../harness/streams/clients.ts'
import { startSpeakers } from '../harness/streams/servers.ts'
import { until } from '../harness/until.ts'

/** Whether each of some tries crossed. */
type Tries = (peer: Peer) => Promise<readonly boolean[]>

/** Tries, or the test elsewhere that has them. */
interface Row {
  readonly toModern: Tries | string
  readonly toLegacy: Tries | string
}

const both = (tries: Tries): Row => ({ toModern: tries, toLegacy: tries })

const asked =
  (name: string, args: object, question: string): Tries =>
  async (peer) => {
    const before = peer.heard.length
    const answer = await peer.call(name, args)
    const heard = peer.heard.slice(before).join()
    return [heard.includes(question) && !/error/i.test(answer)]
  }

const PREFIX = 'test_input_required_result'
const speak = (feature: string, more: object = {}) => ({
  ...{ feature, gate: 1, after: false, nonce: 'x' },
  ...more,
})

/** What a call is told beside its answer. */
const told =
  (name: string, args: object, what: string): Tries =>
  async (peer) => {
    const before = peer.heard.length
    await peer.call(name, args)
    return [peer.heard.slice(before).join().includes(what)]
  }

const hears =
  (trigger: string, what: string): Tries =>
  async (peer) => {
    await peer.subscribe('test://watched-resource')
    const before = peer.heard.length
    await peer.call(trigger, {})
    await until(() => peer.heard.slice(before).join().includes(what), what)
    return [true]
  }

const finds =
  (method: string, params: object, what: RegExp): Tries =>
  async (peer) => [what.test(JSON.stringify(await peer.ask(method, params)))]

const all =
  (...tries: readonly Tries[]): Tries =>
  async (peer) => {
    const each: boolean[] = []
    for (const one of tries) each.push(...(await one(peer)))
    return each
  }

interface World {
  /** What came of what the legacy server asked outside a call. */
  readonly outcomes: ReadonlyMap<string, unknown>
}

/** Whether a question outside a call is answered; if not, it is refused. */
const asksOutside =
  ({ outcomes }: World): Tries =>
  async (peer) => {
    await peer.call('speak__act', speak('form', { after: true, nonce: 'out' }))
    await until(() => outcomes.has('speak out'), 'an answer or an error')
    const { code } = outcomes.get('speak out') as { code?: number }
    return [code === undefined]
  }

/** A log line of a call, then one outside it. */
const logs =
  ({ outcomes }: World): Tries =>
  async (peer) => {
    const during = await told('speak__act', speak('log'), 'message x')(peer)
    await peer.call('speak__act', speak('log', { after: true, nonce: 'late' }))
    await until(() => outcomes.has('speak late'), 'it was said')
    return [...during, peer.heard.join().includes('message late')]
  }

const makeRows = (world: World): Readonly<Record<string, Row>> => ({
  tools: both(
    all(
      finds('tools/list', {}, /test_simple_text/),
      finds('tools/call', { name: 'test_simple_text' }, /content/),
    ),
  ),
  resources: both(
    all(
      finds('resources/list', {}, /test:/),
      finds('resources/read', { uri: 'test://template/7/data' }, /contents/),
    ),
  ),
  prompts: both(
    all(
      finds('prompts/list', {}, /test_simple_prompt/),
      finds('prompts/get', { name: 'test_simple_prompt' }, /messages/),
    ),
  ),
  completion: both(
    finds(
      'completion/complete',
      {
        ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
        argument: { name: 'arg1', value: 'p' },
      },
      /values/,
    ),
  ),
  sampling: both(asked('test_sampling', { prompt: 'why' }, 'why')),
  'elicitation by form': both(
    asked('test_elicitation', { message: 'who' }, 'it: who'),
  ),
  'elicitation by URL': {
    toModern: asked('test_elicitation_url', {}, 'it: Please visit'),
    toLegacy: asked('speak__act', speak('url'), 'speak: x'),
  },
  roots: both(asked(`${PREFIX}_list_roots`, {}, 'roots/list')),
  'several questions at once': {
    toModern: asked(`${PREFIX}_multiple_inputs`, {}, 'roots/list'),
    toLegacy: asked('speak__act', speak('form', { times: 2 }), 'x,'),
  },
  'questions outside a call': {
    // There is no server that could ask.
    toModern: async () => [false],
    toLegacy: asksOutside(world),
  },
  'log messages': {
    toModern: async (peer) => {
      const log = told('test_logging_tool', {}, 'Only for those')
      const before = await log(peer)
      await peer.ask('logging/setLevel', { level: 'debug' })
      return [...before, ...(await log(peer))]
    },
    toLegacy: logs(world),
  },
  progress: both(told('test_tool_with_progress', {}, 'progress')),
  cancellation: both(async (peer) => {
    const count = async () =>
      (await peer.call('test_count_cancelled', {})).split(' ').map(Number)
    const [waited = 0, cancelled = 0] = await count()
    await peer.cancel('test_wait_for_cancellation', () =>
      until(async () => ((await count())[0] ?? 0) > waited, 'it runs'),
    )
    await until(async () => ((await count())[1] ?? 0) > cancelled, 'it ends')
    return [true]
  }),
  'list changed': both(hears('test_trigger_tool_change', 'list_changed')),
  'resource updated': both(hears('test_touch_resource', 'resources/updated')),
  ping: both(finds('ping', {}, /^\{\}$/)),
  'resumed streams': {
    toModern: 'test/serve/resume.ts: only the named stream continues',
    toLegacy: 'test/harness/conformance/suites.ts: sse-retry',
  },
  tasks: {
    toModern: all(
      asked('slow_compute', { seconds: 0.02, label: 'x' }, ''),
      finds('tools/call', { name: 'failing_job' }, /"content"/),
    ),
    toLegacy: 'test/serve/legacy-tasks.ts: a modern client calls and gets',
  },
})

t.test('features between the eras, one by one', async (t) => {
  const text = readFileSync(join(root, 'docs/bridges.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `(.+?)` \| (.+?) \| (.+?) \|$/gm)]
  const speakers = await startSpeakers(t)
  const tries = makeRows(speakers)
  t.strictSame(
    rows.map(([, name]) => name),
    Object.keys(tries),
  )
  for (const to of ['modern', 'legacy'] as const) {
    const peer = await connectOver(t, to, speakers)
    for (const [, name = '', toModern = '', toLegacy = ''] of rows) {
      const cell = to === 'modern' ? toModern : toLegacy
      const [word = ''] = /^(crosses|partly|does not cross)/.exec(cell) ?? []
      const row = tries[name]
      const way = to === 'modern' ? row?.toModern : row?.toLegacy
      if (typeof way === 'string') t.ok(isTested(way), `${name}: ${way}`)
      else if (way) t.equal(await judge(way, peer), word, `${name}, to ${to}`)
      if (word !== 'crosses') t.match(cell, /\(20\d\d-\d\d-\d\d, .+\)/, 'why')
    }
  }
})

async function judge(tries: Tries, peer: Peer): Promise<string> {
  const each = await tries(peer).catch(() => [false])
  if (each.every(Boolean)) return 'crosses'
  return each.some(Boolean) ? 'partly' : 'does not cross'
}

/** Whether a file has a test of that name. */
function isTested(where: string): boolean {
  const [file = '', name = ''] = where.split(': ')
  return name !== '' && readFileSync(join(root, file), 'utf8').includes(name)
}

/** A client of the other era than its servers. */
async function connectOver(
  t: Test,
  to: 'modern' | 'legacy',
  speakers: Awaited<ReturnType<typeof startSpeakers>>,
): Promise<Peer> {
  const server = await startEverythingServer(to)
  t.teardown(() => server.close())
  const ada = issue({ subject: 'ada', roles: ['all'] })
  const requests = ['sampling', 'elicitation', 'roots']
  const servers = {
    it: { type: 'http', url: server.url, prefix: '', requests },
    speak: { type: 'http', url: speakers.http('speak'), requests },
  }
  const all = ['*', { prompt: '*' }, { resource: '*' }]
  const allow = { it: all, speak: all }
  const config = { servers, roles: { all: { allow } } }
  const { gateway } = await serveConfig(t, config, [ada])
  const open = to === 'modern' ? openLegacy : openModern
  const peer = await open(gateway.url, ada.token)
  t.teardown(() => peer.close())
  return peer
}

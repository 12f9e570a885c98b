// Tasks of 2025-11-25 servers through the gateway, over HTTP and stdio: to
// legacy clients as tasks, to modern ones as calls. A legacy client on a modern
// server: see bridge.ts.

import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Issued } from '../harness/served.ts'
import {
  callAs,
  type LegacyCaller,
  openAs,
  RELATED,
  serveTasks,
} from '../harness/task-callers.ts'
import { streamTask } from '../harness/task-stream.ts'
import { type Heard, startTasksServer } from '../harness/tasks-server.ts'
import { until } from '../harness/until.ts'

const STDIO = {
  type: 'stdio',
  command: process.execPath,
  args: [join(import.meta.dirname, '../harness/tasks-server.js')],
}

const TTL = { ttl: 60_000 }
const STATUS = 'notifications/tasks/status'

interface Report {
  readonly heard: readonly Heard[]
  readonly ids: readonly string[]
}

/** `it` over HTTP, or as a process of its own. */
async function serve(t: Test, wire: 'http' | 'stdio') {
  let server: object = STDIO
  if (wire === 'http') {
    const { url, close } = await startTasksServer()
    t.teardown(close)
    server = { type: 'http', url }
  }
  const served = await serveTasks(t, { it: server })
  const { url } = served
  const open = (who: Issued = served.ada) => openAs(t, url, who.token)
  const modern = callAs(url, served.ada.token)
  return { ...served, open, modern }
}

type Asker = Pick<LegacyCaller, 'ask'>

async function call({ ask }: Asker, name: string, given: object = {}) {
  const params = { name: `it__${name}`, arguments: given }
  const { result } = await ask('tools/call', params)
  const [{ text }] = result.content as [{ text: string }]
  return text
}

/** What the server knows, as itself says: it may be another process. */
const report = async (asker: Asker): Promise<Report> =>
  JSON.parse(await call(asker, 'report'))

const release = (asker: Asker, nonce: string) =>
  call(asker, 'release', { nonce })

const start = async (session: LegacyCaller, given: object, name = 'work') => {
  const params = {
    ...{ name: `it__${name}`, arguments: given, task: TTL },
    _meta: { progressToken: 'mine' },
  }
  const reply = await session.ask('tools/call', params)
  const task = Object(reply.result.task)
  return { reply, task, id: String(task.taskId) }
}

const statusesOf = (session: LegacyCaller) =>
  session
    .heard()
    .filter(({ method }) => method === STATUS)
    .map(({ params }) => ({ ...params }) as { taskId: string; status: string })

for (const wire of ['http', 'stdio'] as const) {
  t.test(`over ${wire}, a task and what is said in it`, async (t) => {
    const { open, records } = await serve(t, wire)
    const [one, two] = [await open(), await open()]
    const { capabilities } = one
    const requests = { tools: { call: {} } }
    t.same(capabilities.tasks, { cancel: {}, requests }, 'and no list')
    const { result } = await one.ask('tools/list', {})
    const { tools } = result as {
      tools: { name: string; execution?: object }[]
    }
    const supports = tools.map(({ name, execution }) => [name, execution])
    t.match(Object.fromEntries(supports), {
      it__must: { taskSupport: 'required' },
      it__plain: { taskSupport: 'forbidden' },
      it__work: { taskSupport: 'optional' },
    })
    t.match(await one.ask('tasks/list', {}), { error: { code: -32601 } })

    const { task, id } = await start(one, { nonce: 'a', ask: true })
    t.match(task, { taskId: String, ttl: 60_000, pollInterval: 50 })
    const got = await one.ask('tasks/get', { taskId: id })
    t.match(got.result, { taskId: id, status: 'input_required' })
    t.notOk('resultType' in got.result, 'a word of the other era')

    // Blocks until the end, and what the task asks comes with it.
    const wait = { id: 'r', method: 'tasks/result', params: { taskId: id } }
    const waiting = one.post(wait)
    const related = { [RELATED]: { taskId: id } }
    const find = (method: string) =>
      one.heard().find((message) => message.method === method)
    await until(() => find('elicitation/create') !== undefined, 'a question')
    const asked = find('elicitation/create')
    t.match(asked?.params, { message: 'it: a?', _meta: related })
    const answer = { action: 'accept', content: {}, _meta: related }
    await one.post({ id: asked?.id, result: answer })
    t.notOk(one.heard().some((message) => message.id === 'r' && message.result))
    await until(async () => {
      const { result } = await one.ask('tasks/get', { taskId: id })
      return result.status === 'working'
    }, 'it goes on')
    t.equal(await release(one, 'a'), 'released true')
    const last = () => one.heard().find((message) => message.id === 'r')
    await until(() => last() !== undefined, 'the result')
    t.equal((await waiting).status, 200)
    t.same(last()?.result, {
      content: [{ type: 'text', text: 'worked a accept' }],
      _meta: related,
    })
    await until(() => find('notifications/progress') !== undefined, 'progress')
    t.same(find('notifications/progress')?.params, {
      ...{ progressToken: 'mine', progress: 1, message: 'a' },
      _meta: related,
    })
    const isDone = () => statusesOf(one).at(-1)?.status === 'completed'
    await until(isDone, 'it is told')
    t.same([...new Set(statusesOf(one).map(({ taskId }) => taskId))], [id])

    const { id: other } = await start(one, { nonce: 'b' }, 'must')
    const cancel = await one.ask('tasks/cancel', { taskId: other })
    t.match(cancel.result, { taskId: other, status: 'cancelled' })
    t.same(statusesOf(two), [], 'another session hears nothing of it')

    const all = `${one.got()}${two.got()}`
    const { heard, ids } = await report(one)
    t.equal(ids.length, 2)
    t.notOk(
      ids.some((own) => all.includes(own)),
      'never told',
    )
    const named = heard.flatMap(({ params }) => params?.taskId ?? [])
    t.ok(named.length >= 3 && named.every((own) => ids.includes(own)))
    t.same(heard.find(({ params }) => params?.task)?.params?.task, TTL)
    const answered = heard.find(({ result }) => result)?.result
    t.same(answered?._meta, { [RELATED]: { taskId: ids[0] } })

    const own = records().filter(({ method }) => method?.startsWith('tasks/'))
    const outcomes = own.filter(({ event }) => event === 'outcome')
    const about = { server: 'it', outcome: 'ok' }
    const rule = { pointer: '/roles/all/allow/it/0' }
    const intents = own.filter(({ event }) => event === 'intent')
    t.ok(intents.length >= 4 && intents.length === outcomes.length)
    for (const record of outcomes) t.match(record, about)
    for (const record of intents.slice(0, -1)) {
      t.match(record, { server: 'it', tool: 'work', rule })
    }
    t.match(intents.at(-1), { tool: 'must', method: 'tasks/cancel', rule })
  })

  t.test(`over ${wire}, a modern client calls and gets`, async (t) => {
    const { modern } = await serve(t, wire)
    const { body } = await modern.ask('tools/list', {})
    t.match(body, 'it__must')
    t.notMatch(body, 'execution')
    t.equal(await call(modern, 'plain', { nonce: 'p' }), 'plain p')
    const begun = async (method: string, count = 1) => {
      const { heard } = await report(modern)
      const own = heard.filter((message) => message.method === method)
      return own.length === count
    }
    const params = { name: 'it__must', arguments: { nonce: 'a' } }
    const answer = modern.ask('tools/call', params)
    await until(() => begun('tasks/result'), 'it is waited for')
    await release(modern, 'a')
    const { result } = await answer
    const content = [{ type: 'text', text: 'worked a' }]
    t.match(result, { resultType: 'complete', content })
    t.notOk('taskId' in result || 'task' in result)

    const next = { name: 'it__must', arguments: { nonce: 'b' } }
    const gone = modern.begin('tools/call', next)
    await until(() => begun('tasks/result', 2), 'waited for again')
    gone.abort()
    await until(() => begun('tasks/cancel'), 'the server hears of it')
    const { heard, ids } = await report(modern)
    const cancel = heard.find(({ method }) => method === 'tasks/cancel')
    t.equal(cancel?.params?.taskId, ids[1])
    const plain = { name: 'it__work', arguments: { nonce: 'c' } }
    const own = modern.ask('tools/call', plain)
    await until(async () => (await release(modern, 'c')) === 'released true')
    t.match((await own).result, { content: [{ text: 'worked c' }] })
    const { length } = (await report(modern)).ids
    t.equal(length, 2, 'a task only where one must be')

    const asking = { name: 'it__must', arguments: { nonce: 'd', ask: true } }
    const { result: asked, body: said } = await modern.ask('tools/call', asking)
    t.match(asked.inputRequests, {
      question: { params: { message: 'it: d?' } },
    })
    t.notMatch(said, 'related-task', 'of which it knows nothing')
    const inputResponses = { question: { action: 'accept', content: {} } }
    const { requestState } = asked
    const back = { ...asking, requestState, inputResponses }
    const last = modern.ask('tools/call', back)
    await until(async () => (await release(modern, 'd')) === 'released true')
    t.match((await last).result, { content: [{ text: 'worked d accept' }] })
  })
}

t.test('a client of the SDK runs a tool as a task', async (t) => {
  const { url, ada } = await serve(t, 'http')
  for (const ask of ['now', 'with tasks/result']) {
    const given = { nonce: ask, ask }
    const called = { name: 'it__work', arguments: given }
    const { said, ids, text } = await streamTask(t, url, ada, called, (one) => {
      const released = { name: 'it__release', arguments: given }
      one.callTool(released).catch(() => {})
    })
    t.equal(text, `worked ${ask} accept`)
    t.equal(ids.size, 1)
    const told = [`it: ${ask}?`, `progress ${ask}`, 'taskCreated', 'result']
    for (const one of told) t.ok(said.includes(one), one)
  }
})

t.test('a legacy task of another token is unknown', async (t) => {
  const { open, bob } = await serve(t, 'http')
  const [one, theirs] = [await open(), await open(bob)]
  const { id } = await start(one, { nonce: 'a' })
  const { ids } = await report(one)
  for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel']) {
    const none = await theirs.ask(method, { taskId: 'made-up' })
    t.equal(none.error?.code, -32602)
    for (const taskId of [id, `${id}A`, String(ids[0])]) {
      t.same((await theirs.ask(method, { taskId })).error, none.error, method)
    }
  }
  const { heard } = await report(one)
  t.notOk(heard.some(({ method }) => method?.startsWith('tasks/')))
})

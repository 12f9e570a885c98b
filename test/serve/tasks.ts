// Tasks of modern servers (extension io.modelcontextprotocol/tasks), through
// the gateway to modern clients: whole, and each to its own client alone.

import t, { type Test } from 'tap'
import { declaresTasks } from '../harness/everything/tasks.ts'
import { startEverythingServer } from '../harness/everything-server.ts'
import {
  callAs,
  EXTENSION,
  type ModernCaller,
  serveTasks,
} from '../harness/task-callers.ts'
import { until } from '../harness/until.ts'

async function serve(t: Test, more: object = {}) {
  const server = await startEverythingServer('modern')
  t.teardown(() => server.close())
  const servers = { it: { type: 'http', url: server.url } }
  const served = await serveTasks(t, servers, more)
  const [ada, bob] = [served.ada, served.bob].map(({ token }) =>
    callAs(served.url, token),
  ) as [ModernCaller, ModernCaller]
  const reached = (method: RegExp) =>
    server.tasks.seen.filter((one) => method.test(one.method))
  /** Ids of the server that somebody got to see. */
  const leaked = ({ got }: ModernCaller) =>
    server.tasks.ids().filter((id) => got().includes(id))
  const issued = served.ada
  return { ...served, ada, bob, issued, server, reached, leaked }
}

const create = async ({ ask }: ModernCaller, name: string, given = {}) => {
  const params = { name: `it__${name}`, arguments: given }
  const reply = await ask('tools/call', params)
  return { reply, id: String(reply.result.taskId) }
}

const LONG = { seconds: 60, label: 'long' }
const DONE = { resultType: 'complete' }
const ACTS = ['tasks/get', 'tasks/update', 'tasks/cancel']

t.test('a task, from its creation to its end', async (t) => {
  const { ada, server, reached, leaked } = await serve(t)
  const { result } = await ada.ask('server/discover', {})
  t.match(result.capabilities, { extensions: { [EXTENSION]: {} } })

  const given = { seconds: 0.02, label: 'x' }
  const { reply, id } = await create(ada, 'slow_compute', given)
  t.match(reply, { status: 200, result: { resultType: 'task' } })
  t.match(reply.result, { status: 'working', ttlMs: 600_000 })
  const [own = ''] = server.tasks.ids()
  const got = await ada.poll(id, 'completed')
  t.equal(got.result.taskId, id, 'one sealed id, always')
  const there = callAs(server.url, 'none')
  const direct = await there.ask('tasks/get', { taskId: own })
  t.match(direct.body, '"exact":1.0,"big":12345678901234567890')
  t.equal(got.body, direct.body.replaceAll(own, id), 'the same bytes')

  const { id: other } = await create(ada, 'slow_compute', LONG)
  t.not(other, id)
  const cancel = await ada.ask('tasks/cancel', { taskId: other })
  t.same(cancel.result, DONE)
  await ada.poll(other, 'cancelled')
  const again = await ada.ask('tasks/cancel', { taskId: other })
  t.same(again.result, DONE)

  const { id: broken } = await create(ada, 'protocol_error_job')
  const failed = await ada.poll(broken, 'failed')
  t.match(failed.result, { error: { code: -32603, message: 'nothing works' } })

  const named = reached(/^tasks\//).map(({ params }) => params.taskId)
  t.ok(named.every((one) => server.tasks.ids().includes(one ?? '')))
  t.same(leaked(ada), [])
})

t.test('requests of a task, and their answers', async (t) => {
  const { ada, server, reached } = await serve(t)
  const { id } = await create(ada, 'confirm_delete', { filename: 'a.txt' })
  const asked = await ada.poll(id, 'input_required')
  t.match(asked.result, {
    inputRequests: {
      confirm: {
        method: 'elicitation/create',
        params: { message: 'it: Delete a.txt?', mode: 'form' },
      },
    },
  })
  const answer = { action: 'accept', content: { confirm: true } }
  const inputResponses = { confirm: answer }
  const update = await ada.ask('tasks/update', { taskId: id, inputResponses })
  t.same(update.result, DONE)
  const done = await ada.poll(id, 'completed')
  t.match(done.result, { result: { content: [{ text: 'a.txt: accept' }] } })
  const [told] = reached(/^tasks\/update$/)
  t.same(told?.params.inputResponses, inputResponses)
  t.equal(told?.params.taskId, server.tasks.ids()[0])

  // Asked before there is a task.
  const name = 'it__test_tool_with_task'
  const first = await ada.ask('tools/call', { name, arguments: {} })
  t.match(first.result, { resultType: 'input_required' })
  const user_name = { action: 'accept', content: { name: 'Alice' } }
  const { requestState } = first.result
  const then = await ada.ask('tools/call', {
    ...{ name, arguments: {}, inputResponses: { user_name } },
    ...(requestState !== undefined && { requestState }),
  })
  t.equal(then.result.resultType, 'task')
  const { body } = await ada.poll(then.result.taskId, 'completed')
  t.match(body, /Alice/)
})

t.test('a listen stream carries its own tasks', async (t) => {
  const { ada, bob, server, leaked } = await serve(t)
  const given = { filename: 'a' }
  const { id } = await create(ada, 'confirm_delete', given)
  const [own = ''] = server.tasks.ids()
  const { id: second } = await create(ada, 'slow_compute', LONG)
  const { id: theirs } = await create(bob, 'slow_compute', LONG)
  await ada.poll(id, 'input_required')
  const stream = await ada.listen([id, theirs, 'made-up'])
  t.teardown(() => stream.cut())
  const [begun] = await stream.count(1)
  const key = 'io.modelcontextprotocol/subscriptionId'
  t.match(begun?.data, {
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications: { taskIds: [id] }, _meta: { [key]: 'q' } },
  })
  await until(() => server.tasks.listened().includes(own), 'it is passed on')
  await ada.ask('tasks/cancel', { taskId: second })
  await bob.ask('tasks/cancel', { taskId: theirs })
  const inputResponses = { confirm: { action: 'decline' } }
  await ada.ask('tasks/update', { taskId: id, inputResponses })
  const [, ...events] = await stream.count(3)
  t.match(events, [
    { data: { params: { taskId: id, status: 'working' } } },
    { data: { params: { taskId: id, status: 'completed' } } },
  ])
  const { method, params } = Object(events.at(-1)?.data)
  t.equal(method, 'notifications/tasks')
  const { _meta, ...detail } = params
  t.same(_meta, { [key]: 'q' })
  const { result } = await ada.ask('tasks/get', { taskId: id })
  t.same({ ...DONE, ...detail }, result, 'all that tasks/get says')
  t.equal(stream.events().length, 3, 'and nothing of the others')
  t.same(leaked(ada), [])
})

t.test('a task of another token is unknown', async (t) => {
  const { ada, bob, server, reached, reload, config, issued } = await serve(t)
  const { id } = await create(ada, 'slow_compute', LONG)
  const [own = ''] = server.tasks.ids()
  const middle = Math.floor(id.length / 2)
  const other = id[middle] === 'A' ? 'B' : 'A'
  const flipped = `${id.slice(0, middle)}${other}${id.slice(middle + 1)}`
  const before = reached(/^tasks\//).length
  const refuse = async (who: ModernCaller, taskId: string, why: string) => {
    for (const method of ACTS) {
      const none = await who.ask(method, { taskId: 'made-up' })
      t.equal(none.error?.code, -32602)
      const { status, body } = await who.ask(method, { taskId })
      t.same([status, body], [none.status, none.body], `${why}: ${method}`)
    }
  }
  await refuse(bob, id, 'another token')
  await refuse(ada, flipped, 'a bit flipped')
  await refuse(ada, own, 'the id of the server')
  await reload({ ...config, roles: { all: { allow: { it: ['greet'] } } } })
  await refuse(ada, id, 'no grant any more')
  t.equal(reached(/^tasks\//).length, before, 'and the server hears nothing')
  await reload(config)
  const { result } = await ada.ask('tasks/get', { taskId: id })
  t.equal(result.status, 'working')
  Object.assign(issued.record, { revoked: new Date().toISOString() })
  await reload(config)
  t.equal((await ada.ask('tasks/get', { taskId: id })).status, 401)
  t.equal(reached(/^tasks\//).length, before + 1)
})

t.test('a client without tasks, or with a wrong Mcp-Name', async (t) => {
  const { ada, reached, server } = await serve(t)
  const { id } = await create(ada, 'slow_compute', LONG)
  const plain = { plain: true }
  const extensions = { [EXTENSION]: {} }
  const lacking = {
    status: 400,
    error: { code: -32021, data: { requiredCapabilities: { extensions } } },
  }
  for (const method of ACTS) {
    const asked = { taskId: id }
    t.match(await ada.ask(method, asked, plain), lacking, method)
    for (const header of ['other', ...server.tasks.ids()]) {
      const reply = await ada.ask(method, asked, { header })
      t.match(reply, { status: 400, error: { code: -32020 } }, 'Mcp-Name')
    }
  }
  const params = { notifications: { taskIds: [id] } }
  t.match(await ada.ask('subscriptions/listen', params, plain), lacking)
  t.same([...reached(/^tasks\//), ...server.tasks.listened()], [])
  const name = 'it__failing_job'
  t.match(await ada.ask('tools/call', { name }, plain), lacking)
  const short = { seconds: 0.01, label: 'x' }
  const slow = { name: 'it__slow_compute', arguments: short }
  const { result } = await ada.ask('tools/call', slow, plain)
  t.match(result, { ...DONE, content: [{ text: 'Computed x' }] })
  const declared = reached(/^tools\/call$/).map(declaresTasks)
  t.same(declared, [true, false, false], 'the server hears what it said')
})

t.test(
  'task methods are recorded with their tool and not limited',
  async (t) => {
    const once = { on: { it: ['slow_compute'] }, calls: 1, per: 'hour' }
    const { ada, bob, records } = await serve(t, { limits: { once } })
    const { id } = await create(ada, 'slow_compute', LONG)
    for (let poll = 0; poll < 5; poll++) {
      t.notOk((await ada.ask('tasks/get', { taskId: id })).error)
    }
    await ada.ask('tasks/update', { taskId: id, inputResponses: {} })
    await ada.ask('tasks/cancel', { taskId: id })
    const { reply } = await create(ada, 'slow_compute', LONG)
    t.match(reply.body, /Rate limit once/, 'calls are charged')
    await bob.ask('tasks/get', { taskId: id })
    const own = records().filter(({ method }) => method?.startsWith('tasks/'))
    const list = (event: string) => own.filter((one) => one.event === event)
    const rule = { pointer: '/roles/all/allow/it/0' }
    const about = { server: 'it', tool: 'slow_compute', rule, subject: 'ada' }
    t.match(list('intent'), Array(7).fill({ ...about, decision: 'allowed' }))
    t.match(list('outcome'), Array(7).fill({ outcome: 'ok' }))
    t.match(list('refusal'), [{ method: 'tasks/get', subject: 'bob' }])
  },
)

t.test('another gateway with the same key knows the task', async (t) => {
  const { ada, config, issued, key, leaked } = await serve(t)
  const { id } = await create(ada, 'slow_compute', LONG)
  const { servers } = config
  const next = await serveTasks(t, servers, {}, [issued], key)
  const there = callAs(next.url, issued.token)
  const { result } = await there.ask('tasks/get', { taskId: id })
  t.match(result, { taskId: id, status: 'working' })
  t.same(leaked(there), [])
})

// The tasks extension (2026-07-28) in front of the SDK, which does not serve it.
// In: the SDK's fetch for modern requests. Out: one that serves tasks too.
// INVARIANT: what the SDK refuses for its head is refused before all else.

import { TASK_TOOLS, type TaskTool } from './jobs.ts'
import { type Answers, TaskStore } from './task-store.ts'

const EXTENSION = 'io.modelcontextprotocol/tasks'
/** The answer where there is nobody to ask. */
const DECLINED = { action: 'decline' }
const NOWHERE = 'test://nowhere'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'

export type Fetch = (request: Request) => Promise<Response>

interface Filter {
  readonly taskIds?: readonly string[]
  readonly resourceSubscriptions?: readonly string[]
}

/** A message as it came. */
export interface Seen {
  readonly id?: number | string
  readonly method: string
  readonly params: {
    readonly name?: string
    readonly arguments?: Readonly<Record<string, unknown>>
    readonly taskId?: string
    readonly inputResponses?: Answers
    readonly notifications?: Filter
    readonly _meta?: Readonly<Record<string, unknown>>
  }
}

export interface Tasks {
  readonly fetch: Fetch
  /** What reached it, in order. */
  readonly seen: readonly Seen[]
  /** The ids it gave. */
  ids(): readonly string[]
  /** Those that somebody listens to. */
  listened(): readonly string[]
  close(): void
}

export function createTasks(next: Fetch): Tasks {
  const store = new TaskStore()
  const seen: Seen[] = []
  return {
    seen,
    ids: () => store.ids,
    listened: () => store.listened,
    close: () => store.close(),
    fetch: async (request) => {
      const message = await read(request.clone())
      if (!message) return next(request)
      seen.push(message)
      const answer = await next(keepOpen(request, message))
      return (await answerOf(store, message, answer)) ?? answer
    },
  }
}

/** Whether the client said, with this message, that it knows tasks. */
export function declaresTasks({ params }: Seen): boolean {
  const { extensions } = Object(params._meta?.[CAPABILITIES])
  return Object.hasOwn(Object(extensions), EXTENSION)
}

async function read(request: Request): Promise<Seen | undefined> {
  try {
    const message = (await request.json()) as Partial<Seen>
    const { method, params = {} } = message
    return method === undefined ? undefined : { ...message, method, params }
  } catch {
    return undefined
  }
}

/** The SDK ends a stream at once that it has nothing to tell on. */
function keepOpen(request: Request, message: Seen): Request {
  const { notifications } = message.params
  if (!notifications?.taskIds) return request
  const uris = [...(notifications.resourceSubscriptions ?? []), NOWHERE]
  const filter = { ...notifications, resourceSubscriptions: uris }
  const params = { ...message.params, notifications: filter }
  const body = JSON.stringify({ ...message, params })
  return new Request(request, { body })
}

/** Undefined: the SDK's `answer` stands. */
async function answerOf(
  store: TaskStore,
  message: Seen,
  answer: Response,
): Promise<Response | undefined> {
  const { method, params } = message
  if (method === 'server/discover') return addTo(answer, addExtension)
  if (method === 'tools/list') return addTo(answer, addTools)
  const tool = method === 'tools/call' ? TASK_TOOLS[params.name ?? ''] : null
  const isOf = /^tasks\/(get|update|cancel)$/.test(method)
  if ((tool || isOf) && (await isMismatch(answer))) return undefined
  if (tool) return call(store, tool, message)
  const ids = params.notifications?.taskIds
  if (!isOf && (method !== 'subscriptions/listen' || !ids)) return undefined
  if (!declaresTasks(message)) return refuseUndeclared(message)
  if (ids) return addTasks(store, message, ids, answer)
  const { taskId = '', inputResponses = {} } = params
  const detail = store.get(taskId)
  if (detail === undefined) {
    const error = { code: -32602, message: 'No such task' }
    return write(message, `"error":${JSON.stringify(error)}`)
  }
  if (method === 'tasks/update') store.update(taskId, inputResponses)
  if (method === 'tasks/cancel') store.cancel(taskId)
  const more = method === 'tasks/get' ? `,${detail}` : ''
  return write(message, `"result":{"resultType":"complete"${more}}`)
}

async function isMismatch(answer: Response): Promise<boolean> {
  if (answer.status !== 400) return false
  const { error } = Object(await answer.clone().json())
  return error?.code === -32020
}

async function addTo(
  answer: Response,
  add: (result: Record<string, unknown>) => object,
): Promise<Response> {
  if (answer.status !== 200) return answer
  const { result, ...rest } = Object(await answer.json())
  return Response.json({ ...rest, result: { ...result, ...add(result) } })
}

const addExtension = ({ capabilities }: Record<string, unknown>) => ({
  capabilities: { ...Object(capabilities), extensions: { [EXTENSION]: {} } },
})

function addTools({ tools }: Record<string, unknown>) {
  const own = Object.entries(TASK_TOOLS).map(
    ([name, { description, properties }]) => {
      const inputSchema = { type: 'object', properties }
      return { name, description, inputSchema }
    },
  )
  return { tools: [...(tools as object[]), ...own] }
}

async function call(
  store: TaskStore,
  tool: TaskTool,
  message: Seen,
): Promise<Response> {
  const { arguments: given = {}, inputResponses } = message.params
  const able = declaresTasks(message)
  if (tool.required && !able) return refuseUndeclared(message)
  const asks = Object.keys(tool.first ?? {})
  if (!asks.every((key) => Object.hasOwn(inputResponses ?? {}, key))) {
    const first = JSON.stringify(tool.first)
    const body = `"resultType":"input_required","inputRequests":${first}`
    return write(message, `"result":{${body}}`)
  }
  const job = tool.start({ ...given, ...inputResponses })
  if (able && (tool.lasts?.(given) ?? true)) {
    const created = store.create(job)
    return write(message, `"result":{"resultType":"task",${created}}`)
  }
  const { signal } = new AbortController()
  const ask = async (requests: object) =>
    Object.fromEntries(Object.keys(requests).map((key) => [key, DECLINED]))
  const result = await job({ signal, ask })
  const body = `{"resultType":"complete",${result.slice(1)}`
  return write(message, `"result":${body}`)
}

/** The SDK's stream, with the tasks that were asked for in it. */
function addTasks(
  store: TaskStore,
  { id }: Seen,
  asked: readonly string[],
  answer: Response,
): Response {
  const reader = answer.body?.getReader()
  const type = answer.headers.get('content-type') ?? ''
  if (!reader || !type.startsWith('text/event-stream')) return answer
  const taskIds = asked.filter((one) => store.get(one) !== undefined)
  const key = 'io.modelcontextprotocol/subscriptionId'
  const meta = JSON.stringify({ [key]: id })
  let forget = () => {}
  const body = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      const put = (text: string) => controller.enqueue(Buffer.from(text))
      let head = ''
      while (!head.includes('\n\n')) {
        const { value, done } = await reader.read()
        if (done) return controller.close()
        head += Buffer.from(value).toString()
      }
      put(acknowledge(head, taskIds))
      forget = store.listen(taskIds, (detail) => {
        const method = '"method":"notifications/tasks"'
        const params = `"params":{${detail},"_meta":${meta}}`
        put(`data: {"jsonrpc":"2.0",${method},${params}}\n\n`)
      })
    },
    pull: async (controller) => {
      const { value, done } = await reader.read()
      if (done) {
        forget()
        return controller.close()
      }
      controller.enqueue(value)
    },
    cancel: async () => {
      forget()
      await reader.cancel()
    },
  })
  return new Response(body, { status: 200, headers: answer.headers })
}

function acknowledge(head: string, taskIds: readonly string[]): string {
  return head.replace(/^data: (.*)$/m, (whole, data: string) => {
    const message = JSON.parse(data)
    const { params, method } = message
    if (method !== 'notifications/subscriptions/acknowledged') return whole
    const { resourceSubscriptions: uris, ...rest } = params.notifications
    const own = (uris as string[]).filter((uri) => uri !== NOWHERE)
    const resources = own.length > 0 && { resourceSubscriptions: own }
    const notifications = { ...rest, ...resources, taskIds }
    const next = { ...message, params: { ...params, notifications } }
    return `data: ${JSON.stringify(next)}`
  })
}

function refuseUndeclared(message: Seen): Response {
  const error = {
    code: -32021,
    message: 'Missing required client capability',
    data: { requiredCapabilities: { extensions: { [EXTENSION]: {} } } },
  }
  return write(message, `"error":${JSON.stringify(error)}`, 400)
}

function write({ id = 0 }: Seen, body: string, status = 200): Response {
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${body}}`
  const headers = { 'content-type': 'application/json' }
  return new Response(text, { status, headers })
}

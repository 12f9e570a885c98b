// Tasks of the everything-server (extension io.modelcontextprotocol/tasks).
// In: jobs. Out: tasks as JSON text, told to whoever listens.
// INVARIANT: a job's result is written once, as text, and never parsed again,
// so that a test can hold its bytes against what a client gets.

import { randomUUID } from 'node:crypto'

export type Answers = Readonly<Record<string, unknown>>

/** What a job may do while it runs. */
export interface Running {
  readonly signal: AbortSignal
  /** Asks the client; resolves when everything is answered. */
  ask(requests: Readonly<Record<string, object>>): Promise<Answers>
}

/** Resolves with a CallToolResult as JSON; throws an error of the protocol. */
export type Job = (running: Running) => Promise<string>

interface Task {
  readonly id: string
  readonly createdAt: string
  readonly stop: AbortController
  updatedAt: string
  status: 'working' | 'input_required' | 'completed' | 'cancelled' | 'failed'
  /** Members that this status has and others have not. */
  more: string
  asked: Map<string, object>
  answers: Record<string, unknown>
  answered: (answers: Answers) => void
}

interface Listener {
  readonly ids: readonly string[]
  readonly tell: (detail: string) => void
}

export class TaskStore {
  readonly #tasks = new Map<string, Task>()
  readonly #listeners = new Set<Listener>()

  /** Every id that was ever given. */
  get ids(): readonly string[] {
    return [...this.#tasks.keys()]
  }

  /** Members of a CreateTaskResult. */
  create(job: Job): string {
    const now = new Date().toISOString()
    const task: Task = {
      id: randomUUID(),
      ...{ createdAt: now, updatedAt: now, stop: new AbortController() },
      ...{ status: 'working', more: '', asked: new Map(), answers: {} },
      answered: () => {},
    }
    this.#tasks.set(task.id, task)
    const created = write(task)
    void this.#run(task, job)
    return created
  }

  /** Members of a DetailedTask; undefined where there is none. */
  get(id: string): string | undefined {
    const task = this.#tasks.get(id)
    return task && write(task)
  }

  /** What is not asked is passed over. */
  update(id: string, answers: Answers): void {
    const task = this.#tasks.get(id)
    if (!task) return
    for (const [key, answer] of Object.entries(answers)) {
      if (task.asked.delete(key)) task.answers[key] = answer
    }
    if (task.status !== 'input_required') return
    if (task.asked.size > 0) return this.#settle(task, task.status)
    this.#settle(task, 'working')
    task.answered(task.answers)
  }

  cancel(id: string): void {
    const task = this.#tasks.get(id)
    if (!task || isOver(task)) return
    task.asked.clear()
    this.#settle(task, 'cancelled')
    task.stop.abort()
  }

  get listened(): readonly string[] {
    return [...this.#listeners].flatMap(({ ids }) => ids)
  }

  listen(ids: readonly string[], tell: Listener['tell']): () => void {
    const listener = { ids, tell }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    for (const id of this.ids) this.cancel(id)
  }

  async #run(task: Task, job: Job): Promise<void> {
    // A task of an instant is seen as working all the same.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      const ask: Running['ask'] = (requests) =>
        new Promise((resolve, reject) => {
          task.asked = new Map(Object.entries(requests))
          task.answers = {}
          task.answered = resolve
          const { signal } = task.stop
          signal.addEventListener('abort', () => reject(signal.reason))
          this.#settle(task, 'input_required')
        })
      const result = await job({ signal: task.stop.signal, ask })
      if (!isOver(task)) this.#settle(task, 'completed', `"result":${result}`)
    } catch (error) {
      if (isOver(task)) return
      const { message } = error as Error
      const fault = JSON.stringify({ code: -32603, message })
      const why = JSON.stringify(`It broke: ${message}`)
      this.#settle(task, 'failed', `"statusMessage":${why},"error":${fault}`)
    }
  }

  #settle(task: Task, status: Task['status'], more = ''): void {
    const { asked, id } = task
    task.status = status
    task.updatedAt = new Date().toISOString()
    task.more =
      asked.size > 0
        ? `"inputRequests":${JSON.stringify(Object.fromEntries(asked))}`
        : more
    for (const { ids, tell } of this.#listeners) {
      if (ids.includes(id)) tell(write(task))
    }
  }
}

const isOver = ({ status }: Task) =>
  status === 'completed' || status === 'cancelled' || status === 'failed'

function write({ id, status, createdAt, updatedAt, more }: Task): string {
  return (
    `"taskId":"${id}","status":"${status}","createdAt":"${createdAt}",` +
    `"lastUpdatedAt":"${updatedAt}","ttlMs":600000,"pollIntervalMs":50` +
    (more && `,${more}`)
  )
}

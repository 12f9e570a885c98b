// The output of an answer from the audit: rows to every requested target.
// In: a query and its targets. Out: text, and the exit code.
// INVARIANT: files appear only when the answer is complete; the search ends
// when no reader is left.

import type { AuditRecord } from '../../contract/audit.ts'
import { plain } from '../../diagnostics/shown.ts'
import type { Call } from '../../trail/calls.ts'
import { type Query, queryCalls, queryRecords } from '../../trail/query.ts'
import { makeRow } from '../../trail/row.ts'
import type { ScanCount } from '../../trail/scan.ts'
import { Top, type TopField } from '../../trail/top.ts'
import { withProgress } from '../progress.ts'
import type { Target } from '../reports.ts'
import { say } from '../say.ts'
import type { Io } from '../verb.ts'
import {
  makeGroupWriter,
  makeRecordWriter,
  makeRowWriter,
  type QueryForm,
  type Writer,
} from './forms.ts'
import { openOutput } from './output.ts'

export interface Showing
  extends Pick<Query, 'live' | 'span' | 'filter' | 'follow'> {
  readonly limit: number | undefined
  readonly targets: readonly Target<QueryForm>[]
}

export async function showCalls(asked: Showing, io: Io): Promise<number> {
  const broken = new Set<Call>()
  // Made when it is shown, because a limit shows only a few of many.
  const make = (form: QueryForm): Writer<Call> => {
    const writer = makeRowWriter(form)
    const add = (call: Call) => {
      const row = makeRow(call)
      if (!row) broken.add(call)
      return row ? writer.add(row) : plain``
    }
    return { ...writer, add }
  }
  return new Outputs(asked, make, io).run(
    (take, hooks) => queryCalls({ ...asked, ...hooks }, !asked.follow, take),
    () => broken.size,
  )
}

export async function showRecords(
  asked: Showing,
  events: readonly string[],
  io: Io,
): Promise<number> {
  return new Outputs<AuditRecord>(asked, makeRecordWriter, io).run(
    (take, hooks) => queryRecords({ ...asked, ...hooks }, events, take),
  )
}

const MAX_GROUPS = 20

export async function showTop(
  asked: Showing,
  field: TopField,
  io: Io,
): Promise<number> {
  const { limit = MAX_GROUPS, ...rest } = asked
  const make = (form: QueryForm) => makeGroupWriter(form, field)
  return new Outputs({ ...rest, limit: undefined }, make, io).run(
    async (take, hooks) => {
      const top = new Top(field)
      // The order does not matter for a count.
      const count = await queryCalls(
        { ...rest, ...hooks },
        false,
        (call, main) => top.add(call, main),
      )
      const { groups, rest: left } = top.list(limit)
      for (const group of groups) take(group)
      if (left > 0) say(io.stderr, plain`${left} more: use a larger --limit\n`)
      if (top.short > 0) {
        say(
          io.stderr,
          plain`too many values to count each: a count may be too low by ${top.short}\n`,
        )
      }
      return count
    },
  )
}

type Hooks = Pick<Query, 'pause' | 'idle' | 'done'>

/** The output of one answer to every target. */
class Outputs<T> {
  readonly #showing: Showing
  readonly #io: Io
  readonly #targets: readonly {
    readonly sink: ReturnType<typeof openOutput>
    readonly writer: Writer<T>
  }[]
  /** While a limit waits for the last rows. */
  #held: boolean
  #last: T[] = []
  #found = 0

  constructor(showing: Showing, make: (form: QueryForm) => Writer<T>, io: Io) {
    this.#showing = showing
    this.#io = io
    this.#held = showing.limit !== undefined
    this.#targets = showing.targets.map((target) => ({
      sink: openOutput(target, io),
      writer: make(target.form),
    }))
  }

  /** `countBroken`: counts rows that are found broken when they are shown. */
  async run(
    search: (take: (one: T) => void, hooks: Hooks) => Promise<ScanCount>,
    countBroken = () => 0,
  ): Promise<number> {
    const { live, follow } = this.#showing
    try {
      for (const { sink, writer } of this.#targets) sink.write(writer.head)
      const look = () => search((one) => this.#take(one), this.#hooks)
      // Who follows waits for calls, not for us.
      const count = await (follow
        ? look()
        : withProgress('searching the audit', this.#io, look))
      this.#release()
      this.#flush()
      await this.#drain()
      for (const { sink } of this.#targets) sink.commit()
      if (this.#found === 0 && !follow) {
        say(this.#io.stderr, plain`no match in ${live}\n`)
      }
      count.damaged += countBroken()
      return tellDamage(count, this.#io)
    } catch (error) {
      for (const { sink } of this.#targets) sink.drop()
      throw error
    }
  }

  get #hooks(): Hooks {
    return {
      pause: () => this.#drain(),
      done: () => !this.#targets.every(({ sink }) => sink.open),
      idle: () => {
        this.#release()
        this.#flush()
        void this.#drain()
      },
    }
  }

  #take(one: T): void {
    this.#found++
    if (!this.#held) return this.#write(one)
    const { limit = 0 } = this.#showing
    this.#last.push(one)
    // Twice as many, so that the oldest are dropped in bulk.
    if (this.#last.length >= 2 * limit) {
      this.#last.splice(0, this.#last.length - limit)
    }
  }

  #release(): void {
    const { limit = 0 } = this.#showing
    if (limit > 0) for (const one of this.#last.slice(-limit)) this.#write(one)
    this.#last = []
    this.#held = false
  }

  #write(one: T): void {
    for (const { sink, writer } of this.#targets) sink.write(writer.add(one))
  }

  #flush(): void {
    for (const { sink, writer } of this.#targets) sink.write(writer.flush())
  }

  async #drain(): Promise<void> {
    for (const { sink } of this.#targets) await sink.drain()
  }
}

/** Returns the exit code. */
export function tellDamage({ damaged, first }: ScanCount, io: Io): number {
  if (damaged === 0) return 0
  const place = first ? `, the first at ${first.path}:${first.line}` : ''
  const lines = damaged === 1 ? '1 line is' : `${damaged} lines are`
  say(
    io.stderr,
    plain`${lines} not a record${place}; see \`gateway audit verify\`\n`,
  )
  return 1
}

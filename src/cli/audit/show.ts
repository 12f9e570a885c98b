// An answer from the audit on its way out: rows to every place asked for.
// In: a query and its targets. Out: text, and the exit code.
// INVARIANT: files appear only when the answer is whole; nobody reads on means
// that nothing more is searched.

import type { AuditRecord } from '../../contract/audit.ts'
import { plain } from '../../diagnostics/shown.ts'
import type { Target } from '../reports.ts'
import { say } from '../say.ts'
import type { Io } from '../verb.ts'
import type { Call } from './calls.ts'
import {
  makeGroupWriter,
  makeRecordWriter,
  makeRowWriter,
  type QueryForm,
  type Writer,
} from './forms.ts'
import { type Query, queryCalls, queryRecords } from './query.ts'
import { makeRow } from './row.ts'
import type { ScanCount } from './scan.ts'
import { openSink } from './sink.ts'
import { Top, type TopField } from './top.ts'

export interface Showing
  extends Pick<Query, 'live' | 'span' | 'filter' | 'follow'> {
  readonly limit: number | undefined
  readonly targets: readonly Target<QueryForm>[]
}

export async function showCalls(asked: Showing, io: Io): Promise<number> {
  const broken = new Set<Call>()
  // Made when it is shown: of many, a limit shows few.
  const make = (form: QueryForm): Writer<Call> => {
    const writer = makeRowWriter(form)
    const add = (call: Call) => {
      const row = makeRow(call)
      if (!row) broken.add(call)
      return row ? writer.add(row) : plain``
    }
    return { ...writer, add }
  }
  const outputs = openOutputs(asked, make, io, () => broken.size)
  return outputs.run((take: (call: Call) => void, hooks) =>
    queryCalls({ ...asked, ...hooks }, !asked.follow, take),
  )
}

export async function showRecords(
  asked: Showing,
  events: readonly string[],
  io: Io,
): Promise<number> {
  const outputs = openOutputs(asked, makeRecordWriter, io)
  return outputs.run((take: (record: AuditRecord) => void, hooks) =>
    queryRecords({ ...asked, ...hooks }, events, take),
  )
}

const MOST_GROUPS = 20

export async function showTop(
  asked: Showing,
  field: TopField,
  io: Io,
): Promise<number> {
  const { limit = MOST_GROUPS, ...rest } = asked
  const make = (form: QueryForm) => makeGroupWriter(form, field)
  const outputs = openOutputs({ ...rest, limit: undefined }, make, io)
  return outputs.run(async (take, hooks) => {
    const top = new Top(field)
    // Their order is of no matter to a count.
    const count = await queryCalls({ ...rest, ...hooks }, false, (call, main) =>
      top.add(call, main),
    )
    const { groups, rest: left } = top.list(limit)
    for (const group of groups) take(group)
    if (left > 0) say(io.stderr, plain`${left} more: raise --limit\n`)
    if (top.short > 0) {
      say(
        io.stderr,
        plain`too many to count each: a count may lack ${top.short}\n`,
      )
    }
    return count
  })
}

type Hooks = Pick<Query, 'pause' | 'idle' | 'done'>

function openOutputs<T>(
  { targets, limit, live, follow }: Showing,
  make: (form: QueryForm) => Writer<T>,
  io: Io,
  /** What turned out to be broken when it was to be shown. */
  countBroken = () => 0,
) {
  const outputs = targets.map((target) => ({
    sink: openSink(target, io),
    writer: make(target.form),
  }))
  const last: T[] = []
  let held = limit !== undefined
  let found = 0
  const write = (one: T) => {
    for (const { sink, writer } of outputs) sink.write(writer.add(one))
  }
  const take = (one: T) => {
    found++
    if (!held) return write(one)
    last.push(one)
    // Twice as many, so that the oldest go in bulk.
    if (last.length >= 2 * (limit ?? 0))
      last.splice(0, last.length - (limit ?? 0))
  }
  const release = () => {
    for (const one of last.slice(-(limit ?? 0))) write(one)
    last.length = 0
    held = false
  }
  const flush = () => {
    for (const { sink, writer } of outputs) sink.write(writer.flush())
  }
  const drain = async () => {
    for (const { sink } of outputs) await sink.drain()
  }
  const hooks: Hooks = {
    pause: drain,
    done: () => !outputs.every(({ sink }) => sink.open),
    idle: () => {
      release()
      flush()
      void drain()
    },
  }
  return {
    async run(
      search: (take: (one: T) => void, hooks: Hooks) => Promise<ScanCount>,
    ): Promise<number> {
      try {
        for (const { sink, writer } of outputs) sink.write(writer.head)
        const count = await search(take, hooks)
        release()
        flush()
        await drain()
        for (const { sink } of outputs) sink.commit()
        if (found === 0 && !follow) {
          say(io.stderr, plain`nothing of that in ${live}\n`)
        }
        count.damaged += countBroken()
        return tellDamage(count, io)
      } catch (error) {
        for (const { sink } of outputs) sink.drop()
        throw error
      }
    },
  }
}

/** Gives the exit code. */
export function tellDamage({ damaged, first }: ScanCount, io: Io): number {
  if (damaged === 0) return 0
  const place = first ? `, the first at ${first.path}:${first.line}` : ''
  const lines = damaged === 1 ? '1 line is' : `${damaged} lines are`
  say(
    io.stderr,
    plain`${lines} no record${place}; see \`gateway audit verify\`\n`,
  )
  return 1
}

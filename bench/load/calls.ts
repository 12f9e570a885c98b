// The calls of a case: their bytes, and whether an answer is the right one.
// In: a target, a case. Out: calls, one after the other.
// INVARIANT: ids are never used twice and small texts vary in length; each answer
// is held against its own call.

import { randomBytes } from 'node:crypto'
import { type Case, SHAPES } from '../cases.ts'
import type { WireMessage } from '../wire.ts'
import type { Request } from './line.ts'
import { ENVELOPE, type Target, takeId, writeRequest } from './target.ts'

export interface Call {
  readonly id: number
  /** Of the body at least. */
  readonly least: number
  /** Progress notifications before the answer. */
  readonly notes: number
  readonly isFile: boolean
  readonly request: Request
}

const filler = randomBytes(4_096).toString('hex')

/** Returns the next call of a connection; connections have numbers from 0. */
export function makeCalls(target: Target, asked: Case): (at: number) => Call {
  const { era, heads } = target
  const { method, tool, bytes } = asked
  if (target.isFile) {
    const call = { id: 0, least: 1_000, notes: 0, isFile: true }
    const request = { start: `${heads[0]}\r\n`, text: undefined, end: '' }
    return () => ({ ...call, request })
  }
  const isCall = method === 'tools/call'
  const { bytes: size = 0, notes = 0 } = SHAPES[tool] ?? {}
  const least = isCall ? size : 1_000
  const names = isCall ? listNames(target, tool) : ['']
  const long = bytes > 0 ? Buffer.from(fill(bytes)) : undefined
  const writeEnd = makeEnd(target, isCall, notes > 0)
  return (at) => {
    const id = takeId()
    const name = names[(id * 7_919) % names.length] ?? ''
    const from = (id * 131) % 8_000
    const text = filler.slice(from, from + 60 + ((id * 37) % 101))
    const before = isCall ? `"name":"${name}","arguments":{"text":"` : ''
    const body = `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{${before}`
    const head = heads[at % heads.length] ?? ''
    const end = writeEnd(id)
    const request = long
      ? writeRequest(head, era, method, name, body, long, end)
      : writeRequest(
          head,
          era,
          method,
          name,
          `${body}${isCall ? text : ''}${end}`,
        )
    return { id, least, notes, isFile: false, request }
  }
}

function fill(bytes: number): string {
  return filler.repeat(Math.ceil(bytes / filler.length)).slice(0, bytes)
}

/** `*`: every tool that has a number. */
function listNames({ name, tools }: Target, tool: string): readonly string[] {
  const names = [...tools]
    .filter(([own]) => (tool === '*' ? own.startsWith('tool_') : own === tool))
    .map(([, name]) => name)
  if (names.length === 0) throw new Error(`${name} lists no tool ${tool}`)
  return names
}

/** What comes after the text. */
function makeEnd(
  { era }: Target,
  isCall: boolean,
  hasNotes: boolean,
): (id: number) => string {
  const meta = JSON.stringify(era === 'modern' ? ENVELOPE : {})
  const rest = meta === '{}' ? '}' : `,${meta.slice(1)}`
  const before = isCall ? '"}' : ''
  if (hasNotes) {
    return (id) => `${before},"_meta":{"progressToken":${id}${rest}}}`
  }
  const comma = isCall ? ',' : ''
  const end =
    era === 'modern' ? `${before}${comma}"_meta":${meta}}}` : `${before}}}`
  return () => end
}

const FAILED = /"error":|"isError":true/

export function isAnswer(call: Call, message: WireMessage): boolean {
  const { id, least, notes, isFile } = call
  if (!message.head.startsWith('HTTP/1.1 200 ')) return false
  if (message.size < least) return false
  if (isFile) return true
  const start = message.start()
  const end = message.end()
  if (FAILED.test(start) || FAILED.test(end)) return false
  if (!hasId(start, id) && !hasId(end, id)) return false
  return notes === 0 || countNotes(message.text(), id) === notes
}

function hasId(text: string, id: number): boolean {
  return text.includes(`"id":${id},`) || text.includes(`"id":${id}}`)
}

/** Progress notifications with the token of the call. */
function countNotes(text: string, id: number): number {
  const own = `"progressToken":${id},`
  let count = 0
  for (let at = text.indexOf(own); at !== -1; at = text.indexOf(own, at + 1)) {
    count++
  }
  return count
}

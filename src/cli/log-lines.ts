// An event of the log as lines for a person.
// In: an event of pino, parsed. Out: `TIME level server: message: details`.
// INVARIANT: what others wrote stays in its line; only a list and the stack of
// a bug take more lines, each indented.

import {
  type Plain,
  paint,
  plain,
  plainLines,
  type Tone,
} from '../diagnostics/shown.ts'

type Event = Readonly<Record<string, unknown>>

const TONES: Readonly<Record<string, Tone>> = Object.freeze({
  error: 'bad',
  fatal: 'bad',
  warn: 'warn',
  debug: 'faint',
})

/** Told before the details, or not at all. */
const TOLD: ReadonlySet<string> = new Set(['time', 'level', 'server', 'msg'])

export function renderEvent(event: Event): Plain {
  const { time, level, server, msg } = event
  const word = String(level)
  const tone = TONES[word]
  const padded = word.padEnd(5)
  const details = Object.entries(event).filter(([key]) => !TOLD.has(key))
  const parts = [
    ...(server === undefined ? [] : [String(server)]),
    String(msg ?? ''),
    joinDetails(details),
  ]
  const text = parts.filter((part) => part !== '').join(': ')
  const head = plain`${paint('faint', String(time))} ${tone ? paint(tone, padded) : padded}`
  const more = details.flatMap(([key, value]) => listMore(key, value))
  return plain`${head} ${text}\n${plainLines(more.map((line) => `  ${line}`))}`
}

/** The reason is the first of them, whatever its place. */
function joinDetails(details: readonly (readonly [string, unknown])[]): string {
  const reason = details.find(([key]) => key === 'reason')
  const others = details.filter(([key]) => key !== 'reason')
  return [...(reason ? [reason] : []), ...others]
    .flatMap(([key, value]) => describe(key, value))
    .join(', ')
}

function describe(key: string, value: unknown): readonly string[] {
  if (key === 'err' || Array.isArray(value)) return []
  if (key === 'reason') return [String(value)]
  if (key === 'said') return [`it says: ${value}`]
  if (key === 'ms') return [`${(Number(value) / 1_000).toFixed(1)} s`]
  if (typeof value === 'number') {
    return [`${value} ${value === 1 ? key.replace(/s$/, '') : key}`]
  }
  return [`${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`]
}

function listMore(key: string, value: unknown): readonly string[] {
  if (key === 'err') {
    const { stack, message } = Object(value) as Record<string, unknown>
    return String(stack ?? message).split('\n')
  }
  return Array.isArray(value) ? value.map(String) : []
}

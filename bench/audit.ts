// Holds the audit file against the calls that were made.
// In: its path. Out: how many of each, and what is amiss.
// INVARIANT: read to the last line after the gateway has ended; a call has
// one intent and one outcome, no more.

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

export interface Tally {
  readonly intents: number
  readonly outcomes: number
  /** Calls that have not exactly one of each, or did not end well. */
  readonly amiss: number
}

interface Line {
  readonly event: string
  readonly requestId: string
  readonly method?: string
  readonly outcome?: string
}

export async function tallyAudit(file: string): Promise<Tally> {
  const open = new Set<string>()
  let intents = 0
  let outcomes = 0
  let amiss = 0
  for await (const text of createInterface(createReadStream(file))) {
    const line = JSON.parse(text) as Line
    if (line.method !== 'tools/call') continue
    if (line.event === 'intent') {
      intents++
      if (open.has(line.requestId)) amiss++
      open.add(line.requestId)
    } else if (line.event === 'outcome') {
      outcomes++
      if (!open.delete(line.requestId) || line.outcome !== 'ok') amiss++
    } else {
      amiss++
    }
  }
  return { intents, outcomes, amiss: amiss + open.size }
}

/** Throws unless every one of `calls` is on record, once. */
export function judgeTally(tally: Tally, calls: number): void {
  const { intents, outcomes, amiss } = tally
  if (intents === calls && outcomes === calls && amiss === 0) return
  throw new Error(
    `the audit is wrong: ${calls} calls, ${intents} intents, ` +
      `${outcomes} outcomes, ${amiss} amiss`,
  )
}

// What is called in a month: working days, one night job, one agent that runs
// away.
// In: a source of chance. Out: calls in order of time.
// INVARIANT: nothing is called on a weekend but what is scheduled.

import type { Chance } from '../trail/chance.ts'
import { DEVELOPERS, HABITS, LEAVER, RUNAWAY } from './cast.ts'

export interface PlannedCall {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Key of the token. */
  readonly by: string
  readonly client: string
  /** Of the trace that names the conversation. */
  readonly conversation: string
  /** As clients see it. */
  readonly name: string
  readonly args: object
}

const MINUTE_MS = 60_000
const DAYS = 30
const HAMMERED = 400

export function planCalls(chance: Chance): readonly PlannedCall[] {
  const draw = () =>
    Array.from({ length: 32 }, () => chance(16).toString(16)).join('')
  const planned: PlannedCall[] = []
  for (let day = 1; day <= DAYS; day++) {
    const midnight = Date.UTC(2026, 10, day)
    const weekday = new Date(midnight).getUTCDay()
    if (weekday !== 0 && weekday !== 6) {
      for (const [team, people] of Object.entries(DEVELOPERS)) {
        for (const by of people) {
          if (by === LEAVER && day > 27) continue
          const habits = HABITS[team] ?? []
          planned.push(...work(chance, { by, midnight, habits }, draw))
        }
      }
    }
    planned.push(call(midnight + 2 * 60 * MINUTE_MS, draw()))
  }
  planned.push(...runAway(draw()))
  return planned.sort((a, b) => a.at - b.at)
}

const CLIENTS = ['claude-code', 'cursor', 'vscode']

/** At most one conversation a day, of a few calls. */
function work(
  chance: Chance,
  day: { by: string; midnight: number; habits: readonly string[] },
  draw: () => string,
): readonly PlannedCall[] {
  const { by, midnight, habits } = day
  if (chance(3) === 0) return []
  const conversation = draw()
  const client = CLIENTS[by.length % 3] as string
  let at = midnight + (8 * 60 + chance(9 * 60)) * MINUTE_MS
  return Array.from({ length: 1 + chance(4) }, () => {
    at += 2_000 + chance(90_000)
    const name = habits[chance(habits.length)] as string
    return { at, by, client, conversation, name, args: { owner: 'acme' } }
  })
}

/** The leaver's job, each night. */
function call(at: number, conversation: string): PlannedCall {
  const by = `${LEAVER} by night`
  const name = 'linear__list_issues'
  return { at, by, client: 'cron', conversation, name, args: {} }
}

/** Two minutes, a call each 300 ms. */
function runAway(conversation: string): readonly PlannedCall[] {
  const begin = Date.UTC(2026, 10, 19, 14, 5)
  const name = 'linear__update_issue'
  const rest = { by: RUNAWAY, client: 'claude-code', conversation, name }
  return Array.from({ length: HAMMERED }, (_, at) => ({
    ...rest,
    at: begin + at * 300,
    args: { owner: 'acme' },
  }))
}

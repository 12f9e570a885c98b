// Reads instants as people write them, for --since and --until.
// In: `2h`, `2026-11-24`, `yesterday`, `tuesday`, and the time now. Out:
// milliseconds since the epoch.
// INVARIANT: days are UTC days, as in the audit; `--until` a day is its end.

import { readDuration, readInstant } from '../contract/units.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'

export interface Span {
  /** Included. */
  readonly since: number
  /** Not included. */
  readonly until: number
}

const DAY_MS = 86_400_000

const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
]

export const WHEN =
  'a duration before now (2h, 7d), an instant, a day (2026-11-24), today, ' +
  'yesterday, or the last monday, tuesday, …; all in UTC'

export function readSpan(
  asked: { readonly since?: string; readonly until?: string },
  now: number,
): Span {
  const since =
    asked.since === undefined
      ? -Infinity
      : readWhen('--since', asked.since, now).from
  const until =
    asked.until === undefined
      ? Infinity
      : readWhen('--until', asked.until, now).to
  if (until <= since) {
    throw new Unanswerable(
      '--until is not after --since: no time is between them',
    )
  }
  return { since, until }
}

function readWhen(
  flag: string,
  text: string,
  now: number,
): { readonly from: number; readonly to: number } {
  const day = readDay(text.toLowerCase(), now)
  if (day !== undefined) return { from: day, to: day + DAY_MS }
  const duration = readDuration(text)
  const instant = duration === undefined ? readInstant(text) : now - duration
  if (instant === undefined) {
    throw new Unanswerable(`${flag} \`${text}\` is not ${WHEN}`)
  }
  return { from: instant, to: instant }
}

/** The start of the day; a weekday is the last one that has begun. */
function readDay(text: string, now: number): number | undefined {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  if (text === 'today') return today
  if (text === 'yesterday') return today - DAY_MS
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return readInstant(text)
  const weekday = WEEKDAYS.indexOf(text)
  if (weekday === -1) return undefined
  const back = (new Date(today).getUTCDay() - weekday + 7) % 7
  return today - back * DAY_MS
}

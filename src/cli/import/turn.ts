// An entry of a client as a server of the config.
// In: an entry, the key it gets, and what is known of this machine. Out: a
// draft, or undefined if nothing of it can be served.
// INVARIANT: turning an entry twice gives the same draft.

import { looksLikeCredential, quote } from '../../diagnostics/credential.ts'
import { EXPOSED_LENGTH } from '../../table/names.ts'
import type { Draft, Turning } from './draft.ts'
import { ask, type Dropped, drop, type Entry } from './entry.ts'
import { turnHttp } from './turn-http.ts'
import { turnStdio } from './turn-stdio.ts'

export function turnEntry(
  scene: Omit<Turning, 'remarks' | 'entry'>,
  written: Entry,
): Draft {
  const entry: Entry = {
    ...written,
    env: new Map(written.env),
    questions: new Map(written.questions),
    dropped: [...written.dropped],
  }
  const remarks = new Map<string, readonly string[]>()
  const turning = { ...scene, entry, remarks }
  const { command, url } = entry
  if (command === undefined && url === undefined && !isDropped(entry)) {
    drop(entry, '', 'it has neither a command nor an address')
  }
  if (command !== undefined && url !== undefined) {
    ask(entry, '', 'the file has a command and an address: which one?')
  }
  const own =
    url === undefined
      ? turnStdio(turning, command ?? '')
      : turnHttp(turning, url)
  const { type, ...members } = own
  const title = titleOf(turning)
  const timeout =
    entry.timeout === undefined ? {} : { timeout: toDuration(entry.timeout) }
  const { startupTimeout: start } = entry
  const startup =
    start === undefined ? {} : { startupTimeout: toDuration(start) }
  const server = {
    type,
    ...(title !== undefined && { title }),
    ...members,
    ...timeout,
    ...startup,
    ...(entry.disabled && { disabled: true }),
  }
  const { origin, allow, deny, questions, dropped } = entry
  const description = describe(turning)
  return {
    name: scene.name,
    origins: [origin],
    server,
    questions,
    remarks,
    dropped,
    ...(description !== undefined && { description }),
    ...(allow && { allow: patternsOf(entry, allow, 'allow', scene.name) }),
    ...(deny && { deny: patternsOf(entry, deny, 'deny', scene.name) }),
  }
}

/** What a role may name: a text without a sign of other pattern languages,
 * which the server's key before it does not make too long for clients. */
function patternsOf(
  entry: Entry,
  names: readonly string[],
  list: 'allow' | 'deny',
  server: string,
): readonly string[] {
  // Some clients write the server before the tool.
  const bare = names.map((name) =>
    name.startsWith(`${entry.name}/`)
      ? name.slice(entry.name.length + 1)
      : name,
  )
  const isPattern = (name: string) =>
    /^[\w.:/@-]+\*?$/.test(name) && !looksLikeCredential(name)
  const most = EXPOSED_LENGTH.most - `${server}-99__`.length
  for (const name of bare) {
    const shown = quote(name)
    if (!isPattern(name)) {
      drop(entry, LISTS[list], `${shown} is not a pattern of a role`)
    } else if (name.length > most) {
      const why = `${shown} is too long beside the key of the server: write a shorter key, or rename it`
      drop(entry, LISTS[list], why)
    }
  }
  const fits = (name: string) => isPattern(name) && name.length <= most
  return [...new Set(bare.filter(fits))]
}

const LISTS = Object.freeze({
  allow: 'tools that may be called',
  deny: 'tools that may not be called',
})

export function isDropped({
  dropped,
}: {
  readonly dropped: readonly Dropped[]
}): boolean {
  return dropped.some(({ key }) => key === '')
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu

/** The name for people, where the key does not say it. */
function titleOf({ entry, name, variables }: Turning): string | undefined {
  const written = (entry.title ?? entry.name).replaceAll(INVISIBLE, '').trim()
  const title = [...written].slice(0, 64).join('').slice(0, 64).trim()
  if (title === '' || title === name || variables.isIn(title)) return undefined
  return /[\ud800-\udfff]$/.test(title) && !/[\udc00-\udfff]$/.test(title)
    ? title.slice(0, -1)
    : title
}

function describe({ entry, variables }: Turning): string | undefined {
  const { description } = entry
  if (description === undefined || variables.isIn(description)) return undefined
  const line = description.replaceAll(/\s+/g, ' ').trim()
  return line.length > 160 ? `${line.slice(0, 157)}…` : line
}

function toDuration(milliseconds: number): string {
  const whole = Math.max(1, Math.round(milliseconds))
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const
  const [unit, worth] = units.find(([, one]) => whole % one === 0) ?? ['ms', 1]
  return `${whole / worth}${unit}`
}

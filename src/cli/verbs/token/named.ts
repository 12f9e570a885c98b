// The tokens that a command names: by ids, a subject, a team, an instant.
// In: words of the command line, records of the tokens file. Out: ids.
// INVARIANT: a whole token counts as its id, and its secret is never printed.

import { readInstant } from '../../../contract/units.ts'
import { suggest, suggestHelp } from '../../../diagnostics/suggest.ts'
import { Unanswerable } from '../../../diagnostics/unanswerable.ts'
import { TOKEN_PATTERN } from '../../../table/token.ts'
import type { TokenRows } from '../../tokens-store.ts'

export interface Named {
  readonly ids: readonly string[]
  readonly subject: string | undefined
  readonly team: string | undefined
  /** Only tokens that were created before this instant, in milliseconds. */
  readonly before: number | undefined
}

/** After a leak operators paste a whole token. */
export function readId(text: string): string {
  if (!text.startsWith('gwt_')) return text
  const id = TOKEN_PATTERN.exec(text)?.[1]
  if (id === undefined)
    throw new Unanswerable('that is neither a token nor an id')
  return id
}

/** A future instant would revoke tokens that are not issued yet. */
export function readBefore(
  text: string | undefined,
  now: number,
): number | undefined {
  if (text === undefined) return undefined
  const instant = readInstant(text)
  if (instant === undefined) {
    throw new Unanswerable(
      `--all-before ${text} is not an instant such as 2026-11-22T18:00:00Z`,
    )
  }
  if (instant <= now) return instant
  throw new Unanswerable(`--all-before ${text} is in the future`)
}

/** Names that no record has, with similar names. */
export function findUnknown(
  { ids, subject, team }: Named,
  rows: TokenRows,
  file: string,
): readonly string[] {
  return [
    ...ids.flatMap((id) => findUnknownId(id, rows, file)),
    ...unknown('subject', subject, valuesOf(rows, 'subject'), file),
    ...unknown('team', team, valuesOf(rows, 'team'), file),
  ]
}

export function selectIds(named: Named, rows: TokenRows): readonly string[] {
  return Object.keys(rows).filter(
    (id) => named.ids.includes(id) || matches(rows[id], named),
  )
}

/** A token must match all of them. */
function matches(
  row: Readonly<object> = {},
  { subject, team, before }: Named,
): boolean {
  if (subject === undefined && team === undefined && before === undefined) {
    return false
  }
  const { created, ...own } = row as Readonly<Record<string, unknown>>
  return (
    (subject === undefined || own.subject === subject) &&
    (team === undefined || own.team === team) &&
    (before === undefined || Date.parse(String(created)) < before)
  )
}

function valuesOf(rows: TokenRows, key: string): readonly string[] {
  const values = Object.values(rows).map((row) => row[key as keyof typeof row])
  return [...new Set(values.filter((v) => typeof v === 'string'))]
}

function findUnknownId(
  id: string,
  rows: TokenRows,
  file: string,
): readonly string[] {
  if (Object.hasOwn(rows, id)) return []
  const { length } = Object.keys(rows)
  const meant =
    suggestId(id, rows) ?? `\`gateway token list\` lists all ${length}`
  return [
    `${file} has no token \`${id}\`; nothing was written`,
    `help: ${meant}`,
    'help: revoke a token of `tokens.grants` by hand, in the config',
  ]
}

/** An id is random: a similar one is shown with its holder, because the id
 * alone is no help. */
export function suggestId(id: string, rows: TokenRows): string | undefined {
  const ids = Object.keys(rows)
  const begun =
    id.length < SHORTEST ? [] : ids.filter((one) => one.startsWith(id))
  const near = begun.length > 0 ? begun : [suggest(id, ids) ?? []].flat()
  const told = near.slice(0, FEW).map((one) => {
    const { subject } = Object(rows[one]) as { readonly subject?: unknown }
    return typeof subject === 'string'
      ? `\`${one}\` of ${subject}`
      : `\`${one}\``
  })
  if (valuesOf(rows, 'subject').includes(id)) {
    return `\`${id}\` is a subject: give --subject ${id}`
  }
  return told.length > 0 ? `did you mean ${told.join(' or ')}?` : undefined
}

/** Fewer characters begin many ids; a longer list does not help. */
const SHORTEST = 3
const FEW = 3

const NO_RECORD =
  'help: whoever comes by the login of the company has no record: add --gateway URL, for each gateway'

function unknown(
  what: string,
  name: string | undefined,
  known: readonly string[],
  file: string,
): readonly string[] {
  if (name === undefined || known.includes(name)) return []
  return [
    `${file} has no ${what} \`${name}\`; nothing was written`,
    `help: ${suggestHelp(name, known, 'in the file')}`,
    ...(what === 'subject' ? [NO_RECORD] : []),
  ]
}

// Old and new texts of locked definitions, for a reviewer.
// In: one definition that changed, and both sides. Out: each text that differs.
// INVARIANT: one line for each side, of at most MOST characters; invisible
// signs are written as codes; no credential, not even the end of one.

import type { Definition } from '../../contract/lock.ts'
import type { Artefact } from '../../contract/table.ts'
import { maskCredentials } from '../../diagnostics/credential.ts'
import { formatUnseen } from '../../diagnostics/unseen.ts'
import { type Drift, LIST_OF } from '../../table/drift.ts'
import { nameOf } from '../../table/lock.ts'

/** Null if a side has no such text. */
export interface TextChange {
  /** `description`, `inputSchema/properties/owner/description`. */
  readonly path: string
  readonly before: string | null
  readonly after: string | null
}

interface Locked {
  readonly base: Pick<Artefact, 'definitions'> | null
  readonly head: Pick<Artefact, 'definitions'>
}

/** Characters of a side; texts of a definition; characters read beside the
 * first difference, more than any credential has. */
const MAX = 160
const FEW = 8
const BESIDE = 256
const READ = 4096

/** Members whose texts a model reads. */
const WORDS: readonly string[] = ['description', 'title', 'instructions']

export function listTextChanges(
  drift: Drift,
  { base, head }: Locked,
): readonly TextChange[] {
  if (drift.change !== 'changed') return []
  const [old, now] = [base, head].map((side) => readTexts(drift, side))
  const paths = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])
  return [...paths]
    .filter((path) => old?.get(path) !== now?.get(path))
    .sort()
    .slice(0, FEW)
    .map((path) => ({
      path: formatUnseen(path).slice(0, MAX),
      ...formatSides(old?.get(path), now?.get(path)),
    }))
}

/** "description was: …" and "description now: …", on a line each. */
export function formatTextChanges(
  changes: readonly TextChange[],
): readonly string[] {
  return changes.flatMap(({ path, before, after }) => [
    `  ${path} was: ${before ?? '(none)'}`,
    `  ${path} now: ${after ?? '(none)'}`,
  ])
}

function readTexts(
  { server, kind, name }: Drift,
  side: Locked['head'] | null,
): ReadonlyMap<string, string> {
  const locked = side && Object.hasOwn(side.definitions, server)
  const whole = locked ? side.definitions[server] : undefined
  if (!whole) return new Map()
  if (kind === 'server') {
    const { instructions, serverInfo } = whole
    return walk({ instructions, serverInfo })
  }
  const list = LIST_OF[kind]
  return walk(whole[list].find((one) => nameOf(list, one) === name) ?? {})
}

/** Without recursion, because a deep value could exhaust the stack. */
function walk(definition: Definition): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  const open: (readonly [string, unknown])[] = [['', definition]]
  for (const [at, value] of open) {
    if (typeof value !== 'object' || value === null) continue
    for (const [key, member] of Object.entries(value)) {
      const path = at === '' ? key : `${at}/${key}`
      if (typeof member !== 'string') open.push([path, member])
      else if (WORDS.includes(key)) texts.set(path, member)
    }
  }
  return texts
}

function formatSides(
  old: string | undefined,
  now: string | undefined,
): Pick<TextChange, 'before' | 'after'> {
  const at = findDifference(old ?? '', now ?? '')
  const [before = null, after = null] = [old, now].map((text) =>
    text === undefined ? null : excerpt(text, at),
  )
  return { before, after }
}

function findDifference(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let at = 0
  while (at < most && a[at] === b[at]) at++
  return at
}

/** From a little before the first difference. More is read before it, so that
 * the end of a credential is recognized as a part of one. */
function excerpt(text: string, at: number): string {
  const begin = Math.max(0, at - BESIDE)
  const read = text.slice(begin, at + READ)
  const lead = maskCredentials(read).slice(0, at - begin)
  const from = begin === 0 && at < MAX / 2 ? 0 : Math.max(0, lead.length - 40)
  const shown = formatUnseen(maskCredentials(read).slice(from))
  const cut = shown.length > MAX || begin + read.length < text.length
  return `${begin + from > 0 ? '…' : ''}${cut ? `${shown.slice(0, MAX - 1)}…` : shown}`
}

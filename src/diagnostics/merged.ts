// One finding for each cause: a shared part is written once, but used often.
// In: findings in order. Out: the first of each group, with a note of the rest.
// INVARIANT: findings with different texts at one place stay separate.

import type { Diagnostic, Note } from '../contract/diagnostic.ts'
import { joinPointer, showPath, splitPointer } from './pointer.ts'

export function mergeFindings(
  ordered: readonly Diagnostic[],
): readonly Diagnostic[] {
  const groups = new Map<string, Diagnostic[]>()
  for (const one of ordered) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first) return []
    const pointers = new Set(others.map(({ pointer }) => pointer))
    pointers.delete(first.pointer)
    if (pointers.size === 0) return [first]
    return [{ ...first, notes: [...first.notes, noteOf([...pointers])] }]
  })
}

/** Names in a note. */
const SHOWN = 3

function noteOf(pointers: readonly string[]): Note {
  const shown = pointers.slice(0, SHOWN).map(showPath)
  const more = pointers.length - SHOWN
  const rest = more > 0 ? [`${more} more`] : []
  const words = [...shown, ...rest]
  const last = words.pop()
  const others = words.length > 0 ? `${words.join(', ')} and ` : ''
  return { message: `the same in ${others}${last}` }
}

/** Place, code, and the text without the path of the member itself. */
function keyOf({ at, code, severity, pointer, message }: Diagnostic): string {
  if (!at || pointer.includes('#')) return `${pointer}\0${code}\0${message}`
  const { file, start } = at
  const parts = splitPointer(pointer)
  const said = parts.reduceRight<string>(
    (text, _, depth) =>
      text.replaceAll(
        showPath(joinPointer('', ...parts.slice(0, depth + 1))),
        '',
      ),
    message,
  )
  return [file, start.line, start.column, code, severity, said].join('\0')
}

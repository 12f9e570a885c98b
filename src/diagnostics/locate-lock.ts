// Places in the lock, which has one written form only.
// In: its text and a path: `servers`, a server, a list, a name. Out: a line.
// INVARIANT: reads only indentation and keys; reports no faults.

import type { Range } from '../contract/diagnostic.ts'
import { LOCK_FILE } from '../contract/lock.ts'
import { formatJson } from './shown.ts'

export function locateInLock(text: string, path: readonly string[]): Range {
  const lines = text.split('\n')
  let at = 0
  let depth = 1
  for (const key of path) {
    const found = lines.findIndex(
      (line, index) => index >= at && isAt(line, key, depth),
    )
    if (found === -1) break
    at = found
    depth += 1
  }
  const [, indent = ''] = /^(\s*)/.exec(lines[at] ?? '') ?? []
  return {
    file: LOCK_FILE,
    start: { line: at + 1, column: at === 0 ? 1 : indent.length + 1 },
  }
}

/** A member of that name, or a definition in a list. A definition's first
 * member is seldom its `name`, so a `name` at any depth below counts. */
function isAt(line: string, key: string, depth: number): boolean {
  const name = formatJson(key)
  const [, indent = '', rest = ''] = /^( *)(.*)$/.exec(line) ?? []
  if (depth < 4)
    return indent.length === 2 * depth && rest.startsWith(`${name}:`)
  return /^"(?:name|uriTemplate)": /.test(rest) && rest.includes(name)
}

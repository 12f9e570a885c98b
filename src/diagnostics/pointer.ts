// JSON pointers (RFC 6901): how findings and rules name a part of the config.
// In: path segments. Out: a pointer, and back.
// INVARIANT: splitPointer(joinPointer(...parts)) gives the parts.

import { quote } from './credential.ts'

/** `joinPointer('/roles', 'a/b')` → `/roles/a~1b`. */
export function joinPointer(
  base: string,
  ...parts: readonly (string | number)[]
): string {
  let pointer = base
  for (const part of parts) pointer += `/${escapePart(part)}`
  return pointer
}

export function splitPointer(pointer: string): readonly string[] {
  if (pointer === '') return []
  const parts = pointer.slice(1).split('/')
  if (!pointer.includes('~')) return parts
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** `/roles/reader/allow/github/0` → `` `roles.reader.allow.github[0]` ``. */
export function showPath(pointer: string): string {
  const parts = splitPointer(pointer).map((part, depth) =>
    /^\d+$/.test(part) ? `[${part}]` : depth === 0 ? part : `.${part}`,
  )
  return parts.length === 0 ? 'the config' : quote(parts.join(''))
}

function escapePart(part: string | number): string {
  const text = String(part)
  // Fast path: most parts are names, and every pointer comes here.
  if (!/[~/]/.test(text)) return text
  return text.replaceAll('~', '~0').replaceAll('/', '~1')
}

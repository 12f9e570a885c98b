// The key of each server in the config: W24.
// In: entries. Out: a valid name for each.
// INVARIANT: the same entries give the same names; a name is never changed in
// silence: what it was is the title.

import { guessName } from '../../check/guess.ts'
import type { Entry } from './entry.ts'
import { programOf } from './unwrap.ts'

export function nameEntry(
  entry: Entry,
  { isIn }: { readonly isIn: (text: string) => boolean },
): string {
  for (const read of [nameOfEntry, nameOfHost, nameOfPackage]) {
    const text = read(entry)
    const name = isIn(text) ? undefined : guessName(text)
    if (name !== undefined) return name
  }
  return 'server'
}

/** `github.com/acme/servers/tree/main/src/files`, `@acme/files` → `files`. */
function nameOfEntry({ name }: Entry): string {
  const isPath = /^(?:@[\w.-]+|[\w-]+\.[\w.-]+)(?:\/[\w.@-]+)+$/.test(name)
  return isPath ? name.slice(name.lastIndexOf('/') + 1) : name
}

/** `https://mcp.linear.app/sse` → `linear`. */
function nameOfHost({ url = '' }: Entry): string {
  if (!URL.canParse(url)) return ''
  const labels = new URL(url).hostname.split('.')
  if (labels.every((label) => /^\d*$/.test(label))) return ''
  return labels.filter((label) => !/^(?:mcp|api|www)$/.test(label))[0] ?? ''
}

/** `@modelcontextprotocol/server-filesystem@1.0.0` → `filesystem`. */
function nameOfPackage({ command = '', args }: Entry): string {
  const found = args.find((arg) =>
    /^@?[\w.-]+(?:\/[\w.-]+)?(?:@[\w.-]+)?$/.test(arg),
  )
  const [last = ''] = (found ?? programOf(command))
    .replace(/(?<=.)@.*$/, '')
    .split('/')
    .slice(-1)
  return last.replace(
    /^(?:mcp-server-|server-|mcp-)|(?:-mcp-server|-mcp)$/g,
    '',
  )
}

/** `github`, `github-2`: at most 32 signs, and none of `taken`. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : `-${number}`
    const free = name.slice(0, 32 - end.length).replace(/-+$/, '') + end
    if (!taken.has(free)) return free
  }
}

// One section of entries: server names resolved, each entry with its rule.
// In: an authored `allow`, `deny`, `on` or `tools`. Out: grants by server.
// INVARIANT: `rule` is the entry's own pointer, also after a hole.

import type { EntriesConfig, EntryConfig } from '../contract/entries.ts'
import type { Entry, Grants } from '../contract/table.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import type { LinkContext } from './context.ts'
import { resolveName } from './names.ts'

export function linkEntries(
  context: LinkContext,
  section: EntriesConfig | undefined,
  pointer: string,
): Grants {
  const servers = Object.keys(section ?? {})
  const grants = Object.entries(section ?? {}).flatMap(([server, list]) => {
    const rule = joinPointer(pointer, server)
    if (!resolveName(context, 'server', server, rule, servers)) return []
    const entries: Entry[] = []
    // forEach, unlike for…of, skips the holes that check left.
    list?.forEach((entry, index) => {
      entries.push(linkEntry(entry, joinPointer(rule, index)))
    })
    return [[server, { rule, entries }] as const]
  })
  return Object.fromEntries(grants)
}

function linkEntry(entry: EntryConfig, rule: string): Entry {
  if (typeof entry === 'string') return { tool: entry, rule }
  if ('resource' in entry) return { resource: entry.resource, rule }
  if ('prompt' in entry) return { prompt: entry.prompt, rule }
  const { tool } = entry
  return 'when' in entry ? { tool, when: entry.when, rule } : { tool, rule }
}

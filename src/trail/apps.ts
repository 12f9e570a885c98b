// Which tools a `ui://` resource belongs to, as the lock has it.
// In: an artefact. Out: a finder of tools by resource.
// INVARIANT: undefined, not empty, where nothing is locked.

import type { Artefact } from '../contract/table.ts'
import { readAppLink } from '../runtime/upstream/app-link.ts'
import type { FindApps } from '../table/replay.ts'

/** Of servers that are locked. */
export function makeAppFinder({ definitions }: Artefact): FindApps {
  const known = new Map<string, readonly string[]>()
  return (server, uri) => {
    if (!Object.hasOwn(definitions, server)) return undefined
    const key = `${server}\n${uri}`
    const told = known.get(key)
    if (told) return told
    const tools = (definitions[server]?.tools ?? []).flatMap((definition) => {
      const link = readAppLink(Buffer.from(JSON.stringify(definition)))
      return link?.resource === uri ? [String(definition.name)] : []
    })
    known.set(key, tools)
    return tools
  }
}

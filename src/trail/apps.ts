// The tools of a `ui://` resource, by the lock.
// In: an artefact. Out: a finder of tools by resource.
// INVARIANT: undefined, not empty, if nothing is locked.

import type { Artefact } from '../contract/table.ts'
import { readAppLink } from '../runtime/upstream/app-link.ts'
import type { FindApps } from '../table/replay.ts'

/** Only for locked servers. */
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

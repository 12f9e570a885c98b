// Exposed names: of locked tools; without a lock, of renamed and allowed ones.
// In: linked servers and roles. Out: collisions, and names clients refuse.
// INVARIANT: reports only certain findings; complete for locked servers.

import type { Diagnostic } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { joinPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import {
  EXPOSED_LENGTH,
  exposeName,
  isExposable,
  proposeName,
} from '../table/names.ts'
import type { Linked } from './context.ts'
import { pointTo } from './lock.ts'

interface Origin {
  readonly server: string
  readonly name: string
  /** Where the config names it. */
  readonly pointer: string
  readonly exposed: string
}

export function findExposureFaults(linked: Linked): readonly Diagnostic[] {
  return [listTools(linked), listPrompts(linked)].flatMap((origins) => {
    const unique = new Map(
      origins.map((one) => [joinPointer(one.server, one.name), one]),
    )
    const groups = groupByName([...unique.values()])
    return [...groups.values()].flatMap(([first, ...others]) =>
      first
        ? [
            ...judgeName(first, linked),
            ...others.map((other) => describeCollision(first, other)),
          ]
        : [],
    )
  })
}

function groupByName(origins: readonly Origin[]) {
  const groups = new Map<string, Origin[]>()
  for (const origin of origins) {
    groups.set(origin.exposed, [...(groups.get(origin.exposed) ?? []), origin])
  }
  return groups
}

/** Allowed by its full name, and renamed: the place of the rename comes last,
 * so that a finding shows it. */
function listTools({ servers, roles, lock }: Linked): readonly Origin[] {
  const allowed = Object.values(roles)
    .flatMap(({ allow }) => Object.entries(allow))
    .flatMap(([server, { entries }]) =>
      entries.flatMap((entry) =>
        'tool' in entry && !entry.tool.includes('*')
          ? [{ server, name: entry.tool, pointer: entry.rule }]
          : [],
      ),
    )
  const locked = listLocked(lock, 'tools')
  const renamed = Object.entries(servers).flatMap(([server, { rename }]) =>
    Object.keys(rename).map((name) => {
      const pointer = joinPointer('/servers', server, 'rename', name)
      return { server, name, pointer }
    }),
  )
  return [...locked, ...allowed, ...renamed].flatMap((origin) => {
    const server = servers[origin.server]
    if (!server) return []
    const { rename } = server
    const own = Object.hasOwn(rename, origin.name)
    const part = (own && rename[origin.name]) || origin.name
    return [{ ...origin, exposed: exposeName(server, part) }]
  })
}

function listPrompts({ servers, roles, lock }: Linked): readonly Origin[] {
  const locked = listLocked(lock, 'prompts').flatMap((origin) => {
    const to = servers[origin.server]
    return to ? [{ ...origin, exposed: exposeName(to, origin.name) }] : []
  })
  const allowed = Object.values(roles)
    .flatMap(({ allow }) => Object.entries(allow))
    .flatMap(([server, { entries }]) =>
      entries.flatMap((entry) => {
        const to = servers[server]
        if (!to || !('prompt' in entry) || entry.prompt.includes('*')) return []
        const { prompt: name, rule: pointer } = entry
        return [{ server, name, pointer, exposed: exposeName(to, name) }]
      }),
    )
  return [...locked, ...allowed]
}

function listLocked(lock: Linked['lock'], list: 'tools' | 'prompts') {
  return Object.entries(lock).flatMap(([server, names]) =>
    Object.keys(names[list]).map((name) => {
      return { server, name, pointer: pointTo(server, list, name) }
    }),
  )
}

function describeCollision(first: Origin, other: Origin): Diagnostic {
  const message = `${showOrigin(other)} and ${showOrigin(first)} are both exposed as ${quote(other.exposed)}`
  const notes = [
    { message: `${showOrigin(first)} is named here`, pointer: first.pointer },
  ]
  const proposal = `${other.server}_${other.name}`.replace(/[^\w-]/g, '_')
  const help = `rename one of them: \`rename: { '${other.name}': '${proposal}' }\` in server \`${other.server}\`, or give it a \`prefix\``
  return finding('GW3006', other.pointer, message, { notes, help })
}

function judgeName(origin: Origin, { servers }: Linked): readonly Diagnostic[] {
  const { server, name, exposed, pointer } = origin
  const shown = quote(exposed)
  if (!isExposable(exposed)) {
    const { most } = EXPOSED_LENGTH
    const why =
      exposed.length > most
        ? `${exposed.length} characters long, over ${most}`
        : 'not a letter or `_`, then letters, digits, `_` and `-`'
    const message = `${showOrigin(origin)} is exposed as ${shown}, which is ${why}`
    const part = proposeName(name, servers[server]?.prefix ?? '')
    const help = `write another name: \`rename: { '${name}': '${part}' }\` in server \`${server}\` for a tool, or write a shorter \`prefix\``
    return [finding('GW3007', pointer, message, { help })]
  }
  return []
}

function showOrigin({ server, name }: Origin): string {
  return quote(`${server}/${name}`)
}

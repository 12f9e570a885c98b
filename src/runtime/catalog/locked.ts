// The definitions of a locked server that clients get.
// INVARIANT: every text that clients get is the locked one; a definition that
// is not locked is not served.

import {
  LOCKED_LISTS,
  type Definition as Locked,
  type LockedList,
  type LockedServer,
} from '../../contract/lock.ts'
import type { Artefact } from '../../contract/table.ts'
import { compareDefinitions, isReworded } from '../../table/drift.ts'
import { nameOf } from '../../table/lock.ts'
import type { Catalog } from '../upstream/catalog.ts'
import { type Definition, makeDefinition } from '../upstream/definition.ts'

type Lists = Catalog['lists']

/** A difference between lock and list. `unlocked` and `withheld` are hidden;
 * `reworded` is served as locked. */
export interface LockDrift {
  readonly server: string
  readonly list: LockedList
  readonly name: string
  readonly what: 'unlocked' | 'gone' | 'reworded' | 'withheld'
  /** Members of the definition that differ. */
  readonly parts: readonly string[]
}

export interface Offered {
  readonly lists: Lists
  readonly drifts: readonly LockDrift[]
}

const LIVE = Object.freeze({
  tools: 'tools',
  prompts: 'prompts',
  resourceTemplates: 'templates',
} as const)

/** The lists that clients get of a server, and the differences from its lock. */
export function offerLists(
  { table, definitions }: Artefact,
  server: string,
  catalog: Catalog | undefined,
): Offered {
  const names = Object.hasOwn(table.lock, server)
    ? table.lock[server]
    : undefined
  const locked = definitions[server]
  const live = catalog?.lists
  if (table.servers[server]?.disabled) return { lists: NOTHING, drifts: [] }
  if (!names || !locked) return { lists: live ?? NOTHING, drifts: [] }
  const withhold = table.servers[server]?.drift !== 'warn'
  const drifts: LockDrift[] = []
  const judge = (list: LockedList) =>
    serveList(list, locked, names[list], live?.[LIVE[list]], (drift) => {
      drifts.push({ server, list, ...drift })
      return drift.what === 'withheld' && withhold
    })
  const lists = {
    tools: judge('tools'),
    prompts: judge('prompts'),
    templates: judge('resourceTemplates'),
    resources: live?.resources ?? [],
  }
  return { lists, drifts }
}

const NOTHING: Lists = Object.freeze({
  tools: [],
  prompts: [],
  resources: [],
  templates: [],
})

type Difference = Pick<LockDrift, 'name' | 'what' | 'parts'>

/** Calls `hides` for each difference; true hides the name. */
function serveList(
  list: LockedList,
  locked: LockedServer,
  digests: Readonly<Record<string, string>>,
  live: readonly Definition[] | undefined,
  hides: (drift: Difference) => boolean,
): readonly Definition[] {
  const listed = new Map((live ?? []).map((one) => [one.name, one]))
  for (const name of listed.keys()) {
    if (Object.hasOwn(digests, name)) continue
    hides({ name, what: 'unlocked', parts: [] })
  }
  return locked[list].flatMap((definition) => {
    const name = nameOf(list, definition)
    const now = listed.get(name)
    const served = writeDefinition(list, definition)
    // Before the server has answered, its lock is served.
    if (!live) return [served]
    if (!now) {
      hides({ name, what: 'gone', parts: [] })
      return []
    }
    if (now.digest() === digests[name]) return [served]
    const parts = compareDefinitions(definition, parse(now))
    const what = isReworded(parts) ? 'reworded' : 'withheld'
    return hides({ name, what, parts }) ? [] : [served]
  })
}

function parse({ bytes }: Definition): Locked {
  return JSON.parse(bytes.toString()) as Locked
}

/** Writes the name first, at known offsets: views replace it. */
function writeDefinition(list: LockedList, definition: Locked): Definition {
  const key = LOCKED_LISTS[list]
  const name = nameOf(list, definition)
  const quoted = JSON.stringify(name)
  const head = `{${JSON.stringify(key)}:`
  const { [key]: _name, ...rest } = definition
  const tail = JSON.stringify(rest).slice(1)
  const text = `${head}${quoted}${tail === '}' ? tail : `,${tail}`}`
  const nameStart = Buffer.byteLength(head)
  return makeDefinition(LIVE[list], {
    name,
    bytes: Buffer.from(text),
    nameStart,
    nameEnd: nameStart + Buffer.byteLength(quoted),
  })
}

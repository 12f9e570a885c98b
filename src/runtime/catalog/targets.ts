// The targets of exposed names and URIs, over all servers, with remarks for
// operators on hidden and renamed ones.
// INVARIANT: independent of the caller; targets that claim the same name keep
// their order.

import type { RoutingTable, Server } from '../../contract/table.ts'
import { exposeName, isExposable, proposeName } from '../../table/names.ts'
import type { Catalog } from '../upstream/catalog.ts'
import type { Definition } from '../upstream/definition.ts'
import type { Offered } from './locked.ts'

/** The server and upstream name of an exposed name or a URI. */
export interface Target {
  readonly server: string
  /** Upstream name, or the URI. */
  readonly name: string
  readonly exposed: string
  readonly definition: Definition
}

/** Exposed name → its targets, in order; almost always one. */
export type Targets = ReadonlyMap<string, readonly Target[]>

type List = keyof Catalog['lists']

/** Server → remarks for operators on its names. */
export type Remarks = Map<string, string[]>

export function gatherTargets(
  { servers }: RoutingTable,
  offers: ReadonlyMap<string, Offered>,
  list: List,
  remarks: Remarks,
): Targets {
  const targets = new Map<string, Target[]>()
  for (const [server, settings] of Object.entries(servers).sort(byName)) {
    const definitions = offers.get(server)?.lists[list] ?? []
    const names = new Naming(settings, list)
    for (const definition of definitions) {
      const { name } = definition
      const exposed = names.expose(name)
      if (exposed === undefined) continue
      const known = targets.get(exposed)
      const target = { server, name, exposed, definition }
      if (known) known.push(target)
      else targets.set(exposed, [target])
    }
    addRemarks(remarks, server, names.remarks)
  }
  for (const claims of targets.values()) {
    const [first, ...others] = claims
    if (!first || others.length === 0) continue
    const remark = describeClaims(claims, list)
    for (const server of new Set(claims.map((one) => one.server))) {
      addRemarks(remarks, server, [remark])
    }
  }
  return new Map([...targets].sort(byName))
}

function byName([a]: readonly [string, unknown], [b]: [string, unknown]) {
  return a < b ? -1 : 1
}

/** The exposed name. Only tools can be renamed. */
export function expose(server: Server, list: string, name: string): string {
  const { rename } = server
  const own = list === 'tools' && Object.hasOwn(rename, name)
  return exposeName(server, (own && rename[name]) || name)
}

/** Most remarks of a server; longest name in them. */
const MAX = 20
const LONGEST = 80

function addRemarks(
  remarks: Remarks,
  server: string,
  more: readonly string[],
): void {
  const known = remarks.get(server)
  if (known) known.push(...more.slice(0, MAX - known.length))
  else if (more.length > 0) remarks.set(server, more.slice(0, MAX))
}

/** The names of one list of one server. */
class Naming {
  readonly #settings: Server
  readonly #list: List
  readonly #hidden: string[] = []
  readonly #renamed: string[] = []

  constructor(settings: Server, list: List) {
    this.#settings = settings
    this.#list = list
  }

  /** Undefined where clients would reject the name. */
  expose(name: string): string | undefined {
    const list = this.#list
    if (list !== 'tools' && list !== 'prompts') return name
    const exposed = expose(this.#settings, list, name)
    const word = list === 'tools' ? 'tool' : 'prompt'
    if (!isExposable(exposed)) {
      this.#hidden.push(
        `${word} ${quote(name)} is hidden: ${quote(exposed)} is not a name that ` +
          `clients accept; ${this.#propose(name)}`,
      )
      return undefined
    }
    // Remarks on names that lose letters, not on replaced dots or slashes.
    if (/[^\x20-\x7e]/.test(name) && !this.#isRenamed(name)) {
      this.#renamed.push(
        `${word} ${quote(name)} is shown as ${quote(exposed)}; ` +
          this.#propose(name),
      )
    }
    return exposed
  }

  get remarks(): readonly string[] {
    return [...this.#hidden, ...this.#renamed]
  }

  #isRenamed(name: string): boolean {
    return this.#list === 'tools' && Object.hasOwn(this.#settings.rename, name)
  }

  #propose(name: string): string {
    if (this.#list !== 'tools') return 'give its server a shorter `prefix`'
    const { prefix } = this.#settings
    return formatRename(name, proposeName(name, prefix))
  }
}

function describeClaims(claims: readonly Target[], list: List): string {
  const [first, ...others] = claims as [Target, ...Target[]]
  const all = claims.map(({ server, name }) => quote(`${server}/${name}`))
  const what = `${quote(first.exposed)} is claimed by ${all.join(' and ')}`
  if (list === 'resources' || list === 'templates') {
    return (
      `${what}: whoever may read several says which in ` +
      `_meta["${CHOICE}"], or is denied all but one`
    )
  }
  const shown = `${what}: each caller is shown the first that it may use`
  if (list === 'prompts') return `${shown}; give one server a \`prefix\``
  const [other = first] = others
  const proposal = formatRename(
    other.name,
    proposeName(other.name, other.server, '_2'),
  )
  return `${shown}; in server ${quote(other.server)}, ${proposal}`
}

/** The member of `_meta` in which a client chooses a server for a URI. */
export const CHOICE = 'portcullis/server'

function formatRename(name: string, part: string): string {
  return `write \`rename: { ${JSON.stringify(clip(name))}: '${part}' }\``
}

function quote(name: string): string {
  return `\`${clip(name)}\``
}

function clip(name: string): string {
  return name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name
}

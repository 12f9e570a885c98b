// Which grants were used: by whom, how often, when last.
// In: records, an artefact. Out: uses, counted by entry, token and role.
// INVARIANT: a call counts for every entry that would have allowed it; memory
// is bounded by the distinct uses, not by the calls.

import type { AuditRecord } from '../contract/audit.ts'
import type { Artefact, Entry, Kind, RoutingTable } from '../contract/table.ts'
import { splitPointer } from '../diagnostics/pointer.ts'
import { lockedNames } from '../table/access.ts'
import { decide, type Grantee, matchingOf, whenOf } from '../table/decide.ts'
import { granteeOf } from '../table/expect.ts'
import { type HeldUse, listUsed } from '../table/narrow.ts'
import { type FindApps, isWhole, type RecordedUse } from '../table/replay.ts'
import { makeAppFinder } from './apps.ts'
import { isUse, readUse } from './uses.ts'

export interface EntryUse {
  /** Only '' for a resource, because the number of URIs has no bound. */
  readonly names: Set<string>
  calls: number
  last: string
}

export interface TokenUse {
  calls: number
  last: string
  /** Declaring roles of the entries that it used. */
  readonly roles: Set<string>
}

const MAX_KNOWN = 50_000

export class Usage {
  /** By rule. */
  readonly entries = new Map<string, EntryUse>()
  readonly tokens = new Map<string, TokenUse>()
  /** One of each use that a table can distinguish. */
  readonly uses = new Map<string, HeldUse>()
  calls = 0
  /** Allowed then, but not by this config. */
  refused = 0
  readonly #artefact: Artefact
  readonly #findApps: FindApps
  readonly #known = new Map<string, readonly Entry[]>()

  constructor(artefact: Artefact) {
    this.#artefact = artefact
    this.#findApps = makeAppFinder(artefact)
  }

  take(record: AuditRecord): void {
    const { event, tokenId, ts } = record
    if (event !== 'intent' || typeof tokenId !== 'string') return
    const token = this.#countToken(tokenId, ts)
    const use = isUse(record) ? readUse(record) : undefined
    if (!use) return
    this.calls++
    const entries = this.#find(record, tokenId, use)
    if (entries.length === 0) this.refused++
    for (const { rule } of entries) {
      token.roles.add(splitPointer(rule)[1] ?? '')
      const own = this.entries.get(rule)
      if (!own) continue
      own.calls++
      own.last = ts
    }
  }

  #countToken(tokenId: string, ts: string): TokenUse {
    const told = this.tokens.get(tokenId)
    const token = told ?? { calls: 0, last: ts, roles: new Set() }
    if (!told) this.tokens.set(tokenId, token)
    token.calls++
    token.last = ts
    return token
  }

  #find(
    record: AuditRecord,
    tokenId: string,
    use: RecordedUse,
  ): readonly Entry[] {
    const { method, roles = [] } = record
    const { server, name } = use
    const key = [tokenId, method, server, name, ...roles].join('\n')
    const told = use.args ? undefined : this.#known.get(key)
    if (told) return told
    const grantee = this.#findGrantee(record, tokenId)
    const found = use.kinds.flatMap((kind) => this.#add(grantee, use, kind))
    const entries = [...new Set(found)]
    if (!use.args) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear()
      this.#known.set(key, entries)
    }
    return entries
  }

  /** A removed token had the roles in its records. */
  #findGrantee({ roles = [] }: AuditRecord, tokenId: string): Grantee {
    const { table } = this.#artefact
    if (Object.hasOwn(table.tokens, tokenId)) {
      return granteeOf(table, { token: tokenId })
    }
    const known = roles.filter((role) => Object.hasOwn(table.roles, role))
    return { roles: known, tools: null, team: null, token: null }
  }

  #add(grantee: Grantee, use: RecordedUse, kind: Kind): readonly Entry[] {
    const { server, name, args } = use
    const held = { grantee, server, kind, name, args }
    if (kind !== 'resource' || !name.startsWith('ui://')) {
      return this.#addHeld(held)
    }
    const own = this.#addHeld(held)
    if (own.length > 0) return own
    // It is allowed together with a tool.
    const tools = this.#findApps(server, name) ?? []
    return tools.flatMap((tool) =>
      this.#addHeld({ ...held, kind: 'tool', name: tool, args: null }),
    )
  }

  #addHeld(recorded: HeldUse): readonly Entry[] {
    const { table } = this.#artefact
    const held = forgetParts(table, recorded)
    const { grantee, server, kind, name, args } = held
    const names = lockedNames(table, server, kind)
    if (names && !Object.hasOwn(names, name)) return []
    const judged = decide(table, grantee, server, kind, name, args ?? undefined)
    if (judged.verdict !== 'allow') return []
    const entries = listUsed(table, held)
    const rules = entries.map(({ rule }) => rule)
    const told = kind === 'resource' ? '' : name
    for (const rule of rules) {
      const own = this.entries.get(rule)
      if (own) own.names.add(told)
      else
        this.entries.set(rule, { names: new Set([told]), calls: 0, last: '' })
    }
    const { roles, tools, token } = grantee
    const whose = tools ? (token ?? '') : roles.join()
    const key = [whose, server, kind, told, args !== null, ...rules].join('\n')
    if (!this.uses.has(key)) this.uses.set(key, held)
    return entries
  }
}

/** Arguments that may be incomplete are treated as unknown. */
function forgetParts(table: RoutingTable, held: HeldUse): HeldUse {
  const { grantee, server, kind, name, args } = held
  const judging = (['allow', 'deny'] as const)
    .flatMap((side) => matchingOf(table, grantee, side, server, kind, name))
    .filter(whenOf)
  return args && isWhole(judging, args.value) ? held : { ...held, args: null }
}

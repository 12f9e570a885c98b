// Recorded calls under another config's table: the changed verdicts.
// In: records in order, an artefact. Out: changes, counted by principal, use
// and rule.
// INVARIANT: a call that was not recorded fully is not decided, but counted.

import type { AuditRecord } from '../contract/audit.ts'
import type { Artefact } from '../contract/table.ts'
import { type RecordedUse, type Replayed, replayUse } from '../table/replay.ts'
import { makeAppFinder } from './apps.ts'
import { type Holder, makeHolderFinder, type Standing } from './holders.ts'
import { LimitReplay, type LimitTally } from './limits.ts'
import { makeNameFinder } from './names.ts'
import { isUse, readUse } from './uses.ts'

/** Calls whose verdict changes in the same way. */
export interface Change {
  /** Id of the token, or of somebody who came by the login of the company. */
  readonly tokenId: string
  /** The holder; null: not recorded. */
  readonly subject: string | null
  /** The server; null: the change is of the token, for any use. */
  readonly server: string | null
  /** Name of the tool or prompt at that server, or the URI of the resource;
   * null with `server`. */
  readonly name: string | null
  /** The recorded decision; its values are those of audit.schema.json. */
  readonly was: string
  /** `allowed`, `denied`, `not in the lock`, `no such server`; or, for a
   * token, `token unknown`, `token revoked`, `token expired`, `token not
   * valid yet`. */
  readonly becomes: string
  /** JSON pointer of the rule in the new config; null: no rule decides. */
  readonly rule: string | null
  /** Place of the rule, `file:line:column`; null: not known. */
  readonly at: string | null
  /** Number of calls. */
  count: number
  /** Time of the first call: ISO 8601 in UTC, with milliseconds. */
  first: string
  /** Time of the last call: ISO 8601 in UTC, with milliseconds. */
  last: string
}

export interface Replay {
  /** Changed verdicts, those of most calls first. */
  readonly changes: readonly Change[]
  /** Recorded calls that rules decide, of a known token. */
  readonly calls: number
  /** Calls that this config could decide. */
  readonly judged: number
  /** Reason → number of calls. */
  readonly unjudged: Readonly<Record<string, number>>
  /** Changed calls beyond the groups that are listed. */
  readonly beyond: number
  /** Refusals by limits, recorded and with this config. */
  readonly limits: readonly LimitTally[]
}

const MAX_CHANGES = 50_000
const MAX_KNOWN = 50_000

const WHY = Object.freeze({
  arguments: 'arguments decide, but their values are not recorded',
  app: 'a user interface of a server that is not locked',
  kind: 'a completion for a prompt or a resource',
  name: 'the requested name is not recorded',
  unclear: 'the name was unknown, and not every server is locked',
  unlisted: 'the URI was unknown, and a lock contains no resources',
  withheld: 'withheld because of what the server listed then',
})

/** Words of a table for what no rule decides. */
const WORDS: Readonly<Partial<Record<Replayed['by'], string>>> = Object.freeze({
  lock: 'not in the lock',
  server: 'no such server',
})

export class CallReplay {
  readonly #artefact: Artefact
  readonly #findApps
  readonly #findHolder
  readonly #findNamed
  readonly #changes = new Map<string, Change>()
  readonly #known = new Map<string, Replayed>()
  readonly #unjudged: Record<string, number> = {}
  readonly #limits: LimitReplay
  #calls = 0
  #judged = 0
  #beyond = 0

  constructor(artefact: Artefact) {
    this.#artefact = artefact
    this.#findApps = makeAppFinder(artefact)
    this.#findHolder = makeHolderFinder(artefact.table)
    this.#findNamed = makeNameFinder(artefact.table)
    this.#limits = new LimitReplay(artefact.table)
  }

  take(record: AuditRecord): void {
    const { event, decision, limit, tokenId } = record
    this.#limits.watch(record)
    if (event !== 'intent' && event !== 'refusal') return
    // The principal is unknown, or it was not a call that a rule decides.
    if (typeof tokenId !== 'string' || decision === 'rejected') return
    if (!isUse(record)) return
    this.#calls++
    const use = readUse(record) ?? this.#findNamed(record)
    if (!use) return this.#leave('name')
    if (use === 'unclear' || use === 'unlisted') return this.#leave(use)
    // It was refused, and still would be.
    if (use === 'nothing') {
      this.#judged++
      return
    }
    const at = Date.parse(record.ts)
    const holder = this.#findHolder(tokenId, at, record.team)
    const allowed =
      decision === 'allowed' || (decision === 'limited' && limit !== 'refusals')
    if (holder.standing !== 'good') {
      this.#judged++
      if (allowed) this.#addToken(record, holder.standing)
      return
    }
    const replayed = this.#judge(record, holder, use)
    if (replayed.verdict === 'unjudged') {
      return this.#leave(replayed.by as keyof typeof WHY)
    }
    const now = replayed.verdict === 'allowed'
    if (now && decision === 'withheld') return this.#leave('withheld')
    this.#judged++
    if (now) this.#limits.admit(record, holder, use, at)
    if (now !== allowed) this.#addRule(record, use, replayed)
  }

  finish(): Replay {
    const changes = [...this.#changes.values()].sort(
      (a, b) => b.count - a.count || (keyOf(a) < keyOf(b) ? -1 : 1),
    )
    return {
      changes,
      calls: this.#calls,
      judged: this.#judged,
      unjudged: this.#unjudged,
      beyond: this.#beyond,
      limits: this.#limits.list(),
    }
  }

  /** Verdicts that depend on no argument are cached. */
  #judge(
    { method }: AuditRecord,
    { grantee, lineage, token }: Holder,
    use: RecordedUse,
  ): Replayed {
    const { table } = this.#artefact
    if (use.args) return replayUse(table, grantee, use, this.#findApps)
    const own = token?.id ?? `${lineage} ${grantee.team}`
    const key = [own, method, use.server, use.name].join('\n')
    const told = this.#known.get(key)
    if (told) return told
    const replayed = replayUse(table, grantee, use, this.#findApps)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, replayed)
    return replayed
  }

  #leave(why: keyof typeof WHY): void {
    const text = WHY[why]
    this.#unjudged[text] = (this.#unjudged[text] ?? 0) + 1
  }

  #addToken(record: AuditRecord, standing: Standing): void {
    const { tokenId = '', subject = null, decision = '' } = record
    this.#add(record.ts, {
      tokenId: tokenId ?? '',
      subject,
      server: null,
      name: null,
      was: decision,
      becomes:
        standing === 'not yet' ? 'token not valid yet' : `token ${standing}`,
      rule: null,
      at: null,
    })
  }

  #addRule(
    record: AuditRecord,
    { server, name }: RecordedUse,
    { verdict, rule, by }: Replayed,
  ): void {
    const { tokenId, subject = null } = record
    this.#add(record.ts, {
      tokenId: tokenId ?? '',
      subject,
      server,
      name,
      was: record.decision ?? '',
      becomes: WORDS[by] ?? verdict,
      rule,
      at: rule === null ? null : (this.#artefact.places[rule] ?? null),
    })
  }

  #add(ts: string, told: Omit<Change, 'count' | 'first' | 'last'>): void {
    const key = keyOf(told)
    const change = this.#changes.get(key)
    if (change) {
      change.count++
      change.last = ts
    } else if (this.#changes.size < MAX_CHANGES) {
      this.#changes.set(key, { ...told, count: 1, first: ts, last: ts })
    } else this.#beyond++
  }
}

function keyOf(change: Omit<Change, 'count' | 'first' | 'last'>): string {
  const { tokenId, server, name, was, becomes, rule } = change
  return [tokenId, server, name, was, becomes, rule].join('\n')
}

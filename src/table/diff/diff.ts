// The effect of a change of the config: a comparison of two artefacts.
// In: the base and the head. Out: changes of access, and other changes.
// INVARIANT: compares effects, never texts: a refactoring has no difference.

import type { Risk } from '../../contract/lock.ts'
import type { Artefact, RoutingTable } from '../../contract/table.ts'
import { judgeAccess, listUses } from '../access.ts'
import { type Drift, findDrift } from '../drift.ts'
import { granteeOf } from '../expect.ts'
import { judgeRisk, nameOf } from '../lock.ts'
import { diffAccess } from './access.ts'
import {
  diffGuardrails,
  type GuardrailChange,
  type Levels,
} from './guardrails.ts'
import { diffLimits, type LimitChange } from './limits.ts'
import { groupRows, type Row } from './rows.ts'
import { diffSecrets, type SecretMove } from './secrets.ts'
import { diffSettings, type SettingChange } from './settings.ts'
import { diffTokens, type TokenChange } from './tokens.ts'

export interface TableDiff {
  /** Digest of the table of the base; null if there was no config. */
  readonly base: string | null
  /** Digest of the table of the head. */
  readonly head: string
  /** Changes of access, the serious ones first. */
  readonly rows: readonly Row[]
  /** Roles that only have a new name: the old one, the new one. */
  readonly renamed: readonly (readonly [string, string])[]
  /** Tokens that are new, removed or changed. */
  readonly tokens: readonly (TokenChange & { readonly reach: Reach })[]
  /** Limits that differ. */
  readonly limits: readonly LimitChange[]
  /** Settings that differ: of servers, listeners, the audit and the like. */
  readonly settings: readonly SettingChange[]
  /** Secrets with a new destination. */
  readonly secrets: readonly SecretMove[]
  readonly definitions: readonly Drift[]
  /** Expectations and lints that differ. */
  readonly guardrails: readonly GuardrailChange[]
}

/** Data that is not in a table: the level of each lint. */
interface Lints {
  readonly base: Levels
  readonly head: Levels
}

/** The tools that a token may use. */
export interface Reach {
  /** Number of locked tools that it may use. */
  readonly tools: number
  /** Number of names and patterns of tools that it may use, for servers without
   * a lock. */
  readonly written: number
  /** Number of the locked tools by risk; a risk without tools is absent. */
  readonly risks: {
    /** Tools that may overwrite or delete, by their own annotations. */
    readonly destructive?: number
    /** Tools whose annotations do not say whether they are destructive. */
    readonly unknown?: number
    /** Tools that write but only add, by their own annotations. */
    readonly additive?: number
    /** Tools that change nothing, by their own annotations. */
    readonly 'read-only'?: number
  }
}

/** A base of null: there was no config. */
export function diffArtefacts(
  base: Artefact | null,
  head: Artefact,
  lints: Lints = { base: {}, head: {} },
): TableDiff {
  const old = base ?? emptyArtefact(head)
  const { changes, renamed } = diffAccess(old.table, head.table)
  return {
    base: base?.digest ?? null,
    head: head.digest,
    rows: groupRows(changes, old, head),
    renamed,
    tokens: diffTokens(old.table, head.table).map((change) => ({
      ...change,
      reach: measureReach(isGone(change) ? old : head, change.id),
    })),
    limits: diffLimits(old.table, head.table),
    settings: base ? diffSettings(old.table, head.table) : [],
    secrets: base ? diffSecrets(old.table, head.table) : [],
    definitions: findDrift(old.definitions, head.definitions),
    guardrails: base
      ? diffGuardrails(
          { table: base.table, lints: lints.base },
          { table: head.table, lints: lints.head },
        )
      : [],
  }
}

/** Whether anybody may use more, less, or under other conditions. */
export function changesAccess({ rows, tokens }: TableDiff): boolean {
  return rows.length + tokens.length > 0
}

export function isEmpty(diff: TableDiff): boolean {
  const { limits, settings, definitions, guardrails } = diff
  const others =
    limits.length + settings.length + definitions.length + guardrails.length
  return !changesAccess(diff) && others === 0
}

function isGone({ change }: TokenChange): boolean {
  return change === 'removed' || change === 'revoked'
}

function measureReach({ table, definitions }: Artefact, id: string): Reach {
  const grantee = granteeOf(table, { token: id })
  const reached = listUses([table]).filter(
    (use) => use.kind === 'tool' && judgeAccess(table, grantee, use).granted,
  )
  const locked = reached.filter((use) => use.locked)
  const risks: Partial<Record<Risk, number>> = {}
  for (const { server, name } of locked) {
    const tools = definitions[server]?.tools
    const risk = judgeRisk(tools?.find((one) => nameOf('tools', one) === name))
    risks[risk] = (risks[risk] ?? 0) + 1
  }
  const written = reached.length - locked.length
  return { tools: locked.length, written, risks }
}

/** The settings of the head, without any grantee. */
function emptyArtefact(head: Artefact): Artefact {
  const nobody = { roles: {}, teams: {}, limits: {}, tokens: {}, tests: {} }
  const table: RoutingTable = {
    ...head.table,
    ...nobody,
    servers: {},
    lock: {},
  }
  return { ...head, table, places: {}, definitions: {} }
}

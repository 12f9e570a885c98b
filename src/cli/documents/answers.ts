// What the verbs that answer a question print with `--report json`.
// In: nothing. Out: types, from which `npm run docs` writes schema/.
// INVARIANT: a member that is absent in one answer and null in another does
// not exist.

import type { Severity } from '../../contract/diagnostic.ts'
import type { Kind } from '../../contract/table.ts'
import type { WhoAmI } from '../../contract/whoami.ts'
import type { Access, Principal, Use } from '../../table/access.ts'
import type { Reach, TableDiff } from '../../table/diff/diff.ts'
import type { Row } from '../../table/diff/rows.ts'
import type { TokenChange } from '../../table/diff/tokens.ts'
import type { Drift } from '../../table/drift.ts'
import type { Explanation } from '../../table/explain.ts'

/** The output of `gateway whoami --report json`. */
export type WhoAmIDocument = WhoAmI

/** The output of `gateway explain CODE --report json`. */
export interface CodeDocument {
  readonly formatVersion: 1
  readonly code: string
  readonly severity: Severity
  readonly title: string
  /** What to do. */
  readonly help: string
  readonly why: string
  /** How it usually comes about. */
  readonly causes?: readonly string[]
  readonly wrong?: string
  readonly right?: string
  /** Of both examples. */
  readonly language?: string
  readonly locked?: boolean
  /** Whether a config can set its severity. */
  readonly settable?: boolean
}

/** The output of `gateway explain WHO --report json`. */
export interface AccessDocument {
  readonly formatVersion: 1
  readonly command: 'explain'
  readonly principal: Principal
  /** For a token. */
  readonly subject: string | null
  /** Why the token itself is refused; null if it is valid. */
  readonly state: string | null
  readonly used: readonly UsedDocument[]
  /** How many more uses there are, which it may not use. */
  readonly others: number
  readonly limits: readonly LimitDocument[]
}

export interface UsedDocument {
  readonly server: string
  readonly kind: Kind
  readonly name: string
  readonly locked: boolean
  /** The name that clients see. */
  readonly exposed: string
  /** Pointer into the config, and its place. */
  readonly rule: string | null
  readonly at: string | null
  readonly only: Access['only']
  readonly never: Access['never']
  readonly limits: readonly string[]
}

export interface LimitDocument {
  readonly name: string
  /** "60 calls a minute, each token". */
  readonly text: string
  readonly rule: string
  readonly at: string | null
}

/** The output of `gateway explain WHO SERVER/TOOL --report json`. */
export interface DecisionDocument {
  readonly formatVersion: 1
  readonly command: 'explain'
  readonly verdict: Explanation['verdict']
  readonly principal: Principal
  readonly subject: string | null
  readonly use: Pick<Use, 'server' | 'kind' | 'name'>
  readonly exposed: string
  readonly state: string | null
  /** Which arguments are allowed; '' for any, and for given ones. */
  readonly conditions: string
  readonly disabled: boolean
  /** For `unknown`: the locked name that was probably meant. */
  readonly meant: string | null
  /** As whom the server sees the call; null: as nobody in particular. */
  readonly identity: string | null
  readonly decision: Explanation['decision'] & { readonly at: string | null }
  readonly steps: readonly (Explanation['steps'][number] & {
    readonly at: string | null
  })[]
  readonly limits: readonly (Explanation['limits'][number] & {
    readonly at: string | null
  })[]
  readonly nearest:
    | (NonNullable<Explanation['nearest']> & { readonly at: string | null })
    | null
}

/** The output of `gateway explain --tool SERVER/TOOL --report json`. */
export interface HoldersDocument {
  readonly formatVersion: 1
  readonly command: 'explain'
  readonly use: Pick<Use, 'server' | 'kind' | 'name'>
  readonly exposed: string
  readonly holders: readonly HolderDocument[]
  /** Tokens that are revoked, expired or not valid yet. */
  readonly idle: number
  /** Its server is locked, but the name is not in the lock. */
  readonly unlocked: boolean
  readonly disabled: boolean
}

export interface HolderDocument {
  readonly kind: Principal['kind']
  readonly name: string
  /** Of a token. */
  readonly subject?: string
  readonly rule: string | null
  readonly at: string | null
  readonly only: Access['only']
  readonly never: Access['never']
}

/** The output of `gateway explain --report json`. */
export type ExplainDocument =
  | CodeDocument
  | AccessDocument
  | DecisionDocument
  | HoldersDocument

/** The output of `gateway diff --report json`. */
export interface DiffDocument
  extends Omit<TableDiff, 'rows' | 'tokens' | 'definitions'> {
  readonly formatVersion: 1
  readonly command: 'diff'
  /** The result for a person, a line each. */
  readonly headline: readonly string[]
  /** What the comparison does not cover. */
  readonly notes: readonly string[]
  /** Changes of access, the serious ones first. */
  readonly rows: readonly DiffRowDocument[]
  /** Tokens that are new, removed or changed. */
  readonly tokens: readonly DiffTokenDocument[]
  /** What servers offer, as the locks of both sides have it. */
  readonly definitions: readonly DriftDocument[]
}

export interface DiffRowDocument extends Omit<Row, 'because'> {
  /** The rule that made the change. */
  readonly because: Row['because'] & {
    /** Place of the rule, `file:line:column` on its side; null: not known. */
    readonly at: string | null
  }
}

export interface DiffTokenDocument extends Omit<TokenChange, 'record'> {
  /** The holder's team; null: none. */
  readonly team: string | null
  /** Roles of the token. */
  readonly roles: readonly string[]
  /** What it may use; if it is gone, what it could use. */
  readonly reach: Reach
}

export interface DriftDocument extends Drift {
  /** Texts that changed, at most eight; absent if there are none. */
  readonly texts?: readonly {
    /** `description`, `inputSchema/properties/owner/description`. */
    readonly path: string
    /** The text in the base, or the part that differs; null: none. */
    readonly before: string | null
    /** The text in the head, or the part that differs; null: none. */
    readonly after: string | null
  }[]
}

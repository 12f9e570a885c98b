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
  /** The code, such as `GW3002`. */
  readonly code: string
  /** Severity of its findings, unless the config sets another. */
  readonly severity: Severity
  /** What the code means in general. */
  readonly title: string
  /** What to do. */
  readonly help: string
  /** Why the gateway reports it, in two to five sentences. */
  readonly why: string
  /** How it usually comes about; absent: not listed. */
  readonly causes?: readonly string[]
  /** An example that gives it; absent: there is none. */
  readonly wrong?: string
  /** The same example, corrected; absent: there is none. */
  readonly right?: string
  /** Of both examples; absent: `ts`. */
  readonly language?: string
  /** The examples are judged with a lock of the server `github`; absent:
   * without one. */
  readonly locked?: boolean
  /** Whether a config can set its severity. */
  readonly settable?: boolean
}

/** The output of `gateway explain WHO --report json`. */
export interface AccessDocument {
  readonly formatVersion: 1
  readonly command: 'explain'
  readonly principal: Principal
  /** Holder of the token; null: not a token. */
  readonly subject: string | null
  /** Why the token itself is refused; null if it is valid, or not a token. */
  readonly state: string | null
  /** What it may use, by server, then kind. */
  readonly used: readonly UsedDocument[]
  /** How many more uses there are, which it may not use. */
  readonly others: number
  /** The limits that count at least one of these uses. */
  readonly limits: readonly LimitDocument[]
}

export interface UsedDocument {
  /** Name of the server in the config. */
  readonly server: string
  /** Kind of what may be used. */
  readonly kind: Kind
  /** A name at the server, or a URI; if not `locked`, a name or a pattern from
   * the rules. */
  readonly name: string
  /** Whether `name` is from the lock. */
  readonly locked: boolean
  /** The name that clients see. */
  readonly exposed: string
  /** JSON pointer of the rule that decided, in the config; null: no rule. */
  readonly rule: string | null
  /** File, line and column of `rule`; null if no source contains it. */
  readonly at: string | null
  /** One of these must hold for its arguments; empty: any arguments will do. */
  readonly only: Access['only']
  /** None of these may hold for its arguments. */
  readonly never: Access['never']
  /** Names of the limits that count it. */
  readonly limits: readonly string[]
}

export interface LimitDocument {
  /** Its name in the config. */
  readonly name: string
  /** "60 calls a minute, each token". */
  readonly text: string
  /** JSON pointer of the limit in the config. */
  readonly rule: string
  /** File, line and column of `rule`; null if no source contains it. */
  readonly at: string | null
}

/** The output of `gateway explain WHO SERVER/TOOL --report json`. */
export interface DecisionDocument {
  readonly formatVersion: 1
  readonly command: 'explain'
  readonly verdict: Explanation['verdict']
  readonly principal: Principal
  /** Holder of the token; null: not a token. */
  readonly subject: string | null
  /** What was asked about. */
  readonly use: Pick<Use, 'server' | 'kind' | 'name'>
  /** The name that clients see. */
  readonly exposed: string
  /** Why the token itself is refused; null if it is valid, or not a token. */
  readonly state: string | null
  /** Which arguments are allowed; '' for any, and for given ones. */
  readonly conditions: string
  /** The config disables the server: nobody can use it. */
  readonly disabled: boolean
  /** For `unknown`: the locked name that was probably meant. */
  readonly meant: string | null
  /** As whom the server sees the call; null: as nobody in particular. */
  readonly identity: string | null
  /** What the rules decide; whether the token is valid and the server enabled
   * is not in it. */
  readonly decision: Explanation['decision'] & {
    /** File, line and column of `rule`; null if no source contains it. */
    readonly at: string | null
  }
  /** The steps to the decision, in order: the principal, `deny`, `allow`,
   * `tools` of the token, the lock. */
  readonly steps: readonly (Explanation['steps'][number] & {
    /** File, line and column of `rule`; null if no source contains it. */
    readonly at: string | null
  })[]
  /** The limits that count it; empty if it is not allowed. */
  readonly limits: readonly (Explanation['limits'][number] & {
    /** File, line and column of `rule`; null if no source contains it. */
    readonly at: string | null
  })[]
  /** The rule that is nearest to allowing it; null if it is allowed or unknown,
   * or no rule is near. */
  readonly nearest:
    | (NonNullable<Explanation['nearest']> & {
        /** File, line and column of `rule`; null if no source contains it. */
        readonly at: string | null
      })
    | null
}

/** The output of `gateway explain --tool SERVER/TOOL --report json`. */
export interface HoldersDocument {
  readonly formatVersion: 1
  readonly command: 'explain'
  /** What was asked about. */
  readonly use: Pick<Use, 'server' | 'kind' | 'name'>
  /** The name that clients see. */
  readonly exposed: string
  /** The principals that may use it; empty: none. */
  readonly holders: readonly HolderDocument[]
  /** Tokens that are revoked, expired or not valid yet. */
  readonly idle: number
  /** Its server is locked, but the name is not in the lock. */
  readonly unlocked: boolean
  /** The config disables the server: nobody can use it. */
  readonly disabled: boolean
}

export interface HolderDocument {
  /** Kind of the principal. */
  readonly kind: Principal['kind']
  /** Name of the role, the team or the group; id of the token. */
  readonly name: string
  /** Holder of the token; absent: not a token. */
  readonly subject?: string
  /** JSON pointer of the rule that decided, in the config; null: no rule. */
  readonly rule: string | null
  /** File, line and column of `rule`; null if no source contains it. */
  readonly at: string | null
  /** One of these must hold for its arguments; empty: any arguments will do. */
  readonly only: Access['only']
  /** None of these may hold for its arguments. */
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

// What the verbs that set something up print with `--report json`.
// In: nothing. Out: types, from which `npm run docs` writes schema/.
// INVARIANT: one document for each run; what is secret is said at its member.

import type {
  FindingsReport,
  ReportedFinding,
} from '../../contract/findings-report.ts'
import type { Drift } from '../../table/drift.ts'

export type CheckDocument = FindingsReport

/** The output of `gateway init --report json`. */
export interface InitDocument {
  readonly formatVersion: 1
  readonly command: 'init'
  /** Files, from the folder of the config. */
  readonly written: readonly string[]
  /** Lines that were added to .gitignore. */
  readonly ignored: readonly string[]
  /** What was in the files of clients, and is not in the config. */
  readonly dropped: readonly Dropped[]
  /** Places marked QUESTION in the config: a person must decide. */
  readonly questions: number
  /** With --token; null without. */
  readonly token: IssuedToken | null
}

export interface Dropped {
  readonly file: string
  readonly line: number
  /** Below the server; empty for the server itself. */
  readonly key: string
  readonly why: string
}

/** The output of `gateway token issue` and `gateway token rotate` with
 * `--report json`. */
export interface IssueDocument extends IssuedToken {
  readonly formatVersion: 1
  readonly command: 'token issue' | 'token rotate'
}

export interface IssuedToken {
  readonly id: string
  /** SECRET: the token itself, which is not shown again. */
  readonly token: string
  readonly subject: string
  readonly kind: 'person' | 'ci' | 'break-glass'
  readonly team: string | null
  /** Null: those of its team. */
  readonly roles: readonly string[] | null
  /** ISO 8601. */
  readonly created: string
  readonly notBefore: string | null
  readonly expires: string
  /** Id of the token that it replaces. */
  readonly replaces: string | null
  /** The tokens file, absolute: its record is there if the exit code is 0. */
  readonly file: string
  /** False: with this config it may use nothing. */
  readonly reaches: boolean
}

/** The output of `gateway lock --report json`. */
export interface LockDocument {
  readonly formatVersion: 1
  readonly command: 'lock'
  /** Files that were written; none with --check. */
  readonly written: readonly string[]
  /** What servers offer now, compared with the lock before. */
  readonly changes: readonly Drift[]
  /** What that changes for holders of a pattern, a line each. */
  readonly access: readonly string[]
  readonly servers: readonly LockedServerDocument[]
  /** Why the lock was not written: with it the config would not compile. */
  readonly diagnostics: readonly ReportedFinding[]
}

export interface LockedServerDocument {
  readonly name: string
  readonly state: 'read' | 'failed' | 'disabled' | 'sign-in'
  /** Why it was not read; null if it was. */
  readonly reason: string | null
}

/** The output of `gateway compile --out FILE --report json`; without --out it
 * is the artefact itself. */
export interface CompileDocument {
  readonly formatVersion: 1
  readonly command: 'compile'
  /** As it was named. */
  readonly written: string
  /** Of the table. */
  readonly digest: string
  /** Warnings. */
  readonly diagnostics: readonly ReportedFinding[]
}

/** The output of `gateway serve --report json`, once it is ready; its log is on
 * stderr. */
export interface ServeDocument {
  readonly formatVersion: 1
  readonly command: 'serve'
  /** For clients. */
  readonly endpoint: string
  /** On this host; the same as `endpoint` without a public address. */
  readonly listener: string
  readonly admin: string
  /** Where people of the company's login come in; null without one. */
  readonly login: string | null
  /** SECRET: with --dev, a token for this run; null without. */
  readonly token: string | null
}

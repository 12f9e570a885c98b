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
  /** As the user named it. */
  readonly file: string
  /** Line of the server; counts from 1. */
  readonly line: number
  /** Below the server; empty for the server itself. */
  readonly key: string
  /** The reason, and what replaces it. */
  readonly why: string
}

/** The output of `gateway token issue` and `gateway token rotate` with
 * `--report json`. */
export interface IssueDocument extends IssuedToken {
  readonly formatVersion: 1
  /** The verb that was run. */
  readonly command: 'token issue' | 'token rotate'
}

export interface IssuedToken {
  /** Its id. */
  readonly id: string
  /** SECRET: the token itself, which is not shown again. */
  readonly token: string
  /** The holder. */
  readonly subject: string
  /** Kind of the holder. */
  readonly kind: 'person' | 'ci' | 'break-glass'
  /** The holder's team; null: none. */
  readonly team: string | null
  /** Null: those of its team. */
  readonly roles: readonly string[] | null
  /** When it was issued, ISO 8601. */
  readonly created: string
  /** When it becomes valid, ISO 8601; null: at once. */
  readonly notBefore: string | null
  /** When it expires, ISO 8601. */
  readonly expires: string
  /** Id of the token that this one replaces; null: none. */
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
  /** The servers that were named; all of the config if none was. */
  readonly servers: readonly LockedServerDocument[]
  /** Why the lock was not written: with it the config would not compile. */
  readonly diagnostics: readonly ReportedFinding[]
}

export interface LockedServerDocument {
  /** Its name in the config. */
  readonly name: string
  /** `read`: its lists were read; `failed`: they could not be read; `disabled`:
   * the config disables it; `sign-in`: somebody must sign in to it first. */
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
  /** Address of the admin listener, for operators. */
  readonly admin: string
  /** Where people of the company's login come in; null without one. */
  readonly login: string | null
  /** SECRET: with --dev, a token for this run; null without. */
  readonly token: string | null
}

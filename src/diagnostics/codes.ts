// Every code of a finding in short form: severity, title and help.
// In: codes/, from which the build takes the rows. Out: one table.
// INVARIANT: only `explain` loads a long form.

export type { Code } from './codes/all.ts'
export type { CodeRow } from './codes/entry.ts'
export { CODES } from './rows.js'

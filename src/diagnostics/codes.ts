// Every code that a finding may carry, in short: severity, title and help.
// In: codes/, of which the build keeps the rows. Out: one table.
// INVARIANT: no verb but `explain` loads a long form.

export type { Code } from './codes/all.ts'
export type { CodeRow } from './codes/entry.ts'
export { CODES } from './rows.js'

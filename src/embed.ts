// `portcullis/embed`: the two journeys, for programs that hold a gateway.
// In: nothing. Out: what embedding needs, and no more.
// INVARIANT: only re-exports; the command line uses the same functions.

export { compile } from './compile.ts'
export type { Diagnostic } from './contract/diagnostic.ts'
export type { Status } from './contract/status.ts'
export type { Artefact } from './contract/table.ts'
export type { Clock } from './runtime/base/clock.ts'
export type {
  RevokeEffect,
  RevokeOrder,
} from './runtime/control/revoke/revoke.ts'
export { type Gateway, startGateway } from './runtime/gateway.ts'

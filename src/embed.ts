// `portcullis/embed`: the two journeys, for programs that hold a gateway.
// In: nothing. Out: what embedding needs, and no more.
// INVARIANT: only re-exports; every type that a signature mentions is among them.

export type { Logger } from 'pino'
export {
  type Compiled,
  type CompileOptions,
  compile,
  type Linked,
  type Sources,
} from './compile.ts'
export type * from './contract/diagnostic.ts'
export type * from './contract/lock.ts'
export type * from './contract/settings.ts'
export type * from './contract/status.ts'
export type * from './contract/table.ts'
export type { Clock } from './runtime/base/clock.ts'
export type {
  RevocationKind,
  RevokeEffect,
  RevokeOrder,
} from './runtime/control/revoke/revoke.ts'
export type { Swap } from './runtime/control/swap.ts'
export {
  type Gateway,
  type GatewayOptions,
  startGateway,
} from './runtime/gateway.ts'

// `portcullis/embed`: compile and serve, for programs that contain a gateway.
// In: nothing. Out: only what embedding needs.
// INVARIANT: only re-exports, with every type that a signature mentions.

export {
  type Compiled,
  type CompileOptions,
  compile,
  type Linked,
  type Sources,
} from './compile.ts'
export type * from './contract/diagnostic.ts'
export type * from './contract/lock.ts'
export type { Logger, LogMethod } from './contract/log.ts'
export type {
  GroupTeam,
  Login,
  LoginServer,
  Person,
} from './contract/login.ts'
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

// Whether a new lock would compile with the config.
// In: the compiled config, the servers to lock. Out: findings caused by the lock.
// INVARIANT: writes nothing; errors that the config has anyway do not count.

import type { Diagnostic } from '../contract/diagnostic.ts'
import { LOCK_FORMAT } from '../contract/lock.ts'
import { renderLock } from '../table/lock.ts'
import { type CompiledConfig, compileConfig } from './compiled.ts'
import type { LockedServers } from './lock-file.ts'
import type { ConfigOptions, Io } from './verb.ts'

/** Compiles with that lock. Its diagnostics are the new errors, and the invisible
 * characters that a reviewer of the lock would not see. */
export async function tryLock(
  servers: LockedServers,
  now: CompiledConfig,
  options: ConfigOptions,
  io: Io,
): Promise<CompiledConfig> {
  const lock = renderLock({ formatVersion: LOCK_FORMAT, servers })
  const compiled = await compileConfig(options, io, { lock })
  const known = new Set(now.diagnostics.map(keyOf))
  const diagnostics = compiled.diagnostics.filter(
    (one) =>
      (one.severity === 'error' || one.code === INVISIBLE) &&
      !known.has(keyOf(one)),
  )
  return { ...compiled, diagnostics }
}

const INVISIBLE = 'GW4023'

function keyOf({ code, pointer, message }: Diagnostic): string {
  return JSON.stringify([code, pointer, message])
}

// Secrets of a config, for a verb that needs their values for a while.
// In: a folder, an environment. Out: a source; at the end no program runs.
// INVARIANT: programs run only when a value is asked for; none outlives the verb.

import { systemClock } from '../runtime/base/clock.ts'
import { Programs } from '../runtime/secrets/programs.ts'
import type { SecretSource } from '../runtime/secrets/resolve.ts'
import { Watchdog } from '../runtime/upstream/watchdog.ts'
import type { Io } from './verb.ts'

export interface VerbSecrets extends SecretSource {
  readonly programs: Programs
}

export async function withSecrets<T>(
  { env, root }: { readonly env: Io['env']; readonly root: string },
  run: (secrets: VerbSecrets) => Promise<T>,
): Promise<T> {
  const watchdog = new Watchdog()
  const programs = new Programs({
    root,
    clock: systemClock,
    groups: watchdog,
    env: () => env,
  })
  try {
    return await run({ env, root, programs })
  } finally {
    await programs.close()
    watchdog.close()
  }
}

// Where a gateway reads its secrets.
// In: a folder, an environment. Out: the source, and how to replace the
// environment: a reload may bring another one.

import type { Clock } from '../base/clock.ts'
import { Programs } from './programs.ts'
import type { SecretSource } from './resolve.ts'
import type { Groups } from './run-program.ts'

export function openSecrets(
  { root, env: first }: Pick<SecretSource, 'root' | 'env'>,
  clock: Clock,
  groups: Groups,
) {
  let env = first
  const programs = new Programs({ root, clock, groups, env: () => env })
  const secrets: SecretSource = {
    root,
    programs,
    get env() {
      return env
    },
  }
  const useEnvironment = (next: SecretSource['env']) => {
    env = next
  }
  return { programs, secrets, useEnvironment }
}

// What `check --live` reads from this machine besides files and ports.
// In: nothing. Out: facts.
// INVARIANT: a test can replace every value that it cannot cause.

import { accessSync, constants, statfsSync } from 'node:fs'
import { versions } from 'node:process'
import type { Compiled } from '../../compile.ts'
import type { Artefact } from '../../contract/table.ts'
import type { VerbSecrets } from '../programs.ts'
import type { Io } from '../verb.ts'

export interface Host {
  /** Version of the running Node. */
  readonly node: string
  /** Share of its disk that a folder's user may still fill, 0 to 1. */
  freeShare(folder: string): number
  /** Why an existing file cannot be written; undefined if it can. */
  barring(path: string): string | undefined
}

/** A valid config, and the folder where its gateway would run. */
export interface Scene
  extends Pick<Compiled, 'root' | 'files' | 'diagnostics'> {
  readonly artefact: Artefact
  readonly env: Io['env']
  readonly secrets: VerbSecrets
  readonly now: number
  readonly host: Host
}

export const thisHost: Host = Object.freeze({
  node: versions.node,
  freeShare(folder: string) {
    const { bavail, blocks } = statfsSync(folder)
    return blocks === 0 ? 1 : bavail / blocks
  },
  barring(path: string) {
    try {
      accessSync(path, constants.W_OK)
      return undefined
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    }
  },
})

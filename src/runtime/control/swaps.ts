// Tables that replace the running one, each after the one that was given before.
// INVARIANT: the programs of new secrets run before the swap, and what the table
// needs is loaded, while the old table serves.

import type { Artefact, RoutingTable } from '../../contract/table.ts'
import { findPrograms } from '../../table/references.ts'
import type { Programs } from '../secrets/programs.ts'
import type { SecretSource } from '../secrets/resolve.ts'
import type { Runtime } from './context.ts'
import type { Reloads } from './reloads.ts'
import { listNewReferences, type Swap, swapTable } from './swap.ts'
import type { Telemetries } from './traces/follow.ts'

export interface SwapsOptions {
  readonly runtime: Runtime
  readonly secrets: SecretSource
  readonly programs: Programs
  readonly reloads: Reloads
  readonly telemetries: Telemetries
  /** The table at the start of the process. */
  readonly started: RoutingTable
}

export class Swaps {
  readonly #options: SwapsOptions
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: SwapsOptions) {
    this.#options = options
  }

  swap(artefact: Artefact, origin: unknown): Promise<Swap> {
    const swap = this.#turn.then(() => this.#swap(artefact, origin))
    this.#turn = swap.catch(() => {})
    return swap
  }

  async #swap(artefact: Artefact, origin: unknown): Promise<Swap> {
    const { runtime, secrets, programs, reloads, telemetries, started } =
      this.#options
    await programs.load(listNewReferences(runtime, artefact))
    const fault = await loadNeeded(runtime, artefact)
    const terms = { started, fault }
    const swap = swapTable(runtime, artefact, secrets, terms, origin)
    const { table } = runtime.routing
    programs.keep(findPrograms(table))
    reloads.record(swap, artefact.digest, origin)
    void telemetries.follow(table)
    return swap
  }
}

/** Why it could not be loaded. */
async function loadNeeded(
  { signIns }: Runtime,
  { table }: Artefact,
): Promise<string | undefined> {
  try {
    await signIns.prepare(table, [])
    return undefined
  } catch (error) {
    return `what signs in cannot be loaded: ${(error as Error).message}`
  }
}

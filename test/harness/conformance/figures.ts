// How many checks of each suite pass, as it is written down.
// In: outcomes of whole suites. Out: test/conformance/figures.json.
// INVARIANT: only `npm run conformance -- --update` writes it; test/serve/conformance.ts
// holds it to what the suites give.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './compare.ts'
import { folder } from './install.ts'
import type { Count } from './judge.ts'
import { SUITES } from './suites.ts'

export interface Figures {
  readonly direct: Count
  readonly through: Count
}

const file = join(folder, 'figures.json')

export const readFigures = (): Readonly<Record<string, Figures>> =>
  JSON.parse(readFileSync(file, 'utf8'))

export function updateFigures(outcomes: readonly Outcome[]): void {
  const next: Record<string, object> = { ...readFigures() }
  for (const { suite, side, count } of outcomes) {
    next[suite] = { ...next[suite], [side]: count }
  }
  writeFileSync(file, `${JSON.stringify(next, null, 2)}\n`)
}

/** The version of the release that a suite is of. */
export function versionOfSuite(name: string): string {
  const { dependencies } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as { readonly dependencies: Readonly<Record<string, string>> }
  const { release = '' } = SUITES.find((one) => one.name === name) ?? {}
  return dependencies[release]?.split('@').at(-1) ?? ''
}

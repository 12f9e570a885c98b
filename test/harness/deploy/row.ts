// One check of a trial, and what became of it.
// In: rows. Out: a line for each, or `[{id, ok, figure}]`.
// INVARIANT: what could not be run is `ok: null` with its reason, never true.

import type { Owner } from '../process.ts'

export interface Row {
  readonly id: string
  /** Resolves with what it measured; rejects with what did not hold. */
  readonly run: (t: Owner) => Promise<unknown>
}

export interface RowResult {
  readonly id: string
  readonly ok: boolean | null
  readonly figure: unknown
}

/** The machine lacks what the row needs. */
export class NotRun extends Error {}

export function hold(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
}

export async function runRow({ id, run }: Row): Promise<RowResult> {
  const ends: (() => unknown)[] = []
  try {
    const figure = await run({ teardown: (end) => void ends.unshift(end) })
    return { id, ok: true, figure: figure ?? null }
  } catch (error) {
    const ok = error instanceof NotRun ? null : false
    return { id, ok, figure: (error as Error).message }
  } finally {
    for (const end of ends) await end()
  }
}

/** Prints them; resolves with the exit code. */
export async function runRows(
  rows: readonly Row[],
  json: boolean,
): Promise<number> {
  const results: RowResult[] = []
  for (const row of rows) {
    const result = await runRow(row)
    results.push(result)
    if (!json) process.stdout.write(describe(result))
  }
  const count = (ok: boolean | null) =>
    results.filter((one) => one.ok === ok).length
  process.stdout.write(
    json
      ? `${JSON.stringify(results)}\n`
      : `\n${count(true)} passed, ${count(false)} failed, ${count(null)} not run\n`,
  )
  return count(false) > 0 ? 1 : 0
}

function describe({ id, ok, figure }: RowResult): string {
  const verdict = ok === null ? 'not run' : ok ? 'ok' : 'FAILED'
  const told = figure === null ? '' : `: ${figure}`
  return `${verdict.padEnd(7)}  ${id}${told}\n`
}

// `npm run wild`: the corpus in front of the built gateway.
// In: --only FAULT or the beginning of an id (repeatable), --json. Out: a line
// for each row and a sum, or `[{id, ok, figure}]`.
// INVARIANT: exit code 1 for a row that does not hold, 2 if there is none.

import { parseArgs } from 'node:util'
import { isMeant, readCorpus } from '../harness/odd/corpus.ts'
import { runCase, serveAsBuilt } from '../wild/world.ts'

interface Row {
  readonly id: string
  readonly ok: boolean
  /** What it measured, or what did not hold. */
  readonly figure: unknown
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 2
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  })
  const { only, json } = values
  const { cases, attacks } = await readCorpus()
  const runs = [
    ...cases.map((one) => ({
      id: one.id,
      run: () => runCase(one, serveAsBuilt),
    })),
    ...attacks.map(({ id, run }) => ({ id, run: () => runAttack(run) })),
  ].filter(({ id }) => isMeant(id, only))
  if (runs.length === 0) throw new Error(`no row for ${only.join(', ')}`)
  const rows: Row[] = []
  for (const { id, run } of runs) {
    const row = await run().then(
      (figure = null): Row => ({ id, ok: true, figure }),
      (error): Row => ({ id, ok: false, figure: String(error) }),
    )
    rows.push(row)
    if (!json) process.stdout.write(writeRow(row))
  }
  const failed = rows.filter(({ ok }) => !ok).length
  process.stdout.write(
    json
      ? `${JSON.stringify(rows)}\n`
      : `\n${rows.length - failed} passed, ${failed} failed\n`,
  )
  return failed > 0 ? 1 : 0
}

async function runAttack(
  run: (t: { teardown(end: () => unknown): void }) => Promise<unknown>,
): Promise<unknown> {
  const ends: (() => unknown)[] = []
  try {
    return await run({ teardown: (end) => void ends.push(end) })
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

function writeRow({ id, ok, figure }: Row): string {
  const shown = figure === null ? '' : `  ${JSON.stringify(figure)}`
  return `${ok ? 'ok' : 'not ok'}  ${id}${shown}\n`
}

// The rows of the corpus, found by reading its folders.
// In: dist/test/wild and dist/test/hostile, and how much of each flood is sent.
// Out: their rows.
// INVARIANT: every file there is read; an id names its fault and one row.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Attack } from '../../hostile/case.ts'
import { setFloods } from '../../hostile/floods.ts'
import type { WildCase } from '../../wild/case.ts'

interface Rows {
  readonly cases: readonly WildCase[]
  readonly attacks: readonly Attack[]
}

export async function readCorpus(floods = 1): Promise<Rows> {
  setFloods(floods)
  const cases = await readRows<WildCase>('wild', 'CASES')
  const attacks = await readRows<Attack>('hostile', 'ATTACKS')
  const wrong = judgeIds([...cases, ...attacks].map(({ id }) => id))
  if (wrong.length > 0) throw new Error(wrong.join('; '))
  return { cases, attacks }
}

async function readRows<Row>(
  folder: string,
  name: string,
): Promise<readonly Row[]> {
  const path = join(import.meta.dirname, '../..', folder)
  const files = readdirSync(path).filter((file) => file.endsWith('.js'))
  const rows: Row[] = []
  for (const file of files.sort()) {
    const found = (await import(join(path, file)))[name] as
      | readonly Row[]
      | undefined
    rows.push(...(found ?? []))
  }
  return rows
}

/** What is wrong with them. */
export function judgeIds(ids: readonly string[]): readonly string[] {
  const wrong = ids.filter((id) => !/^[SWNP]\d+ \S/.test(id))
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at)
  return [
    ...wrong.map((id) => `${JSON.stringify(id)} begins with no fault`),
    ...twice.map((id) => `${JSON.stringify(id)} stands twice`),
  ]
}

/** Whether `--only` means it: a fault, or the beginning of an id. */
export function isMeant(id: string, only: readonly string[]): boolean {
  const [fault] = id.split(' ')
  return (
    only.length === 0 ||
    only.some((one) => (one.includes(' ') ? id.startsWith(one) : one === fault))
  )
}

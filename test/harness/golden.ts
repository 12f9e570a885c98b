// Golden cases: folders of test/golden, each with the findings it must give.
// In: findings. Out: what expect.json holds of them; with UPDATE_GOLDEN set,
// it is written anew.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic, Fix } from '../../src/contract/diagnostic.ts'
import { root } from './gateway.ts'

export const golden = join(root, 'test/golden')

/** What every case takes for the present. */
export const NOW = Date.UTC(2026, 10, 22)

export const nameCases = (): readonly string[] => readdirSync(golden).sort()

export interface Judged {
  readonly found: unknown
  readonly expected: unknown
}

/** `folder` is hidden in messages. */
export function judgeFindings(
  name: string,
  diagnostics: readonly Diagnostic[],
  folder = root,
): Judged {
  const summary = diagnostics.map((one) => summarize(one, folder))
  const found = JSON.parse(JSON.stringify(summary))
  const file = join(golden, name, 'expect.json')
  if (process.env.UPDATE_GOLDEN) {
    writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
  }
  return { found, expected: JSON.parse(readFileSync(file, 'utf8')) }
}

/** A few at a time, for each waits for a process; told in their order. */
export async function runCases<T>(
  names: readonly string[],
  runCase: (name: string) => Promise<T>,
): Promise<readonly T[]> {
  const left = [...names]
  const cases = new Map<string, T>()
  const work = async () => {
    for (let name = left.shift(); name; name = left.shift()) {
      cases.set(name, await runCase(name))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return names.flatMap((name) => cases.get(name) ?? [])
}

const AT_ONCE = 4

function summarize(finding: Diagnostic, folder: string) {
  const { code, severity, at, label, message, help, notes, fix } = finding
  const { line, column } = at?.start ?? {}
  const hidden = message.replaceAll(folder, '<repo>')
  const base = { code, severity, file: at?.file, line, column }
  const said = notes.map((note) => {
    const { file, start } = note.at ?? {}
    const where = start ? `${file}:${start.line}:${start.column} ` : ''
    return where + note.message
  })
  const more = {
    ...(said.length > 0 && { notes: said }),
    ...(fix && { fix: fix.title, edits: fix.edits.map(formatEdit) }),
  }
  return { ...base, label, message: hidden, help, ...more }
}

/** `roles.ts:3:5-10 → reader` */
function formatEdit({ at, text }: Fix['edits'][number]) {
  const { file, start, end } = at
  return `${file}:${start.line}:${start.column}-${end?.column} → ${text}`
}

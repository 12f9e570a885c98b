// Part of `npm run build`: the summaries of the verbs, without their code.
// In: src/cli/verbs. Out: dist/src/cli/summaries.js.
// INVARIANT: a summary is what its verb says; the order is that of the help.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { loadVerbs } from '../../src/cli/run.ts'
import type { Summary } from '../../src/cli/summaries.js'
import type { Verb, VerbGroup } from '../../src/cli/verb.ts'

const OUT = join(import.meta.dirname, '../../src/cli/summaries.js')

export async function writeSummaries(): Promise<void> {
  const rows = (await loadVerbs()).map((verb) =>
    JSON.stringify(summarize(verb)),
  )
  const text = `export const SUMMARIES = Object.freeze([\n  ${rows.join(',\n  ')},\n])\n`
  writeFileSync(OUT, text)
}

function summarize(verb: Verb | VerbGroup): Summary {
  const { name, summary } = verb
  const command = new Command(name)
  if ('configure' in verb) verb.configure(command)
  const args = command.registeredArguments.map((one) => {
    const told = one.name() + (one.variadic ? '...' : '')
    return one.required ? `<${told}>` : `[${told}]`
  })
  // Every verb but a group takes --color.
  return { name, summary, args, hasOptions: 'configure' in verb }
}

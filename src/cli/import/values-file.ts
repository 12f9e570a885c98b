// The file for the values of the secrets, beside the config.
// In: what was imported. Out: `.env`, with names and where their values are now.
// INVARIANT: it has no value, is for its owner alone, and replaces no file.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clean } from '../../diagnostics/clean.ts'
import { describeOrigin } from './config-text.ts'
import type { Imported } from './import.ts'

export const VALUES = '.env'

/** False: there is one, or no secret. */
export function writeValues(
  folder: string,
  { variables, drafts }: Pick<Imported, 'variables' | 'drafts'>,
): boolean {
  const wanted = variables.filter(({ name }) => name !== 'HOME')
  if (wanted.length === 0) return false
  const lines = wanted.flatMap(({ name, servers }) => [
    '',
    ...drafts
      .filter((draft) => servers.includes(draft.name))
      .flatMap(({ origins }) => origins.map(describeOrigin))
      .map((place) => `# so far in ${clean(place)}`),
    `${name}=`,
  ])
  try {
    const text = `${[HEAD, ...lines].join('\n')}\n`
    writeFileSync(join(folder, VALUES), text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const HEAD = '# Values of the secrets. This file is never part of a commit.'

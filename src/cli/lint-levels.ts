// The level of every lint of a config.
// In: the config's export, after it was compiled. Out: a level by code.
// INVARIANT: a lint that the config does not name has its default level.

import { LINT_CODES } from '../contract/lints.ts'
import { CODES } from '../diagnostics/codes.ts'
import type { Levels } from '../table/diff/guardrails.ts'

const WORDS = Object.freeze({ error: 'error', warning: 'warn', info: 'info' })

export function readLintLevels(authored: unknown): Levels {
  const { lints } = Object(authored) as { lints?: Partial<Levels> }
  const levels = LINT_CODES.map((code) => [
    code,
    lints?.[code] ?? WORDS[CODES[code].severity],
  ])
  return Object.fromEntries(levels)
}

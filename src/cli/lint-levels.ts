// The level of every lint of a config.
// In: what the config exports, after it compiled. Out: a level by code.
// INVARIANT: a lint that the config does not name has the level of its code.

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

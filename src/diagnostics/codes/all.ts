// Every code that a finding may carry: one table, by the stage that finds it.
// In: the files of this folder. Out: all that is said of a code.
// INVARIANT: loaded by `gateway explain` and by the documentation alone; others
// have the rows, which the build takes from here.

import { AFTER } from './after.ts'
import { CHECK_KEYS } from './check-keys.ts'
import { CHECK_LOGIN } from './check-login.ts'
import { CHECK_NETWORK } from './check-network.ts'
import { CHECK_VALUES } from './check-values.ts'
import type { CodeRow, CodeText, LongForm } from './entry.ts'
import { LINK } from './link.ts'
import { LINTS_RULES } from './lints-rules.ts'
import { LINTS_SERVERS } from './lints-servers.ts'
import { LIVE } from './live.ts'
import { LOAD } from './load.ts'

const TEXTS = Object.freeze({
  ...LOAD,
  ...CHECK_KEYS,
  ...CHECK_LOGIN,
  ...CHECK_NETWORK,
  ...CHECK_VALUES,
  ...LINK,
  ...LINTS_RULES,
  ...LINTS_SERVERS,
  ...AFTER,
  ...LIVE,
})

export type Code = keyof typeof TEXTS

export const ALL_CODES = Object.freeze((Object.keys(TEXTS) as Code[]).sort())

/** All there is to say of a code. */
export interface CodeEntry extends CodeRow, LongForm {
  readonly code: Code
  /** Whether `lints` may give it another severity: of lints alone. */
  readonly settable: boolean
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(TEXTS, text)
}

/** Texts as they are printed: `why` on one line, examples without margins. */
export function readCode(code: Code): CodeEntry {
  const { severity, title, help, why, wrong, right, ...more }: CodeText =
    TEXTS[code]
  return {
    code,
    severity,
    title,
    help,
    settable: code.startsWith('GW4'),
    why: why.replaceAll(/\s+/g, ' ').trim(),
    ...(wrong?.trim() ? { wrong: wrong.trim() } : {}),
    ...(right?.trim() ? { right: right.trim() } : {}),
    ...more,
  }
}

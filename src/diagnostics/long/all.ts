// Every long form, by code.
// In: the files of this folder. Out: one table, and how to read it.
// INVARIANT: loaded by `gateway explain` and by the documentation alone.

import { CODES, type Code, type CodeRow } from '../codes.ts'
import { GW100 } from './gw100.ts'
import { GW101 } from './gw101.ts'
import { GW200 } from './gw200.ts'
import { GW201 } from './gw201.ts'
import { GW202 } from './gw202.ts'
import { GW300 } from './gw300.ts'
import { GW301 } from './gw301.ts'
import { GW400 } from './gw400.ts'
import { GW401 } from './gw401.ts'
import { GW402 } from './gw402.ts'
import { GW500 } from './gw500.ts'
import { GW600 } from './gw600.ts'
import { GW700 } from './gw700.ts'
import { GW800 } from './gw800.ts'
import { GW801 } from './gw801.ts'
import type { LongForm } from './long-form.ts'

export const LONG_FORMS: Readonly<Partial<Record<Code, LongForm>>> =
  Object.freeze({
    ...GW100,
    ...GW101,
    ...GW200,
    ...GW201,
    ...GW202,
    ...GW300,
    ...GW301,
    ...GW400,
    ...GW401,
    ...GW402,
    ...GW500,
    ...GW600,
    ...GW700,
    ...GW800,
    ...GW801,
  })

/** All there is to say of a code. */
export interface CodeEntry extends CodeRow, LongForm {
  readonly code: Code
  /** Whether `lints` may give it another severity: of lints alone. */
  readonly settable: boolean
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text)
}

/** Texts as they are printed: `why` on one line, examples without margins. */
export function readCode(code: Code): CodeEntry {
  const { why = '', wrong, right, ...more } = LONG_FORMS[code] ?? {}
  return {
    code,
    ...CODES[code],
    settable: code.startsWith('GW4'),
    why: why.replaceAll(/\s+/g, ' ').trim(),
    ...(wrong?.trim() ? { wrong: wrong.trim() } : {}),
    ...(right?.trim() ? { right: right.trim() } : {}),
    ...more,
  }
}

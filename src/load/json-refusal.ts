// Why a text is no JSON, and what to do about it.
// In: a span and a sentence. Out: what the scanner throws, for itself alone.
// INVARIANT: nothing of it leaves json.ts but as a fault.

import type { Span } from '../diagnostics/written.ts'
import type { Fault } from './parsed.ts'

export function refusal(
  span: Span,
  message: string,
  help?: string,
  note?: Fault['note'],
): Refused {
  const fault = { code: 'GW1004', span, message } as const
  return new Refused({ ...fault, ...(help && { help }), ...(note && { note }) })
}

export interface Advice {
  readonly help?: string
  readonly open?: number
}

/** A syntax fault: nothing after it can be trusted. */
export class Refused extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

/** What to do about what. */
export const ADVICE = Object.freeze({
  end: 'remove it, or remove the bracket that closes too early',
  key: 'a key is a text in double quotes',
  colon: 'write `:` between a key and its value',
  value: 'a value is a text in double quotes, a number, true, false or null',
  close: 'add the closing `"`; write a line break inside a text as `\\n`',
  comment:
    'remove it, or use gateway.config.yaml, .toml or .ts, which allow comments',
})

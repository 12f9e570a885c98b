// Why a text is not JSON, and what to do about it.
// In: a span and a sentence. Out: the scanner's own exception.
// INVARIANT: leaves json.ts only as a fault.

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

/** A syntax fault: the text after it is not read. */
export class Refused extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

/** The way out for each fault. */
export const ADVICE = Object.freeze({
  end: 'remove it, or remove the bracket that closes too early',
  key: 'a key is a text in double quotes',
  colon: 'write `:` between a key and its value',
  value: 'a value is a text in double quotes, a number, true, false or null',
  close: 'add the closing `"`; write a line break inside a text as `\\n`',
  comment:
    'remove it, or use gateway.config.yaml, .toml or .ts, which allow comments',
})

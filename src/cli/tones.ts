// The tones of words that are states or verdicts, the same in every verb.
// In: a word. Out: it, with its tone.
// INVARIANT: the word itself is what is said; without colours nothing is lost.

import { type Plain, paint, plain, type Tone } from '../diagnostics/shown.ts'

const TONES: Readonly<Record<string, Tone>> = Object.freeze({
  up: 'good',
  ready: 'good',
  active: 'good',
  connected: 'good',
  ok: 'good',
  allowed: 'good',
  added: 'good',
  idle: 'faint',
  disabled: 'faint',
  expired: 'faint',
  revoked: 'faint',
  starting: 'note',
  unfinished: 'note',
  'not yet': 'note',
  changed: 'warn',
  tool_error: 'warn',
  cancelled: 'warn',
  limited: 'warn',
  removed: 'bad',
  down: 'bad',
  failing: 'bad',
  unauthorized: 'bad',
  unauthenticated: 'bad',
  denied: 'bad',
  withheld: 'bad',
  unknown: 'bad',
  upstream_error: 'bad',
  timeout: 'bad',
  'must sign in again': 'bad',
})

/** By the whole text, or by its first word: "limited github-each × 3". */
export function paintState(text: string): Plain {
  const first = /^[a-z_]+/.exec(text)?.[0] ?? ''
  const word = Object.hasOwn(TONES, text) ? text : first
  const tone = Object.hasOwn(TONES, word) ? TONES[word] : undefined
  return tone ? paint(tone, text) : plain`${text}`
}

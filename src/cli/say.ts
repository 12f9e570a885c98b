// The only way from a verb to its output.
// In: a screen, text that is safe to show. Out: bytes on it.
// INVARIANT: nothing else in src/cli writes to stdout or stderr, except for
// rows (audit/output.ts) and for a secret; an architecture test checks it.

import type { Shown } from '../diagnostics/shown.ts'
import type { Screen } from './screen.ts'

/** `isRecorded: false` for what a program gets in another way. */
export function say(
  screen: Screen,
  shown: Shown,
  how?: { readonly isRecorded: boolean },
): void {
  screen.write(shown, how)
}

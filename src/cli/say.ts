// The only way from a verb to its output.
// In: a stream, text that is safe to show. Out: bytes on it.
// INVARIANT: nothing else in src/cli writes to stdout or stderr, except for
// rows (audit/output.ts) and for a secret; an architecture test checks it.

import type { Shown } from '../diagnostics/shown.ts'

export function say(stream: NodeJS.WritableStream, shown: Shown): void {
  stream.write(shown.toString())
}

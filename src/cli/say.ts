// The one way from a verb to its output.
// In: a stream, text that can be shown. Out: bytes on it.
// INVARIANT: nothing else in src/cli writes to stdout or stderr but what streams
// rows (audit/sink.ts) and hands a secret over; a test of the architecture.

import type { Shown } from '../diagnostics/shown.ts'

export function say(stream: NodeJS.WritableStream, shown: Shown): void {
  stream.write(shown.toString())
}

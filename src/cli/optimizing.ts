// When V8 optimizes functions: not while the command starts, which runs most of
// them a few times and never again, on other threads and with memory of its own.
// INVARIANT: only for Node 20; later versions do not have the flag.

import { setFlagsFromString } from 'node:v8'

/** The default of Node 20. */
const BUDGET = 67_584

export function optimizeAsUsual(): void {
  const { v8 } = process.versions
  if (v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${BUDGET}`)
}

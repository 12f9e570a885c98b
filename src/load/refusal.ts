// Why an import is refused; shown at its place.
// In: a code and a sentence. Out: an exception for the bundler's plugin.
// INVARIANT: leaves the bundler only as a finding.

import type { Code } from '../diagnostics/codes.ts'

export class Refusal extends Error {
  readonly code: Code
  readonly help: string | undefined

  constructor(code: Code, message: string, help?: string) {
    super(message)
    this.code = code
    this.help = help
  }
}

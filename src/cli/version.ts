// The version of this package.
// In: nothing. Out: what package.json says.
// INVARIANT: found by our own name, so the same from src/ and from dist/.

import { createRequire } from 'node:module'

export function readVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('portcullis/package.json') as { version: string }).version
}

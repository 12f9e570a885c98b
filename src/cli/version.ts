// The version of this package.
// In: nothing. Out: the version in package.json.
// INVARIANT: found by our package name, so src/ and dist/ give the same.

import { createRequire } from 'node:module'

export function readVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('portcullis/package.json') as { version: string }).version
}

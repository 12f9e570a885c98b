// The version of this package, and where it is.
// In: nothing. Out: the version in package.json; a folder.
// INVARIANT: found by our package name, so src/ and dist/ give the same.

import { createRequire } from 'node:module'
import { dirname } from 'node:path'

export function readVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('portcullis/package.json') as { version: string }).version
}

/** Absolute. */
export function packageFolder(): string {
  const require = createRequire(import.meta.url)
  return dirname(require.resolve('portcullis/package.json'))
}

// The folder of what a gateway writes.
// INVARIANT: one that the gateway makes is open to its own user only; one that
// is there stays as it is.

import { mkdirSync } from 'node:fs'

/** Throws with a code if it cannot be made. */
export function ensureStateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const why =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'a file is in its place; write another `state`'
        : `${code}; make it for the user of the gateway, with mode 0700`
    const message = `the state folder ${path} cannot be made: ${why}`
    throw Object.assign(new Error(message), { code })
  }
}

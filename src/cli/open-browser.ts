// Opens an address in the browser of whoever runs a verb.
// In: an address of a gateway. Out: nothing; that no browser opens is no fault.
// INVARIANT: only where a person looks at a terminal; the address is one
// argument, with http or https before it, and never holds a token.

import { spawn } from 'node:child_process'
import type { Io } from './verb.ts'

const OPENERS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
})

/** False: it was not tried. */
export function openBrowser(url: URL, io: Io): boolean {
  const { isTTY } = io.stderr as { readonly isTTY?: boolean }
  if (isTTY !== true || !/^https?:$/.test(url.protocol)) return false
  const [program = '', ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...args, url.href], {
    stdio: 'ignore',
    detached: true,
  })
  // There is no such program: the person opens the printed address.
  child.on('error', () => {})
  child.unref()
  return true
}

// Opens an address in the browser of whoever runs a verb.
// In: an http or https address without a token. Out: whether it was tried.
// INVARIANT: only where a person looks at a terminal, or has named the browser;
// the address is one argument; that no browser opens is no fault.

import { spawn } from 'node:child_process'
import type { Io } from './verb.ts'

const OPENERS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
})

/** `BROWSER` names another program. False: it was not tried. */
export function openBrowser(url: URL, { stderr, env }: Io): boolean {
  const isWanted = stderr.isTerminal || Boolean(env.BROWSER)
  if (!isWanted || !/^https?:$/.test(url.protocol)) return false
  const usual = OPENERS[process.platform] ?? ['xdg-open']
  const [program = '', ...args] = env.BROWSER ? [env.BROWSER] : usual
  const child = spawn(program, [...args, url.href], {
    env,
    stdio: 'ignore',
    detached: true,
  })
  // There is no such program: the person opens the printed address.
  child.on('error', () => {})
  child.unref()
  return true
}

// Opens an address in the browser of whoever runs a verb.
// In: an address of ours or of an authorization server. Out: nothing.
// INVARIANT: the address is one argument of a program, never a part of a shell's
// line; a browser that does not open is no fault, because the address is told.

import { spawn } from 'node:child_process'
import { platform } from 'node:process'
import type { Io } from './verb.ts'

/** `BROWSER` names another program. */
export function openBrowser({ href }: URL, env: Io['env']): void {
  const [command = '', ...args] = env.BROWSER ? [env.BROWSER] : usual()
  try {
    const options = { env, stdio: 'ignore', detached: true } as const
    const child = spawn(command, [...args, href], options)
    child.on('error', () => {})
    child.unref()
  } catch {
    // No such program.
  }
}

function usual(): readonly string[] {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return ['xdg-open']
}

// Ends a program with all that it has started.
// In: the id of its process, a signal. Out: nothing.
// INVARIANT: what is gone already is no fault; on Windows, which has neither
// process groups nor signals, the whole tree ends at once.

import { spawn } from 'node:child_process'

/** Whether a child leads a group of its own. Elsewhere it would get a window. */
export const HAS_GROUPS = process.platform !== 'win32'

export function endGroup(
  pid: number,
  signal: NodeJS.Signals,
  { hasGroups = HAS_GROUPS, run = runQuietly } = {},
): void {
  if (!hasGroups) {
    if (signal === 'SIGKILL') run('taskkill', ['/pid', String(pid), '/T', '/F'])
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: nobody is left.
  }
}

function runQuietly(program: string, args: readonly string[]): void {
  const child = spawn(program, args, { stdio: 'ignore', windowsHide: true })
  child.on('error', () => {})
}

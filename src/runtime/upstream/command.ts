// The program that the command of a stdio server names.
// In: a server's settings, the root. Out: a path, or a name for PATH.
// INVARIANT: it does not depend on how the gateway was started; a path is never
// searched for, and a PATH of the server's own is the only one used.

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { StdioServer } from '../../contract/table.ts'

/** Where npm links the programs of packages installed beside the config. */
const INSTALLED = join('node_modules', '.bin')

/** A name is looked for among the programs installed below `root`, then in
 * PATH. npm puts that folder in front of PATH only for what it starts. */
export function findCommand(
  { command, env }: Pick<StdioServer, 'command' | 'env'>,
  root: string,
): string {
  if (command.includes('/')) return resolve(root, command)
  // On Windows they are scripts for a shell.
  const isSearched = env.PATH === undefined && process.platform !== 'win32'
  const installed = join(root, INSTALLED, command)
  return isSearched && isProgram(installed) ? installed : command
}

/** Whether the file can be started. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Why the system did not start it. */
export function describeUnstarted(
  { command, cwd }: { readonly command: string; readonly cwd: string },
  error: NodeJS.ErrnoException,
): string {
  const { code, message } = error
  // The system says the same of a missing folder.
  if (code === 'ENOENT' && !existsSync(cwd)) {
    return `its folder ${cwd} does not exist (ENOENT)`
  }
  if (code === 'ENOENT' && command.includes('/')) {
    return existsSync(command)
      ? `the interpreter in the first line of ${command} does not exist (ENOENT)`
      : `there is no program ${command} (ENOENT)`
  }
  if (code === 'ENOENT') {
    return `\`${command}\` is neither in PATH nor in node_modules/.bin beside the config (ENOENT)`
  }
  if (code === 'EACCES') {
    return `the gateway's user may not run ${command} (EACCES): is it executable?`
  }
  return message
}

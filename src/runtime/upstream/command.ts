// The program that the command of a stdio server names.
// In: a server's settings, the root. Out: a path or a name, and first arguments.
// INVARIANT: it does not depend on how the gateway was started; a path is never
// searched for, and a PATH of the server's own is the only one used.

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import type { StdioServer } from '../../contract/table.ts'
import { isPathLike } from '../../diagnostics/paths.ts'
import { readRegularText } from '../../regular.ts'
import { findWindowsProgram, type Program } from './windows-program.ts'

/** Where npm links the programs of packages installed beside the config. */
const INSTALLED = join('node_modules', '.bin')

/** A name is looked for among the programs installed below `root`, then in
 * PATH. npm puts that folder in front of PATH only for what it starts. */
export function findCommand(
  { command, env }: Pick<StdioServer, 'command' | 'env'>,
  root: string,
): Program {
  const isOwn = env.PATH !== undefined
  if (process.platform === 'win32') {
    const path = typeof env.PATH === 'string' ? env.PATH : process.env.PATH
    const folders = [
      ...(isOwn ? [] : [join(root, INSTALLED)]),
      ...(path ?? '').split(delimiter).filter((one) => one !== ''),
    ]
    const name = isPathLike(command) ? resolve(root, command) : command
    const extensions = process.env.PATHEXT
    const found = findWindowsProgram(name, { folders, extensions }, DISK)
    return found ?? { command: name, args: [] }
  }
  if (isPathLike(command)) return { command: resolve(root, command), args: [] }
  const installed = join(root, INSTALLED, command)
  const isHere = !isOwn && isProgram(installed)
  return { command: isHere ? installed : command, args: [] }
}

/** A shim is small. */
const SHIM_BYTES = 2 ** 16

const DISK = {
  isFile: (path: string) =>
    statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  read: (path: string) => readRegularText(path, SHIM_BYTES),
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
  if (code === 'ENOENT' && isPathLike(command)) {
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

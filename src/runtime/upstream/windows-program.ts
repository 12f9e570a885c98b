// The program that a name means on Windows, without a shell.
// In: a command, folders, the extensions of PATHEXT. Out: a program, and what
// stands before the arguments. INVARIANT: a `.cmd` is read, never run: Node
// starts none without a shell, and a shell would read the arguments too.

import { win32 } from 'node:path'

export interface Program {
  readonly command: string
  /** Before those of the config: the script that a shim names. */
  readonly args: readonly string[]
}

export interface Disk {
  isFile(path: string): boolean
  read(path: string): string
}

/** In the order of Windows; one that it cannot start directly is a shim. */
const USUAL = '.COM;.EXE;.BAT;.CMD'

/** `%~dp0\node_modules\npm\bin\npx-cli.js`, as npm, pnpm and yarn write it. */
const TARGET = /%(?:~dp0|dp0%)\\?([^"%\r\n]+\.(?:[cm]?js|exe))"/gi

/** The first script of npx.cmd only asks for a folder. */
const ASIDE = /\\npm-prefix\.js$/i

/** Undefined: it is not found, or its shim is not one that we can read. */
export function findWindowsProgram(
  command: string,
  {
    folders,
    extensions = USUAL,
  }: {
    /** Absolute. In which a name is looked for, in this order. */
    readonly folders: readonly string[]
    readonly extensions?: string | undefined
  },
  disk: Disk,
): Program | undefined {
  const endings = extensions.split(';').filter((one) => one.startsWith('.'))
  const names = win32.extname(command) === '' ? [] : [command]
  const all = [...names, ...endings.map((ending) => command + ending)]
  const paths = win32.isAbsolute(command)
    ? all
    : folders.flatMap((folder) => all.map((name) => win32.join(folder, name)))
  const found = paths.find((path) => disk.isFile(path))
  if (found === undefined) return undefined
  return /\.(?:cmd|bat)$/i.test(found)
    ? readShim(found, disk)
    : { command: found, args: [] }
}

function readShim(path: string, disk: Disk): Program | undefined {
  const folder = win32.dirname(path)
  for (const [, below = ''] of disk.read(path).matchAll(TARGET)) {
    const target = win32.join(folder, below)
    if (ASIDE.test(target) || !disk.isFile(target)) continue
    if (/\\node\.exe$/i.test(target)) continue
    return /\.exe$/i.test(target)
      ? { command: target, args: [] }
      : { command: process.execPath, args: [target] }
  }
  return undefined
}

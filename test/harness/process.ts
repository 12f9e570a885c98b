// `gateway serve` as a process of its own, in a folder of its own.
// In: files of the folder, flags. Out: its endpoint and how to end it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bin, root } from './gateway.ts'

/** What ends, at its own end, all that was started for it: a test, mostly. */
export interface Owner {
  teardown(end: () => unknown): void
}

export interface ServeProcess {
  readonly url: string
  /** `url`, or where it listens if `listen.publicUrl` is another address. */
  readonly localUrl: string
  readonly adminUrl: string
  /** The token of `--dev`, '' without. */
  readonly token: string
  readonly child: ChildProcess
  /** What it said so far. */
  stdout(): string
  stderr(): string
  /** Ends it with a signal; resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** A folder with these files, gone after the test. `portcullis` resolves in
 * it as it does for a user. */
export function makeFolder(
  t: Owner,
  files: Readonly<Record<string, string>>,
): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-')))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/portcullis'))
  return folder
}

/** Starts it on ports of the kernel's and waits until it says where. */
export async function serveFolder(
  t: Owner,
  folder: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  command: readonly string[] = [process.execPath, bin, 'serve'],
): Promise<ServeProcess> {
  const ports = ['--port', '0', '--admin-port', '0']
  const [program = '', ...args] = [...command, ...ports, ...flags]
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    // The channel is for preloads that a test may give.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: `npm start` is two processes.
    detached: true,
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const exited = once(child, 'exit')
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null && child.pid) {
      process.kill(-child.pid, signal)
    }
    await exited
    return child.exitCode
  }
  t.teardown(() => stop('SIGKILL'))
  const end = Date.now() + 60_000
  // The token comes last, in a write of its own.
  const isDev = ['--dev', 'start'].some((word) =>
    [...command, ...flags].includes(word),
  )
  const told = isDev
    ? /^Token .*\n/m
    : /^Endpoint .*\n(?:Listener .*\n)?Admin .*\n/m
  while (!told.test(stdout)) {
    if (child.exitCode !== null || Date.now() > end) {
      throw new Error(`it did not start:\n${stdout}\n${stderr}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const read = (label: string) =>
    new RegExp(`^${label} +(\\S+)`, 'm').exec(stdout)?.[1] ?? ''
  const url = read('Endpoint')
  return {
    url,
    localUrl: findLocal(stdout) ?? url,
    adminUrl: read('Admin'),
    token: read('Token'),
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    stop,
  }
}

function findLocal(said: string): string | undefined {
  const [, at, how] = /^Listener +(\S+), (TLS|without TLS)$/m.exec(said) ?? []
  return at && `${how === 'TLS' ? 'https' : 'http'}://${at}/mcp`
}

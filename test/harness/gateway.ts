// The command `gateway` as a user runs it.
// In: arguments, a folder, perhaps an environment and input. Out: exit code
// and both streams.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { run } from '../../src/cli/run.ts'
import { seal } from './evaluator.ts'

export const root = join(import.meta.dirname, '../../..')
export const bin = join(root, 'dist/run/gateway.js')

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder outside of this repository, whose config would be found. */
export function makeFolder(
  t: { teardown(end: () => void): void },
  files: Readonly<Record<string, string>> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** What stands before the verb, in place of node and bin.js. */
  readonly command?: readonly string[]
}

export async function gateway(
  args: readonly string[],
  options: RunOptions,
): Promise<Run> {
  const { cwd, env = { PATH: process.env.PATH ?? '' }, input = '' } = options
  const command = [...(options.command ?? [process.execPath, bin]), ...args]
  const child = spawn(command[0] as string, command.slice(1), { cwd, env })
  child.stdin.on('error', () => {
    // A verb that reads no input may end before it is written.
  })
  child.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    }),
  ])
  return { code, stdout, stderr }
}

/** The same without a process of its own, nor one for each config that is
 * code: for what is about neither. */
export async function runHere(
  args: readonly string[],
  { cwd = root, input = '' }: Pick<Partial<RunOptions>, 'cwd' | 'input'> = {},
): Promise<Run> {
  const io = makeIo(cwd)
  const { stdin, stdout, stderr } = io
  stdin.end(input)
  const code = await run(args, io)
  stdout.end()
  stderr.end()
  return { code, stdout: await text(stdout), stderr: await text(stderr) }
}

/** What a process would give to a verb. */
export function makeIo(cwd: string) {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  return { stdin, stdout, stderr, cwd, env: {}, now: Date.now, seal }
}

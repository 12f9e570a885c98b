// `gateway import` in a folder, with a home that is the same on every machine.
// In: files of clients, flags. Out: what it printed and wrote.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { run } from '../../src/cli/run.ts'
import { makeIo, type Run, root } from './gateway.ts'

export const cases = join(root, 'test/fixtures/import')

export const nameImports = (): readonly string[] => readdirSync(cases).sort()

/** The files of clients of a case, by name. */
export function readInputs(name: string): Readonly<Record<string, string>> {
  const folder = join(cases, name, 'in')
  const names = readdirSync(folder).sort()
  return Object.fromEntries(
    names.map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  )
}

/** Any verb, with this HOME. */
export async function runAtHome(
  args: readonly string[],
  cwd: string,
  { home = '/home/grace', input = '' } = {},
): Promise<Run> {
  const io = { ...makeIo(cwd), env: { HOME: home } }
  io.stdin.end(input)
  const code = await run(args, io)
  io.stdout.end()
  io.stderr.end()
  return { code, stdout: await text(io.stdout), stderr: await text(io.stderr) }
}

export function readIfThere(folder: string, name: string): string {
  const file = join(folder, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

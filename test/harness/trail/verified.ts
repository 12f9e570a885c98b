// A trail to be verified: short runs of a log, and what `audit verify` says.
// In: a test, names of records, arguments. Out: files, and a verdict.

import { join } from 'node:path'
import type { Test } from 'tap'
import { makeFolder, runHere } from '../gateway.ts'
import { holdClock, openLog } from './make.ts'

const FILE = 'audit/gateway.jsonl'

/** Some records, in an orderly run that has ended. */
export function writeRun(folder: string, names: readonly string[]): void {
  const { log } = openLog(folder, holdClock())
  for (const name of names) log.append(`"event":"intent","requestId":"${name}"`)
  log.close()
}

export async function verify(folder: string, ...args: readonly string[]) {
  const all = ['audit', 'verify', '--cwd', folder, '--report', 'json', ...args]
  const { code, stdout, stderr } = await runHere(all)
  return { code, stderr, ...(stdout === '' ? {} : JSON.parse(stdout)) }
}

/** A folder without any trail yet, and where it will stand. */
export function makeTrail(t: Test): { folder: string; file: string } {
  const folder = makeFolder(t)
  return { folder, file: join(folder, FILE) }
}

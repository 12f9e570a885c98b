// A gateway as a process of its own that says what it holds.
// In: its folder. Out: the process, and its memory in MiB.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, root } from '../gateway.ts'
import { type Owner, serveFolder } from '../process.ts'

export interface Memory {
  readonly resident: number
  /** What is no garbage. */
  readonly held: number
}

const PRELOAD = join(root, 'dist/test/harness/bounds/collect.js')

const toMiB = (bytes: number) => Math.round(bytes / 2 ** 16) / 16

export async function serveWatched(owner: Owner, folder: string) {
  const gateway = await serveFolder(owner, folder, [], {}, [
    process.execPath,
    '--expose-gc',
    '--import',
    PRELOAD,
    bin,
    'serve',
  ])
  const { child } = gateway
  const readMemory = async (): Promise<Memory> => {
    const told = once(child, 'message')
    child.send('memory')
    const [{ heapUsed, external }] = await told
    const text = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const resident = 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1])
    return { resident: toMiB(resident), held: toMiB(heapUsed + external) }
  }
  return { gateway, readMemory }
}

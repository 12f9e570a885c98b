// The owner file of an audit file, or of a state: one process writes at a time.
// INVARIANT: a living owner keeps it, a dead one does not; where the kernel
// cannot tell, a heartbeat does.

import { randomBytes } from 'node:crypto'
import {
  linkSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface Ownership {
  /** Renews the heartbeat; false if another process owns the file. */
  beat(): boolean
  release(): void
}

interface Owner {
  readonly pid: number
  /** Start time of the process, in the kernel's units; '' if unknown. */
  readonly began: string
  /** The machine and the pid namespace. */
  readonly place: string
}

/** How long to watch for a heartbeat, which comes once a second. */
const HEARTBEAT_WAIT_MS = 6_000
const PAUSE_MS = 100

/** Rejects with EBUSY if another process owns one of them; then none is owned. */
export async function claimAll(
  claims: readonly Promise<Ownership>[],
): Promise<Ownership> {
  const results = await Promise.allSettled(claims)
  const owned = results.flatMap((one) => ('value' in one ? [one.value] : []))
  const release = () => {
    for (const one of owned) one.release()
  }
  const failed = results.find((one) => one.status === 'rejected')
  if (failed) {
    release()
    throw failed.reason
  }
  return {
    beat: () => owned.map((one) => one.beat()).every((isOurs) => isOurs),
    release,
  }
}

/** The file that stands for all of a state folder, wherever its audit is. */
export function claimState(state: string): Promise<Ownership> {
  return claimFile(join(state, 'gateway'), state)
}

/** Rejects with EBUSY if another process writes the file. `state`: the folder
 * that it stands for; `waitMs`: how long to watch for its heartbeat. */
export async function claimFile(
  file: string,
  state: string | null = null,
  waitMs = HEARTBEAT_WAIT_MS,
): Promise<Ownership> {
  const path = `${file}.owner`
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, JSON.stringify(describeOwner(process.pid)), {
    mode: 0o600,
    flag: 'wx',
  })
  try {
    while (!linkOnce(draft, path)) {
      const other = await findOwner(path, waitMs)
      if (other) throw refuse(file, state, other)
    }
    const { ino } = statSync(draft)
    const isOurs = () => inodeOf(path) === ino
    return {
      beat: () => {
        if (!isOurs()) return false
        utimesSync(path, new Date(), new Date())
        return true
      },
      release: () => {
        if (isOurs()) rmSync(path)
      },
    }
  } finally {
    rmSync(draft)
  }
}

/** Creates the file with its content in one step; false if it exists. */
function linkOnce(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The living owner, if any. Removes the file of a dead one. */
async function findOwner(
  path: string,
  waitMs: number,
): Promise<Owner | undefined> {
  const inode = inodeOf(path)
  const owner = readOwner(path)
  if (owner && (isAlive(owner) ?? (await beats(path, waitMs)))) return owner
  // Two processes may find the owner dead at once: the slower one must not
  // remove the faster one's file.
  const away = `${path}.${randomBytes(4).toString('hex')}.dead`
  try {
    renameSync(path, away)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
  if (inodeOf(away) !== inode) linkOnce(away, path)
  rmSync(away)
  return undefined
}

/** Undefined if this process cannot see the owner's processes. */
function isAlive({ pid, began, place }: Owner): boolean | undefined {
  const here = describeOwner(pid)
  if (place !== here.place) return undefined
  if (began !== '') return began === here.began
  try {
    process.kill(pid, 0)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

async function beats(path: string, waitMs: number): Promise<boolean> {
  const first = mtimeOf(path)
  for (let waited = 0; waited < waitMs; waited += PAUSE_MS) {
    await setTimeout(PAUSE_MS)
    if (mtimeOf(path) !== first) return true
  }
  return false
}

/** On Linux, the start time distinguishes a process from a later one with the
 * same pid. */
function describeOwner(pid: number): Owner {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const place = `${boot} ${readlinkSync('/proc/self/ns/pid')}`
    return { pid, began: readBegin(pid), place }
  } catch {
    return { pid, began: '', place: hostname() }
  }
}

/** 'none' if there is no such process. */
function readBegin(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name in parentheses, with any characters.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; its parent has not collected it.
    return fields[0] === 'Z' ? 'none' : (fields[19] ?? 'none')
  } catch {
    return 'none'
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return undefined
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

function mtimeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

function refuse(file: string, state: string | null, { pid }: Owner): Error {
  const message =
    state !== null
      ? `process ${pid} uses the state folder ${state}; one folder is one gateway's: ` +
        'stop that one, or give this one its own `state`'
      : `process ${pid} writes the audit file ${file}; one file is one gateway's: ` +
        'stop that one, or give this one its own `audit.file`'
  return Object.assign(new Error(message), { code: 'EBUSY' })
}

// Who writes an audit file: one process at a time.
// In: the audit file. Out: an owner file beside it, for as long as we write.
// INVARIANT: an owner that lives keeps it; one that was killed does not. Where
// the kernel cannot say which, a heartbeat does.

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
import { setTimeout } from 'node:timers/promises'

export interface Ownership {
  /** Says that we live; false when the file is another's by now. */
  beat(): boolean
  release(): void
}

interface Owner {
  readonly pid: number
  /** When it began, as its kernel counts; '' where that cannot be known. */
  readonly began: string
  /** The machine, and the space in which `pid` means something. */
  readonly place: string
}

/** Of a beat a second. */
const PATIENCE_MS = 6_000
const PAUSE_MS = 100

/** Rejects with EBUSY when somebody else writes the file. `patience`: how long
 * a beat is waited for. */
export async function claimFile(
  file: string,
  patience = PATIENCE_MS,
): Promise<Ownership> {
  const path = `${file}.owner`
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, JSON.stringify(describeOwner(process.pid)), {
    mode: 0o600,
    flag: 'wx',
  })
  try {
    while (!putDown(draft, path)) {
      const other = await findOwner(path, patience)
      if (other) throw refuse(file, other)
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

/** Whole or not at all; false when there is one. */
function putDown(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The living owner; one that is dead is cleared away. */
async function findOwner(
  path: string,
  patience: number,
): Promise<Owner | undefined> {
  const inode = inodeOf(path)
  const owner = readOwner(path)
  if (owner && (isAlive(owner) ?? (await beats(path, patience)))) return owner
  // Of two that find it dead, one must not take away what the other placed.
  const away = `${path}.${randomBytes(4).toString('hex')}.dead`
  try {
    renameSync(path, away)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
  if (inodeOf(away) !== inode) putDown(away, path)
  rmSync(away)
  return undefined
}

/** Undefined: it runs where this process cannot look. */
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

async function beats(path: string, patience: number): Promise<boolean> {
  const first = mtimeOf(path)
  for (let waited = 0; waited < patience; waited += PAUSE_MS) {
    await setTimeout(PAUSE_MS)
    if (mtimeOf(path) !== first) return true
  }
  return false
}

/** Linux tells a process from a later one of the same number. */
function describeOwner(pid: number): Owner {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const place = `${boot} ${readlinkSync('/proc/self/ns/pid')}`
    return { pid, began: readBegin(pid), place }
  } catch {
    return { pid, began: '', place: hostname() }
  }
}

/** 'none': there is no such process. */
function readBegin(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name that may hold anything, in parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie is one that nobody has buried yet.
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

function refuse(file: string, { pid }: Owner): Error {
  const message =
    `process ${pid} writes the audit file ${file}; one file is one gateway's: ` +
    'stop that one, or give this one its own `audit.file`'
  return Object.assign(new Error(message), { code: 'EBUSY' })
}

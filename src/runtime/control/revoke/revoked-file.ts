// `gateway.revoked` on disk: read at the start, watched, appended to.
// INVARIANT: no change of the file undoes a revocation that this process has
// read.

import {
  appendFileSync,
  type BigIntStats,
  closeSync,
  fstatSync,
  fsync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { readRegularText } from '../../../regular.ts'
import {
  type Revocation,
  Revocations,
  readRevocations,
  writeRevocation,
} from '../../../table/revoked.ts'

const sync = promisify(fsync)

/** A changed file is read this often: its time stamp may not change between two
 * writes. */
const REREADS = 3

/** Most bytes of the file; a longer one is refused. */
const MAX_BYTES = 64 * 1024 * 1024

interface RevokedFileEvents {
  /** All revocations of a file that has changed. */
  onRevocations(found: readonly Revocation[]): void
  /** A problem for operators. */
  onProblem(problem: string): void
}

export class RevokedFile {
  readonly path: string
  readonly revocations = new Revocations()
  readonly #events: RevokedFileEvents
  #text = ''
  #state = ''
  #rereads = 0
  #problem = ''
  #writing: Promise<unknown> = Promise.resolve()
  #lines = ''
  #next: Promise<void> | undefined

  /** Reads the file; throws if it exists and cannot be read: the gateway must
   * not accept tokens that it revokes. */
  constructor(path: string, events: RevokedFileEvents) {
    this.path = path
    this.#events = events
    try {
      judgeFile(statSync(path))
      this.#text = readRegularText(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    const { revocations } = readRevocations(this.#text)
    for (const one of revocations) this.revocations.add(one)
    // The next reading reports malformed lines.
    this.#rereads = REREADS
  }

  /** Reads the file if it has changed; called a few times a second. Synchronous:
   * waking a thread for it takes the core away from calls for milliseconds. */
  refresh(): void {
    try {
      const stats = statSync(this.path, { bigint: true })
      judgeFile(stats)
      const { ino, size, ctimeNs } = stats
      const state = `${ino} ${size} ${ctimeNs}`
      if (state !== this.#state) this.#rereads = REREADS
      this.#state = state
      if (this.#rereads > 0) this.#take(readRegularText(this.path))
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') this.#report(`cannot be followed (${code})`)
      else if (this.#text !== '') this.#report('is gone')
    }
  }

  /** Applies new revocations. A malformed line is reported only when the file
   * has not changed since: it may be half written. */
  #take(text: string): void {
    const isUnchanged = text === this.#text
    const { revocations, malformed } = readRevocations(text)
    this.#text = text
    if (isUnchanged) this.#rereads--
    if (!isUnchanged) return this.#events.onRevocations(revocations)
    const list = malformed.slice(0, 10).join(', ')
    const plural = malformed.length > 1 ? 'lines' : 'line'
    if (malformed.length === 0) this.#problem = ''
    else
      this.#report(
        `GW8016 ${plural} ${list}: not a revocation, so not in force`,
      )
  }

  /** Reports a problem once. */
  #report(problem: string): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.#events.onProblem(`${this.path}: ${problem}`)
  }

  /** Appends a line, in one write with others that wait; rejects if the disk
   * does not have it. */
  append(revocation: Revocation, reason: string | null): Promise<void> {
    const note = reason === null ? '' : `# ${reason}\n`
    this.#lines += note + writeRevocation(revocation)
    if (this.#next) return this.#next
    const next = this.#writing.then(() => {
      const lines = this.#lines
      this.#lines = ''
      this.#next = undefined
      return this.#write(lines)
    })
    this.#next = next
    this.#writing = next.catch(() => {})
    return next
  }

  /** Only the disk is awaited: each wait is a turn of an event loop that may be
   * busy, before the operator is told. */
  async #write(lines: string): Promise<void> {
    const file = openSync(this.path, 'a+', 0o600)
    try {
      const { size } = fstatSync(file)
      const last = Buffer.alloc(1)
      if (size > 0) readSync(file, last, 0, 1, size - 1)
      // The last line may lack its newline.
      const start = size > 0 && last[0] !== 0x0a ? '\n' : ''
      appendFileSync(file, start + lines)
      await sync(file)
      if (size === 0) await syncFolder(this.path)
    } finally {
      closeSync(file)
    }
  }

  /** Resolves when every line is written. */
  async close(): Promise<void> {
    await this.#writing
  }
}

/** Throws for a file that is too large or not a regular file. */
function judgeFile(stats: Stats | BigIntStats): void {
  const { size } = stats
  if (size > MAX_BYTES) throw fail('EFBIG')
  // Reading refuses a folder.
  if (!stats.isFile() && !stats.isDirectory()) throw fail('EINVAL')
}

function fail(code: string): Error {
  return Object.assign(new Error(`${code}: not a file of lines`), { code })
}

/** A new file is on disk only after its folder is synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = openSync(dirname(path), 'r')
  try {
    await sync(folder)
  } finally {
    closeSync(folder)
  }
}

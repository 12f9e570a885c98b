// `gateway.revoked` on the disk: read at the start, followed, appended to.
// In: its path, who is told of its lines. Out: revocations; lines on the disk.
// INVARIANT: nothing that happens to the file gives anything back: what this
// process has read once holds until it ends.

import { type BigIntStats, type Stats, statSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readRegularText } from '../../../regular.ts'
import {
  type Revocation,
  Revocations,
  readRevocations,
  writeRevocation,
} from '../../../table/revoked.ts'

/** A clock of the disk may stand still between two writes: a file that has
 * changed is read again this often. */
const DOUBTS = 3

/** A file of lines is never that long; one that is would fill the memory. */
const MAX_BYTES = 64 * 1024 * 1024

export interface RevokedListener {
  /** All lines of a file that has changed; it puts them in force. */
  taken(found: readonly Revocation[]): void
  /** What an operator must hear of. */
  faulty(problem: string): void
}

export class RevokedFile {
  readonly path: string
  readonly revocations = new Revocations()
  readonly #listener: RevokedListener
  #text = ''
  #state = ''
  #doubts = 0
  #problem = ''
  #busy = false
  #writing: Promise<unknown> = Promise.resolve()
  #lines = ''
  #next: Promise<void> | undefined

  /** Reads it; throws when it is there and cannot be read, for who starts
   * without it lets in what was revoked. */
  constructor(path: string, listener: RevokedListener) {
    this.path = path
    this.#listener = listener
    try {
      judgeFile(statSync(path))
      this.#text = readRegularText(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    const { revocations } = readRevocations(this.#text)
    for (const one of revocations) this.revocations.add(one)
    // What is wrong with it is told by the first reading that follows.
    this.#doubts = DOUBTS
  }

  /** Looks whether it has changed; called a few times a second. */
  async look(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      const stats = await stat(this.path, { bigint: true })
      judgeFile(stats)
      const { ino, size, ctimeNs } = stats
      const state = `${ino} ${size} ${ctimeNs}`
      if (state !== this.#state) this.#doubts = DOUBTS
      this.#state = state
      if (this.#doubts > 0) this.#take(readRegularText(this.path))
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') this.#say(`cannot be followed (${code})`)
      else if (this.#text !== '') this.#say('is gone')
    } finally {
      this.#busy = false
    }
  }

  /** Tells of what is new; a line that is half written now is whole at
   * the next look, and only then is it called malformed. */
  #take(text: string): void {
    const settled = text === this.#text
    const { revocations, malformed } = readRevocations(text)
    this.#text = text
    if (settled) this.#doubts--
    if (!settled) return this.#listener.taken(revocations)
    const list = malformed.slice(0, 10).join(', ')
    const plural = malformed.length > 1 ? 'lines' : 'line'
    if (malformed.length === 0) this.#problem = ''
    else this.#say(`GW8016 ${plural} ${list}: no revocation, so not in force`)
  }

  /** Once, until it is another. */
  #say(problem: string): void {
    if (problem === this.#problem) return
    this.#problem = problem
    this.#listener.faulty(`${this.path}: ${problem}`)
  }

  /** Puts a line on the disk, together with others that wait for it; rejects when it is not there to stay. */
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

  async #write(lines: string): Promise<void> {
    const file = await open(this.path, 'a+', 0o600)
    try {
      const { size } = await file.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await file.read(last, 0, 1, size - 1)
      // Behind a line that nobody ended, ours would be part of it.
      const start = size > 0 && last[0] !== 0x0a ? '\n' : ''
      await file.appendFile(start + lines)
      await file.sync()
      if (size === 0) await syncFolder(this.path)
    } finally {
      await file.close()
    }
  }

  /** Resolves when every line is written. */
  async close(): Promise<void> {
    await this.#writing
  }
}

/** Throws for what would be read without end, or not at all. */
function judgeFile(stats: Stats | BigIntStats): void {
  const { size } = stats
  if (size > MAX_BYTES) throw fail('EFBIG')
  // A folder is refused by whoever reads it.
  if (!stats.isFile() && !stats.isDirectory()) throw fail('EINVAL')
}

function fail(code: string): Error {
  return Object.assign(new Error(`${code}: no file of lines`), { code })
}

/** A new file is there to stay when its folder says so. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

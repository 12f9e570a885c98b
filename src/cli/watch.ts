// Reports when the content of files changes.
// In: absolute paths, which may change later. Out: a call for each change.
// INVARIANT: folders are watched, not files, which editors replace; those behind
// links too; no error ends the watch.

import { createHash } from 'node:crypto'
import { type FSWatcher, realpathSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { readRegular } from '../regular.ts'

/** Editors and git write in bursts. */
const QUIET_MS = 50

/** How long changes renew that wait: something else in the folder, such as a log,
 * may change all the time. */
const LONGEST_BURST_MS = 200

/** Larger than any watched file. */
const MAX = 256 * 2 ** 20

/** Interval for checking a folder that is missing. */
const RETRY_MS = 500

export class Watch {
  readonly #changed: () => void
  readonly #always: readonly string[]
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #retry: NodeJS.Timeout
  #files: readonly string[] = []
  #content = ''
  #timer: NodeJS.Timeout | undefined
  /** When the burst began that the timer waits for the end of. */
  #since: number | undefined

  /** `always` is watched in addition to the files of follow(). */
  constructor(changed: () => void, always: readonly string[] = []) {
    this.#changed = changed
    this.#always = always
    this.#retry = setInterval(() => this.#watchFolders(), RETRY_MS)
  }

  /** Watches these files from now on, whether they exist or not; with `keep`,
   * the earlier files too. */
  follow(files: readonly string[], { keep = false } = {}): void {
    const before = this.#files
    // A file saved during the last compilation may have been too late for it: a
    // newly watched file counts as changed.
    const missed = before.length > 0 && hashFiles(before) !== this.#content
    const kept = keep ? before : this.#always
    this.#files = [...new Set([...kept, ...files])]
    this.#content = missed ? '' : hashFiles(this.#files)
    if (missed) this.#look()
    const folders = listFolders(this.#files)
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    this.#watchFolders()
  }

  close(): void {
    clearInterval(this.#retry)
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #watchFolders(): void {
    for (const folder of listFolders(this.#files)) {
      if (this.#watchers.has(folder)) continue
      try {
        const watcher = watch(folder, () => this.#look())
        watcher.on('error', () => this.#drop(folder))
        this.#watchers.set(folder, watcher)
        this.#look()
      } catch {
        // Missing now: the interval checks again.
      }
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#look()
  }

  #look(): void {
    const now = performance.now()
    this.#since ??= now
    if (now - this.#since > LONGEST_BURST_MS) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#since = undefined
      const content = hashFiles(this.#files)
      if (content === this.#content) return
      this.#content = content
      this.#changed()
    }, QUIET_MS)
  }
}

/** Those that the files are named in, and where links lead: a file may be
 * overwritten there. */
function listFolders(files: readonly string[]): ReadonlySet<string> {
  return new Set(files.flatMap((file) => [dirname(file), ...findReal(file)]))
}

function findReal(file: string): readonly string[] {
  try {
    return [dirname(realpathSync(file))]
  } catch {
    return []
  }
}

/** SHA-256 of each file, hex; files that cannot be read are left out. */
export function hashEach(
  files: readonly string[],
): ReadonlyMap<string, string> {
  const hashes = files.map((file) => [file, hashFile(file)] as const)
  return new Map(hashes.filter(([, hash]) => HASH.test(hash)))
}

const HASH = /^[0-9a-f]{64}$/

/** Or the error: an absent file is a state like any other, and so is a pipe. */
function hashFile(file: string): string {
  try {
    return createHash('sha256').update(readRegular(file, MAX)).digest('hex')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

function hashFiles(files: readonly string[]): string {
  return JSON.stringify(files.map((file) => [file, hashFile(file)]))
}

// A folder of sealed files: each holds one text, about one thing.
// In: the gateway's key; texts and what they are about. Out: the same, later.
// INVARIANT: a file opens only under its own name and about its own thing; it is
// whole on disk before it takes the place of the one before, after a kill too.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
} from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readRegular } from '../../regular.ts'
import { deriveKey } from '../base/key.ts'

/** What a text is about: its kind, and the names that it belongs to. */
export type About = readonly [kind: string, ...names: (string | null)[]]

export interface Opened {
  readonly about: About
  readonly text: string
}

export interface SealedFolderOptions {
  readonly folder: string
  /** The gateway's key. */
  readonly key: Buffer
  /** One line about a file that cannot be opened or written. */
  onProblem(text: string): void
}

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16
const LENGTH = 4
const MAX_BYTES = 256 * 1024

/** A draft that is older was left by a process that has ended. */
const DRAFT_MS = 60_000

/** Of files that are never there. */
const NO_TIME = Number.NEGATIVE_INFINITY

const NAME = /^[0-9a-f]{32}\.[a-z]+$/
const DRAFT = /^([0-9a-f]{32}\.[a-z]+)\.(\d+)\.[0-9a-f]+\.draft$/

export class SealedFolder {
  readonly #options: SealedFolderOptions
  readonly #sealKey: Buffer
  readonly #nameKey: Buffer
  /** By name, the last thing that was begun with its file. */
  readonly #work = new Map<string, Promise<void>>()

  constructor(options: SealedFolderOptions) {
    this.#options = options
    const key = deriveKey(options.key, 'grants')
    this.#sealKey = createHmac('sha256', key).update('seal').digest()
    this.#nameKey = createHmac('sha256', key).update('name').digest()
  }

  /** A keyed digest: who has no key cannot tell what it is about. */
  digest(about: About): string {
    const mac = createHmac('sha256', this.#nameKey)
    return mac.update(JSON.stringify(about)).digest('hex')
  }

  /** All files that can be opened. */
  readAll(): readonly Opened[] {
    return this.#list().flatMap((name) => {
      const opened = this.#read(name)
      if (opened) return [opened]
      this.#tell(
        `${name} cannot be opened: it was sealed with another key, or changed; it is left as it is`,
      )
      return []
    })
  }

  /** What the file holds now; undefined if there is none that opens. */
  read(about: About): string | undefined {
    return this.#read(this.#nameOf(about))?.text
  }

  write(about: About, text: string): Promise<void> {
    const name = this.#nameOf(about)
    const bytes = this.#seal(name, about, text)
    try {
      const draft = this.#writeDraft(name, bytes)
      return this.#queue(name, () => this.#replace(name, draft))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  remove(about: About): Promise<void> {
    const name = this.#nameOf(about)
    const path = join(this.#options.folder, name)
    return this.#queue(name, () => rm(path, { force: true }))
  }

  /** Resolves when all that was begun has ended. */
  async finish(): Promise<void> {
    await Promise.allSettled([...this.#work.values()])
  }

  #nameOf(about: About): string {
    return `${this.digest(about).slice(0, 32)}.${about[0]}`
  }

  /** One after the other for each file. */
  #queue(name: string, run: () => Promise<void>): Promise<void> {
    const before = this.#work.get(name) ?? Promise.resolve()
    const work = before.catch(() => {}).then(run)
    this.#work.set(name, work)
    const forget = () => {
      if (this.#work.get(name) === work) this.#work.delete(name)
    }
    work.then(forget, forget)
    return work
  }

  /** At once: who kills the process takes nothing of it away. */
  #writeDraft(name: string, bytes: Buffer): string {
    const { folder } = this.#options
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const suffix = `${process.pid}.${randomBytes(4).toString('hex')}.draft`
    const draft = join(folder, `${name}.${suffix}`)
    try {
      writeFileSync(draft, bytes, { flag: 'wx', mode: 0o600 })
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
    return draft
  }

  /** On the disk first: a machine may lose its power too. */
  async #replace(name: string, draft: string): Promise<void> {
    const { folder } = this.#options
    try {
      const file = await open(draft, 'r+')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, join(folder, name))
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {})
      throw error
    }
    await syncFolder(folder)
  }

  #list(): readonly string[] {
    const { folder } = this.#options
    try {
      const names = readdirSync(folder)
      if ((statSync(folder).mode & 0o022) !== 0) {
        this.#tell(
          'others can write here, and put back older files: run chmod 700',
        )
      }
      for (const draft of names) this.#finishDraft(draft)
      return readdirSync(folder)
        .filter((one) => NAME.test(one))
        .sort()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') this.#tell(`the folder cannot be read: ${code}`)
      return []
    }
  }

  /** One that a killed process has left holds the last that an issuer gave: what
   * it replaces may be of no use any more. */
  #finishDraft(draft: string): void {
    const [, name, pid] = DRAFT.exec(draft) ?? []
    if (name === undefined) return
    const path = join(this.#options.folder, draft)
    const target = join(this.#options.folder, name)
    try {
      const at = timeOf(path)
      const isWhole = !isOther(Number(pid)) && this.#read(name, draft)
      if (isWhole && at >= timeOf(target)) renameSync(path, target)
      else if (isWhole || Date.now() - at > DRAFT_MS) rmSync(path)
    } catch {
      // Another process has settled it.
    }
  }

  #tell(text: string): void {
    this.#options.onProblem(`${this.#options.folder}: ${text}`)
  }

  /** Two parts: what it is about, bound to the name; the text, bound to that. */
  #seal(name: string, about: About, text: string): Buffer {
    const subject = JSON.stringify(about)
    const head = this.#encrypt(subject, name)
    const length = Buffer.alloc(LENGTH)
    length.writeUInt32BE(head.length)
    return Buffer.concat([length, head, this.#encrypt(text, subject)])
  }

  #read(name: string, file = name): Opened | undefined {
    try {
      const path = join(this.#options.folder, file)
      const bytes = readRegular(path, MAX_BYTES)
      const end = LENGTH + bytes.readUInt32BE(0)
      const subject = this.#decrypt(bytes.subarray(LENGTH, end), name)
      const text = this.#decrypt(bytes.subarray(end), subject)
      return { about: JSON.parse(subject) as About, text }
    } catch {
      return undefined
    }
  }

  #encrypt(text: string, bound: string): Buffer {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv(CIPHER, this.#sealKey, nonce)
    cipher.setAAD(Buffer.from(bound))
    const body = Buffer.concat([cipher.update(text), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body])
  }

  #decrypt(sealed: Buffer, bound: string): string {
    if (sealed.length < NONCE + TAG) throw new Error('it is cut')
    const nonce = sealed.subarray(0, NONCE)
    const cipher = createDecipheriv(CIPHER, this.#sealKey, nonce)
    cipher.setAAD(Buffer.from(bound))
    cipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG))
    const body = cipher.update(sealed.subarray(NONCE + TAG))
    return Buffer.concat([body, cipher.final()]).toString()
  }
}

/** Of the last change; of a file that is not there, before all others. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? NO_TIME
}

/** Whether it is a process that runs beside this one. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** So that the new name survives a crash too. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    // Some systems cannot do this.
  }
}

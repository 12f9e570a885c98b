// Targets of rows: stdout, or a file that appears when it is complete.
// In: `--report` targets, texts. Out: bytes written, in order.
// INVARIANT: the buffer for a slow reader is bounded; an incomplete file is
// removed.

import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Shown } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'
import type { Target } from '../reports.ts'
import type { Screen } from '../screen.ts'
import type { Io } from '../verb.ts'

export interface Sink {
  write(shown: Shown): void
  /** Writes the buffer; resolves when there is room for more. */
  drain(): Promise<void>
  /** False: the reader has closed the output. */
  readonly open: boolean
  commit(): void
  drop(): void
}

const MUCH = 2 ** 16

export function openOutput({ file }: Target, io: Io): Sink {
  return file === undefined ? new StreamOutput(io) : new FileOutput(file, io)
}

class StreamOutput implements Sink {
  readonly #screen: Screen
  #text = ''
  #full = false
  #waiting = () => {}
  open = true

  constructor({ stdout }: Io) {
    const { stream } = stdout
    this.#screen = stdout
    stream.on('drain', () => {
      this.#full = false
      this.#waiting()
    })
    // `gateway audit query | head` reads no more.
    for (const end of ['error', 'close']) {
      stream.on(end, () => {
        this.open = false
        this.#waiting()
      })
    }
  }

  write(shown: Shown): void {
    this.#text += shown.format(this.#screen.look)
    if (this.#text.length >= MUCH) this.#send()
  }

  async drain(): Promise<void> {
    this.#send()
    if (!this.#full || !this.open) return
    await new Promise<void>((resolve) => {
      this.#waiting = resolve
    })
  }

  commit(): void {
    this.#send()
  }

  drop(): void {}

  #send(): void {
    if (this.#text !== '' && this.open) {
      this.#full = !this.#screen.send(this.#text)
    }
    this.#text = ''
  }
}

class FileOutput implements Sink {
  readonly #path: string
  readonly #draft: string
  readonly #descriptor: number
  #text = ''
  readonly open = true

  constructor(file: string, { cwd }: Io) {
    this.#path = resolve(cwd, file)
    this.#draft = `${this.#path}.${process.pid}.new`
    try {
      this.#descriptor = openSync(this.#draft, 'wx')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new Unanswerable(`cannot write ${file}: ${code}`)
    }
  }

  write(shown: Shown): void {
    this.#text += shown.toString()
    if (this.#text.length >= MUCH) this.#send()
  }

  async drain(): Promise<void> {
    this.#send()
  }

  commit(): void {
    this.#send()
    closeSync(this.#descriptor)
    renameSync(this.#draft, this.#path)
  }

  drop(): void {
    closeSync(this.#descriptor)
    rmSync(this.#draft, { force: true })
  }

  #send(): void {
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#descriptor, bytes, at)
    }
  }
}

// One kept-alive connection of the generator, as a raw socket.
// In: a port, then requests. Out: each answer, as long as it may be read.
// INVARIANT: all connections read into one buffer, so a large answer costs no
// memory of its own.

import { connect, type Socket } from 'node:net'
import { type WireMessage, WireReader } from '../wire.ts'

/** A megabyte is few reads. */
const READ_INTO = Buffer.allocUnsafeSlow(1024 * 1024)

/** A long text is written as it is, between what stands around it. */
export interface Request {
  readonly start: string
  readonly text: Buffer | undefined
  readonly end: string
}

export class Line {
  readonly #socket: Socket
  #reply: ((message: WireMessage) => void) | undefined
  #fail: (error: Error) => void = () => {}

  /** `keep`: an answer up to so many bytes is kept whole. */
  constructor(port: number, keep?: number) {
    const reader = new WireReader((message) => this.#reply?.(message), keep)
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: READ_INTO,
        callback: (count) => {
          reader.feed(READ_INTO.subarray(0, count))
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('it was closed')))
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      this.#socket.once('connect', resolve)
    })
  }

  listen(
    reply: (message: WireMessage) => void,
    fail: (error: Error) => void,
  ): void {
    this.#reply = reply
    this.#fail = fail
  }

  send({ start, text, end }: Request): void {
    if (!text) {
      this.#socket.write(start, 'latin1')
      return
    }
    this.#socket.cork()
    this.#socket.write(start, 'latin1')
    this.#socket.write(text)
    this.#socket.write(end, 'latin1')
    this.#socket.uncork()
  }

  close(): void {
    this.#fail = () => {}
    this.#socket.destroy()
  }
}

export async function openLines(
  port: number,
  count: number,
): Promise<readonly Line[]> {
  const lines = Array.from({ length: count }, () => new Line(port))
  await Promise.all(lines.map((line) => line.opened()))
  return lines
}

// Reads the sockets of a server into one buffer that all of them share.
// In: a socket, what takes its bytes. Out: a Reads.
// INVARIANT: the bytes are lent until the callback returns; where Node cannot do
// it, and over TLS, they come as a stream gives them.

import { Socket, type SocketConstructorOpts } from 'node:net'

export interface Reads {
  /** From now on, the bytes go to the stream. */
  end(): void
}

type Take = (bytes: Buffer) => void

/** Where a socket keeps its option `onread`, which Node has for clients alone. */
interface OnRead {
  readonly buffer: symbol
  readonly callback: symbol
}

const ON_READ = findOnRead()

export class LentReads {
  /** Used by one socket at a time. A read of Node's own asks for 64 KiB each time,
   * which costs more than a small request, and fills the memory of a large one
   * twice. */
  readonly #buffer = Buffer.allocUnsafeSlow(64 * 1024)
  /** Its beginnings, by their length: who is lent one keeps none of them. */
  readonly #beginnings = new Array<Buffer | undefined>(MOST_KEPT + 1)

  start(socket: Socket, take: Take): Reads {
    const { _handle: handle } = socket as unknown as { _handle: Handle | null }
    const isPlain = socket.constructor === Socket
    if (!ON_READ || !isPlain || typeof handle?.useUserBuffer !== 'function') {
      socket.on('data', take)
      return { end: () => void socket.off('data', take) }
    }
    const buffer = this.#buffer
    let isLent = true
    const read = (size: number): boolean => {
      const bytes = this.#lend(size)
      if (!isLent) return socket.push(Buffer.from(bytes))
      take(bytes)
      return true
    }
    const { buffer: at, callback } = ON_READ
    Object.assign(socket, { [at]: buffer, [callback]: read })
    handle.useUserBuffer(buffer)
    socket.resume()
    return {
      end: () => {
        isLent = false
      },
    }
  }

  #lend(size: number): Buffer {
    if (size > MOST_KEPT) return this.#buffer.subarray(0, size)
    const known = this.#beginnings[size]
    if (known) return known
    const bytes = this.#buffer.subarray(0, size)
    this.#beginnings[size] = bytes
    return bytes
  }
}

/** Longest beginning that is kept: most requests are shorter. */
const MOST_KEPT = 2_048

interface Handle {
  useUserBuffer?(buffer: Buffer): void
}

/** Undefined in a version of Node that keeps it elsewhere. */
function findOnRead(): OnRead | undefined {
  const onread = { buffer: Buffer.alloc(1), callback: () => true }
  const probe = new Socket({ onread } as SocketConstructorOpts)
  const symbols = Object.getOwnPropertySymbols(probe)
  const find = (name: string) =>
    symbols.find(({ description }) => description === name)
  const [buffer, callback] = [find('kBuffer'), find('kBufferCb')]
  return buffer && callback ? { buffer, callback } : undefined
}

// Streams on which nothing is said: the GET of a session each.
// In: a target, how many. Out: open sockets, until they are closed.
// INVARIANT: a stream counts as open when its head has come; one that ends by
// itself is counted too.

import { connect, type Socket } from 'node:net'
import { Line } from './line.ts'
import { introduce, type Target } from './target.ts'

/** Handshakes, and streams that are being opened, at the same time. */
const AT_ONCE = 16

export class IdleStreams {
  readonly #sockets = new Set<Socket>()
  #lost = 0

  /** Resolves to how many are open. */
  async open(target: Target, count: number): Promise<number> {
    let next = 0
    const work = async () => {
      const line = new Line(target.port)
      await line.opened()
      while (next < count) {
        const token = target.tokens[next++ % target.tokens.length] ?? ''
        const head = await introduce(line, target, token)
        await this.#listen(target.port, head.replace('POST', 'GET'))
      }
      line.close()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return this.#sockets.size
  }

  #listen(port: number, head: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port })
      socket.once('data', (bytes) => {
        const answer = bytes.toString('latin1')
        if (!answer.startsWith('HTTP/1.1 200 ')) {
          return reject(new Error(`a stream: ${answer}`))
        }
        this.#sockets.add(socket)
        socket.resume()
        resolve()
      })
      socket.on('error', reject)
      socket.on('close', () => {
        if (this.#sockets.delete(socket)) this.#lost++
        reject(new Error('a stream was closed'))
      })
      socket.write(`${head}\r\n`, 'latin1')
    })
  }

  /** Resolves to how many had ended by themselves. */
  close(): number {
    for (const socket of this.#sockets) {
      this.#sockets.delete(socket)
      socket.destroy()
    }
    return this.#lost
  }
}

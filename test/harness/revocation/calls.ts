// Calls that last: progress now and then, an answer when the trial says so.
// In: calls as they reach a raw server. Out: their messages.
// INVARIANT: a call is answered at most once, and says nothing after that.

import type { ServerResponse } from 'node:http'
import type { RawCall } from '../raw-server.ts'

interface Held {
  readonly tell: () => void
  readonly answer: () => void
}

export class Calls {
  readonly #held = new Map<string, Held>()
  readonly #timer: NodeJS.Timeout

  constructor(everyMs: number) {
    this.#timer = setInterval(() => {
      for (const { tell } of this.#held.values()) tell()
    }, everyMs)
  }

  hold({ id, params }: RawCall, response: ServerResponse): void {
    const { arguments: given, _meta } = params as unknown as {
      arguments: { nonce: string }
      _meta: { progressToken: unknown }
    }
    const write = (message: object) => {
      const text = JSON.stringify({ jsonrpc: '2.0', ...message })
      if (!response.destroyed) response.write(`data: ${text}\n\n`)
    }
    const { progressToken } = _meta
    const method = 'notifications/progress'
    let progress = 0
    const tell = () =>
      write({ method, params: { progressToken, progress: ++progress } })
    const answer = () => {
      write({ id, result: { content: [] } })
      response.end()
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    this.#held.set(given.nonce, { tell, answer })
    tell()
  }

  answer(nonce: string): void {
    this.#held.get(nonce)?.answer()
    this.#held.delete(nonce)
  }

  answerAll(): void {
    for (const nonce of [...this.#held.keys()]) this.answer(nonce)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

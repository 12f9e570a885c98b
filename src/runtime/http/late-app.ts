// The router of a listener, made when it is first needed.
// In: what makes it, requests. Out: their answers.
// INVARIANT: whatever fails while it is made or routes, each request is answered,
// and the next one tries again.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from './app.ts'

export type MakeApp = () => Promise<App>

export class LateApp {
  readonly #makeApp: MakeApp
  readonly #failed: (error: unknown) => void
  #app: App | undefined
  #making: Promise<App | undefined> | undefined
  #closed = false

  /** `failed` is told why it could not be made, or could not route. */
  constructor(makeApp: MakeApp, failed: (error: unknown) => void) {
    this.#makeApp = makeApp
    this.#failed = failed
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#app) return this.#route(this.#app, request, response)
    this.#making ??= this.#make()
    this.#making
      .then((app) => {
        this.#route(this.#closed ? undefined : app, request, response)
      })
      .catch(this.#failed)
  }

  /** Requests that arrive now are refused. */
  async close(): Promise<void> {
    this.#closed = true
    const app = await this.#making
    await app?.close()
  }

  /** What it throws would end the process. */
  #route(
    app: App | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    try {
      if (app) return app.routing(request, response)
    } catch (error) {
      this.#failed(error)
    }
    if (response.headersSent) return void response.destroy()
    response.writeHead(503, { connection: 'close', 'content-length': 0 })
    response.end()
  }

  async #make(): Promise<App | undefined> {
    try {
      const app = await this.#makeApp()
      await app.ready()
      this.#app = app
      return app
    } catch (error) {
      this.#making = undefined
      this.#failed(error)
      return undefined
    }
  }
}

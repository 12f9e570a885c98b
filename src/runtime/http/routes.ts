// The routes of a listener: all of its requests that are not for an endpoint.
// In: what adds the routes. Out: answers.
// INVARIANT: the router is made for the first request; whatever fails then, each
// request is answered, and the next one tries again.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from './app.ts'

export type AddRoutes = (app: App) => void | Promise<void>

export class Routes {
  readonly #add: AddRoutes
  readonly #failed: (error: unknown) => void
  #app: App | undefined
  #making: Promise<App> | undefined
  #closed = false

  constructor(add: AddRoutes, failed: (error: unknown) => void) {
    this.#add = add
    this.#failed = failed
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#app) return void this.#app.routing(request, response)
    this.#open().then(
      (app) => app.routing(request, response),
      (error: unknown) => {
        this.#failed(error)
        response.writeHead(503, { connection: 'close', 'content-length': 0 })
        response.end()
      },
    )
  }

  /** Requests that arrive now are refused. */
  async close(): Promise<void> {
    this.#closed = true
    const app = await this.#making?.catch(() => undefined)
    await app?.close()
  }

  #open(): Promise<App> {
    if (this.#closed) return Promise.reject(new Error('the listener is closed'))
    this.#making ??= this.#make().catch((error: unknown) => {
      this.#making = undefined
      throw error
    })
    return this.#making
  }

  async #make(): Promise<App> {
    const { createApp } = await import('./app.ts')
    const app = createApp()
    await this.#add(app)
    await app.ready()
    this.#app = app
    return app
  }
}

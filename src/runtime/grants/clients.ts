// The clients that the gateway has registered at authorization servers, and the
// issuers that its own clients are for.
// INVARIANT: sealed on disk as grants are; a client is found only for the server,
// the issuer and the redirect address that it was registered for.

import type { Opened, SealedFolder } from './sealed-folder.ts'

export interface RegisteredClient {
  readonly id: string
  /** Null: it proves nothing. */
  readonly secret: string | null
  readonly method: 'none' | 'client_secret_basic' | 'client_secret_post'
  /** Wall-clock milliseconds of the end of the secret; null: none. */
  readonly ends: number | null
}

/** Where they are kept. */
type Place = Pick<SealedFolder, 'write' | 'remove'>

/** For a process that keeps none. */
export const NOWHERE: Place = Object.freeze({
  write: async () => {},
  remove: async () => {},
})

export class RegisteredClients {
  readonly #folder: Place
  readonly #texts = new Map<string, string>()

  constructor(folder: Place, all: readonly Opened[]) {
    this.#folder = folder
    for (const { about, text } of all) {
      if (about[0] !== 'grant') this.#texts.set(JSON.stringify(about), text)
    }
  }

  find(
    server: string,
    issuer: string,
    redirect: string,
  ): RegisteredClient | undefined {
    const key = JSON.stringify(['client', server, issuer, redirect])
    const text = this.#texts.get(key)
    return text === undefined
      ? undefined
      : (JSON.parse(text) as RegisteredClient)
  }

  /** One with this id, for whatever redirect address. */
  findById(
    server: string,
    issuer: string,
    id: string,
  ): RegisteredClient | undefined {
    for (const [key, text] of this.#texts) {
      const [kind, ofServer, ofIssuer] = JSON.parse(key) as string[]
      if (kind !== 'client' || ofServer !== server || ofIssuer !== issuer) {
        continue
      }
      const client = JSON.parse(text) as RegisteredClient
      if (client.id === id) return client
    }
    return undefined
  }

  /** Used although it cannot be written: the next process registers again. */
  async save(
    server: string,
    issuer: string,
    redirect: string,
    client: RegisteredClient,
  ): Promise<void> {
    await this.#save(
      ['client', server, issuer, redirect],
      JSON.stringify(client),
    )
  }

  /** Forgets the clients with this id. */
  async forget(server: string, issuer: string, id: string): Promise<void> {
    for (const [key, text] of [...this.#texts]) {
      const about = JSON.parse(key) as [string, string, string, string]
      const [kind, ofServer, ofIssuer] = about
      if (kind !== 'client' || ofServer !== server || ofIssuer !== issuer) {
        continue
      }
      if ((JSON.parse(text) as RegisteredClient).id !== id) continue
      this.#texts.delete(key)
      await this.#folder.remove(about).catch(() => {})
    }
  }

  /** The issuer that a client of the config is for; undefined: none yet. */
  issuerOf(server: string, client: string): string | undefined {
    return this.#texts.get(JSON.stringify(['issuer', server, client]))
  }

  async bind(server: string, client: string, issuer: string): Promise<void> {
    await this.#save(['issuer', server, client], issuer)
  }

  async #save(
    about: readonly [string, ...string[]],
    text: string,
  ): Promise<void> {
    this.#texts.set(JSON.stringify(about), text)
    await this.#folder.write(about, text).catch(() => {})
  }
}

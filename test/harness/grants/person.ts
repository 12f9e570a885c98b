// A person of the trial: calls tools all the time, and signs in when asked.
// In: the gateway of the moment. Out: what was answered, and what should not
// have been.
// INVARIANT: an answer is the person's own, or it is counted as somebody else's.

import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch as undiciFetch } from 'undici'
import { findOnward, Walker } from '../oauth/walk.ts'
import type { Issued } from '../served.ts'
import { ENVELOPE, modernHeaders } from '../wire.ts'
import type { Books } from './books.ts'

export interface Tally {
  answered: number
  /** Answers that tell of trouble; the person tries again. */
  troubled: number
  signIns: number
  /** Asked again, after the authorization server had ended the grant. */
  prompts: number
  /** Asked again for no such reason. */
  readonly lost: string[]
  /** Answers of somebody else. */
  readonly crossed: string[]
  /** What is none of these. */
  readonly odd: Map<string, number>
}

export interface Place {
  /** Undefined while the gateway is dead. */
  url: string | undefined
}

export interface Target {
  readonly name: string
  readonly url: string
}

export type Outcome = 'answered' | 'asked' | 'troubled' | 'dead'

export class Person {
  readonly #name: string
  readonly #token: string
  readonly #place: Place
  readonly #books: Books
  readonly #tally: Tally
  readonly #walks: typeof fetch
  readonly #agent: Agent
  /** Where they were asked, and have not signed in since. */
  readonly #asked = new Set<string>()
  #calls = 0

  constructor(
    index: number,
    { token }: Issued,
    place: Place,
    books: Books,
    tally: Tally,
  ) {
    this.#name = nameOf(index)
    this.#token = token
    this.#place = place
    this.#books = books
    this.#tally = tally
    // An address of their own, as the pages bound what one address does.
    const localAddress = `127.1.${index >> 8}.${(index & 255) + 1}`
    this.#agent = new Agent({ localAddress })
    this.#walks = ((url: string, init: object) =>
      undiciFetch(url, { ...init, dispatcher: this.#agent })) as never
  }

  async call(target: Target): Promise<Outcome> {
    const n = ++this.#calls
    const text = await this.#send(target, n)
    if (text === undefined) return 'dead'
    if (text === `${this.#name} ${n}`) {
      this.#tally.answered++
      return 'answered'
    }
    if (/^p\d+ \d+$/.test(text)) {
      this.#tally.crossed.push(`${this.#name} got: ${text}`)
      return 'answered'
    }
    if (text.includes('needs you to sign in')) return 'asked'
    this.#tally.troubled++
    const kind = text.replaceAll(/\d+/g, 'N').slice(0, 120)
    this.#tally.odd.set(kind, (this.#tally.odd.get(kind) ?? 0) + 1)
    return 'troubled'
  }

  /** Counts why it is asked for, then signs in, however often that fails. */
  async signInAgain(target: Target, isOver: () => boolean): Promise<void> {
    const key = this.#keyOf(target)
    // Until they have signed in, it is the same prompt.
    const isNew = !this.#asked.has(key)
    this.#asked.add(key)
    if (isNew && this.#books.hasEnded(key)) this.#tally.prompts++
    else if (isNew)
      this.#tally.lost.push(`${key}, at ${new Date().toISOString()}`)
    while (!(await this.signIn(target)) && !isOver()) await sleep(200)
  }

  async signIn({ name, url }: Target): Promise<boolean> {
    try {
      const { origin } = new URL(this.#place.url ?? '')
      const walker = new Walker({}, this.#walks)
      const entrance = await walker.get(`${origin}/connect/${name}`)
      const token = this.#token
      const inside = await walker.submit(entrance, '/connect/session', {
        token,
      })
      const begun = await walker.submit(inside, `/connect/${name}/begin`)
      const onward = new URL(findOnward(begun))
      onward.searchParams.set('login_hint', this.#name)
      const { text } = await walker.get(onward.href)
      if (!text.includes('is connected')) return false
      this.#tally.signIns++
      this.#asked.delete(this.#keyOf({ name, url }))
      this.#books.signedIn(this.#keyOf({ name, url }))
      return true
    } catch {
      return false
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }

  #keyOf({ url }: Target): string {
    return `${this.#name} ${url}`
  }

  async #send({ name }: Target, n: number): Promise<string | undefined> {
    const { url } = this.#place
    if (url === undefined) return undefined
    const tool = `${name}__whoami`
    const given = { who: this.#name, n }
    const params = { name: tool, arguments: given, _meta: ENVELOPE }
    const message = { jsonrpc: '2.0', id: n, method: 'tools/call', params }
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: modernHeaders(this.#token, 'tools/call', tool),
        body: JSON.stringify(message),
      })
      return readText(await response.text())
    } catch {
      return undefined
    }
  }
}

export const nameOf = (index: number) => `p${index}`

/** Of JSON, or of the last event of a stream. */
function readText(body: string): string {
  const [json = ''] = body
    .split('\n')
    .filter((one) => one.includes('{'))
    .slice(-1)
  const { result, error } = JSON.parse(json.replace(/^data: ?/, ''))
  return String(result?.content?.[0]?.text ?? error?.message)
}

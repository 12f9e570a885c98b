// The cookies of the pages: of a person, of an operator, of a browser on its way
// to the company's provider.
// INVARIANT: a script cannot read them, another site's request does not carry
// them; what they hold is sealed and ends.

import { createCache } from '../base/cache.ts'
import { open, seal } from './sealed.ts'

/** `person`: who has typed a token, or has come back from the provider.
 * `operator`: who has typed a code. `login`: who goes to the provider. */
export type CookieUse = 'person' | 'operator' | 'login'

const SECONDS: Readonly<Record<CookieUse, number>> = Object.freeze({
  person: 3_600,
  operator: 600,
  login: 3_600,
})

const NAMES: Readonly<Record<CookieUse, string>> = Object.freeze({
  person: 'portcullis',
  operator: 'portcullis-operator',
  login: 'portcullis-login',
})

export const SESSION_MS = SECONDS.person * 1_000

const MAX_ENDED = 10_000

/** What each holds. */
export interface Carried {
  /** Wall-clock milliseconds. */
  readonly issued: number
  /** Random: flows and forms are bound to it. */
  readonly browser: string
}

export class Cookies {
  readonly #key: Buffer
  readonly #origin: () => string
  readonly #ended = createCache<string, true>(MAX_ENDED, {
    ttl: SESSION_MS,
  })

  constructor(key: Buffer, origin: () => string) {
    this.#key = key
    this.#origin = origin
  }

  /** What was written with this use and has not ended, by its time or by
   * `end`. */
  read<Value extends Carried>(
    header: string | undefined,
    use: CookieUse,
    now: number,
  ): Value | undefined {
    const given = parseCookies(header ?? '')
    for (const { name } of this.#listNames(use)) {
      const value = open(this.#key, use, given.get(name) ?? '')
      if (value === undefined) continue
      const carried = value as Value
      if (this.#ended.has(carried.browser)) continue
      const age = now - carried.issued
      // A clock that was set back by a little ends no session.
      if (age > -60_000 && age < SECONDS[use] * 1_000) return carried
    }
    return undefined
  }

  write(use: CookieUse, value: Carried, now: number): readonly string[] {
    const sealed = seal(this.#key, use, value)
    const left = Math.ceil((value.issued - now) / 1_000) + SECONDS[use]
    return this.#render(use, sealed, Math.max(left, 1))
  }

  /** A copy of it counts no more, either. */
  end(use: CookieUse, { browser }: Carried): readonly string[] {
    this.#ended.set(browser, true)
    return this.clear(use)
  }

  clear(use: CookieUse): readonly string[] {
    return this.#render(use, '', 0)
  }

  #render(use: CookieUse, value: string, seconds: number): readonly string[] {
    return this.#listNames(use).map(
      ({ name, secure }) =>
        `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
    )
  }

  /** Cookies of a host are shared by its ports. Plain http is on loopback only:
   * Chromium and Firefox take a `Secure` cookie there, Safari takes none. */
  #listNames(
    use: CookieUse,
  ): readonly { readonly name: string; readonly secure: boolean }[] {
    const { protocol, port } = new URL(this.#origin())
    const own = NAMES[use]
    if (protocol === 'https:') return [{ name: `__Host-${own}`, secure: true }]
    const here = `${own}-${port || 80}`
    return [
      { name: `__Host-${here}`, secure: true },
      { name: here, secure: false },
    ]
  }
}

/** Of a name that stands twice, the first counts. */
function parseCookies(header: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (at === -1) continue
    const name = part.slice(0, at).trim()
    if (!found.has(name)) found.set(name, part.slice(at + 1).trim())
  }
  return found
}

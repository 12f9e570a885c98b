// The path of a server on its origin: from the config, or from a redirect.
// INVARIANT: a redirect never leads to another origin or scheme, or to other
// credentials.

export class ServerPath {
  /** With its query. */
  path: string
  /** Whether a redirect gave the path. */
  moved = false
  readonly #url: URL

  constructor(url: URL) {
    this.#url = url
    this.path = url.pathname + url.search
  }

  move(path: string): void {
    this.path = path
    this.moved = true
  }

  /** Restores the path of the config. */
  reset(): void {
    this.path = this.#url.pathname + this.#url.search
    this.moved = false
  }
}

export type Target = { readonly path: string } | { readonly problem: string }

/** Not 303, which changes the method, nor 300, which needs a choice. */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308
}

/** The parts of a redirect response. */
export interface Redirect {
  readonly status: number
  readonly location: string
}

const LONGEST = 8_192

/** The path to send the request to again; `at`: the path that redirected.
 * Clients may turn 301 and 302 into a GET, so for a POST they may only change a
 * final slash. */
export function judgeRedirect(
  method: 'GET' | 'POST',
  { status, location }: Redirect,
  url: URL,
  at: string,
): Target {
  const base = new URL(at, url)
  if (location === '' || location.length > LONGEST) {
    return { problem: 'to nowhere' }
  }
  if (!URL.canParse(location, base.href)) return { problem: 'to no URL' }
  const { origin, pathname, search, username, password } = new URL(
    location,
    base,
  )
  if (origin !== base.origin) return { problem: 'to another origin' }
  if (username !== '' || password !== '') {
    return { problem: 'with credentials' }
  }
  const path = pathname + search
  if (path === at) return { problem: 'to itself' }
  const exact = method === 'GET' || status === 307 || status === 308
  if (!exact && trimSlash(pathname) !== trimSlash(base.pathname)) {
    return { problem: 'that changes the method' }
  }
  return { path }
}

function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

// Where on its origin a server is: as the config says, or where a redirect led.
// In: redirects. Out: a path.
// INVARIANT: nothing leads to another origin, another scheme or other
// credentials.

export class Place {
  /** With its query. */
  path: string
  /** Whether a redirect led here. */
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

  /** What the config says, again. */
  reset(): void {
    this.path = this.#url.pathname + this.#url.search
    this.moved = false
  }
}

export type Target = { readonly path: string } | { readonly problem: string }

/** 303 asks for another method, 300 for a choice. */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308
}

/** A response, as far as it is one. */
export interface Redirect {
  readonly status: number
  readonly location: string
}

const LONGEST = 8_192

/** Where to send the same request again; `at`: the path that redirected. 301
 * and 302 may make a GET of a POST, so there they count for a final slash
 * alone. */
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

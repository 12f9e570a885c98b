// A browser without a screen: follows links and forms of pages, keeps cookies.
// In: addresses, forms. Out: pages.
// INVARIANT: it runs no script; it sends what a browser sends with a form.

export interface Seen {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export class Walker {
  /** Host with port → name → value. Of one host, ports share their cookies: only
   * the names of the gateway hold its port. */
  readonly cookies = new Map<string, Map<string, string>>()
  /** Of each request, in order. */
  readonly visited: string[] = []
  /** A redirect to an address with this text is not followed. */
  stop: string | undefined
  /** Origin → where it listens: a name that only a proxy would serve. */
  readonly #places: Readonly<Record<string, string>>
  readonly #fetch: typeof fetch

  constructor(
    places: Readonly<Record<string, string>> = {},
    own: typeof fetch = fetch,
  ) {
    this.#places = places
    this.#fetch = own
  }

  get(url: string): Promise<Seen> {
    return this.#send(url, {})
  }

  /** As a form of the page at `from` is sent. */
  post(
    url: string,
    fields: Readonly<Record<string, string>>,
    from = url,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Seen> {
    const { origin } = new URL(from)
    const isOwn = origin === new URL(url).origin
    const headers = {
      origin,
      'sec-fetch-site': isOwn ? 'same-origin' : 'cross-site',
      'content-type': 'application/x-www-form-urlencoded',
      ...more,
    }
    const body = new URLSearchParams(fields).toString()
    return this.#send(url, { method: 'POST', headers, body })
  }

  /** Sends the form of a page with this action, with its hidden fields. */
  submit(
    seen: Seen,
    action: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Seen> {
    const form = findForm(seen, action)
    return this.post(form.action, { ...form.hidden, ...fields }, seen.url)
  }

  async #send(url: string, init: RequestInit): Promise<Seen> {
    const { host, origin } = new URL(url)
    const place = this.#places[origin]
    const jar = this.cookies.get(host) ?? new Map<string, string>()
    this.cookies.set(host, jar)
    const cookie = [...jar]
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    this.visited.push(url)
    const at = place === undefined ? url : place + url.slice(origin.length)
    const response = await this.#fetch(at, {
      ...init,
      redirect: 'manual',
      headers: {
        ...init.headers,
        ...(cookie && { cookie }),
        ...(place !== undefined && { host }),
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const { status, headers } = response
    const text = await response.text()
    const location = headers.get('location')
    if (status >= 300 && status < 400 && location !== null) {
      const next = new URL(location, url).href
      if (this.stop === undefined || !next.includes(this.stop)) {
        return this.get(next)
      }
    }
    return { url, status, headers, text }
  }
}

/** A form of a page, by the end of its action. */
export function findForm({ url, text }: Seen, action: string) {
  const forms = [...text.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)]
  for (const [form] of forms) {
    const at = unescapeHtml(/action="([^"]*)"/.exec(form)?.[1] ?? '')
    const whole = new URL(at, url).href
    if (!whole.endsWith(action)) continue
    const inputs = form.matchAll(
      /<input type="hidden" name="([^"]*)" value="([^"]*)"/g,
    )
    const hidden = Object.fromEntries(
      [...inputs].map(([, name = '', value = '']) => [
        name,
        unescapeHtml(value),
      ]),
    )
    return { action: whole, hidden }
  }
  throw new Error(`no form for ${action} at ${url}: ${text}`)
}

/** The address that a page sends the browser to. */
export function findOnward({ text }: Seen): string {
  const [, url] =
    /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text) ?? []
  if (url === undefined) throw new Error(`no onward address: ${text}`)
  return unescapeHtml(url)
}

export function unescapeHtml(text: string): string {
  return text
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}

/** Types a token, at the page of all servers or of one. */
export async function logIn(
  walker: Walker,
  origin: string,
  token: string,
  path = '/connect',
): Promise<Seen> {
  const page = await walker.get(origin + path)
  return walker.submit(page, '/connect/session', { token })
}

/** From the page of a person to the address of the authorization server. */
export async function begin(
  walker: Walker,
  page: Seen,
  server: string,
): Promise<string> {
  return findOnward(await walker.submit(page, `/connect/${server}/begin`))
}

/** Signs in at the authorization server, and comes back. */
export async function consentThere(
  walker: Walker,
  url: string,
  login: string,
): Promise<Seen> {
  let page = await walker.get(url)
  while (page.text.includes('name="prompt"')) {
    const { pathname } = new URL(page.url)
    const isLogin = page.text.includes('name="login"')
    const fields = isLogin ? { login, password: 'any' } : {}
    const prompt = isLogin ? 'login' : 'consent'
    page = await walker.submit(page, pathname, { prompt, ...fields })
  }
  return page
}

/** As `consentThere`, but the browser does not come back: the address at which
 * it would. */
export async function findCallback(
  walker: Walker,
  url: string,
  login: string,
): Promise<string> {
  walker.stop = '/callback?'
  const { headers, text } = await consentThere(walker, url, login)
  walker.stop = undefined
  const location = headers.get('location')
  if (location === null) throw new Error(`no way back: ${text}`)
  return location
}

/** All of it: the token, the provider, and back at the page of the server. */
export async function signInAt(
  origin: string,
  token: string,
  login: string,
  server = 'notion',
): Promise<void> {
  const walker = new Walker()
  const page = await logIn(walker, origin, token, `/connect/${server}`)
  const onward = await begin(walker, page, server)
  const { url, status } = await consentThere(walker, onward, login)
  if (url === `${origin}/connect/${server}` && status === 200) return
  throw new Error(`not back at the page of ${server}: HTTP ${status}, ${url}`)
}

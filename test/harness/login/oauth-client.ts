// A client of the gateway's authorization server, step by step; and the browser
// of a person that it opens.
// In: the address of the gateway. Out: what each step answers.

import { createHash, randomBytes } from 'node:crypto'

export const LOCAL = 'http://127.0.0.1:7777/callback'

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly scope: string
  readonly token_type: string
}

/** A browser with its cookies: by host, whatever the port, and by path. */
export class Visitor {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** One request, without its redirect. */
  async open(
    url: URL | string,
    init: { readonly form?: Readonly<Record<string, string>> } & {
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ): Promise<Page> {
    const at = new URL(url)
    const own = this.#cookies.get(at.hostname) ?? new Map<string, string>()
    this.#cookies.set(at.hostname, own)
    const cookie = [...own]
      .map(([key, value]) => [...key.split(' '), value] as const)
      .filter(([, path]) => at.pathname.startsWith(path ?? '/'))
      .map(([name, , value]) => `${name}=${value}`)
      .join('; ')
    const { form, headers = {} } = init
    const answer = await fetch(at, {
      method: form ? 'POST' : 'GET',
      headers: { cookie, ...(form && { origin: at.origin }), ...headers },
      redirect: 'manual',
      ...(form && { body: new URLSearchParams(form) }),
    })
    for (const one of answer.headers.getSetCookie()) {
      const [pair = ''] = one.split(';')
      const cut = pair.indexOf('=')
      const [, path = '/'] = /; path=([^;]+)/i.exec(one) ?? []
      const [name, value] = [
        `${pair.slice(0, cut)} ${path}`,
        pair.slice(cut + 1),
      ]
      if (value === '' || /expires=Thu, 01 Jan 1970|Max-Age=0/i.test(one)) {
        own.delete(name)
      } else own.set(name, value)
    }
    const body = await answer.text()
    return { at, status: answer.status, headers: answer.headers, body }
  }

  /** Follows redirects and pages that lead on, up to an address that begins so,
   * which it does not open, or a page that asks something. */
  async follow(url: URL | string, upTo: string): Promise<Page> {
    let at = new URL(url)
    for (let hop = 0; hop < 20; hop++) {
      if (at.href.startsWith(upTo)) {
        return { at, status: 0, headers: new Headers(), body: '' }
      }
      const page = await this.open(at)
      const next = page.headers.get('location') ?? readRefresh(page.body)
      if (next === undefined) return page
      at = new URL(next, at)
    }
    throw new Error('too many redirects')
  }
}

export interface Page {
  readonly at: URL
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

export function readRefresh(body: string): string | undefined {
  const [, found] =
    /http-equiv="refresh" content="0;url=([^"]+)"/.exec(body) ?? []
  return found?.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(+code))
}

/** The value of a hidden field. */
export function readField(body: string, name = 'form'): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
}

export async function register(
  origin: string,
  members: object = {},
): Promise<{
  readonly status: number
  readonly body: Record<string, unknown>
}> {
  const answer = await fetch(`${origin}/login/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'A program',
      redirect_uris: [LOCAL],
      token_endpoint_auth_method: 'none',
      ...members,
    }),
  })
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, body }
}

export interface Request {
  readonly url: URL
  readonly verifier: string
  readonly state: string
}

export function makeRequest(
  origin: string,
  client: string,
  more: Readonly<Record<string, string>> = {},
): Request {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(8).toString('hex')
  const url = new URL(`${origin}/login/authorize`)
  const all = {
    response_type: 'code',
    client_id: client,
    redirect_uri: LOCAL,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }
  for (const [name, value] of Object.entries(all)) {
    if (value !== '') url.searchParams.set(name, value)
  }
  return { url, verifier, state }
}

export async function askToken(
  origin: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) {
  const answer = await fetch(`${origin}/login/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
  const body = (await answer.json()) as Tokens & {
    readonly error?: string
    readonly error_description?: string
  }
  return { status: answer.status, headers: answer.headers, body }
}

/** The address of the client, after the person has allowed it. */
export async function allow(
  visitor: Visitor,
  { url }: Pick<Request, 'url'>,
  upTo = LOCAL,
  choice = 'allow',
): Promise<URL> {
  const page = await visitor.follow(url, upTo)
  if (page.at.href.startsWith(upTo)) return page.at
  if (page.status !== 200) {
    throw new Error(
      `${page.at.pathname} shows HTTP ${page.status}: ${page.body}`,
    )
  }
  const form = { form: readField(page.body), choice }
  const next = await visitor.open(page.at, { form })
  const onward = readRefresh(next.body)
  if (!onward) throw new Error(`HTTP ${next.status}: ${next.body}`)
  return (await visitor.follow(new URL(onward, page.at), upTo)).at
}

export async function exchange(
  origin: string,
  client: string,
  { verifier }: Request,
  back: URL,
  more: Readonly<Record<string, string>> = {},
) {
  return await askToken(origin, {
    grant_type: 'authorization_code',
    client_id: client,
    code: back.searchParams.get('code') ?? '',
    redirect_uri: LOCAL,
    code_verifier: verifier,
    ...more,
  })
}

/** Everything from the registration to the tokens. */
export async function signIn(
  origin: string,
  visitor = new Visitor(),
  client?: string,
) {
  const id = client ?? String((await register(origin)).body.client_id)
  const request = makeRequest(origin, id)
  const back = await allow(visitor, request)
  const { body } = await exchange(origin, id, request, back)
  return { client: id, visitor, back, tokens: body }
}

export function refresh(origin: string, client: string, token: string) {
  return askToken(origin, {
    grant_type: 'refresh_token',
    client_id: client,
    refresh_token: token,
  })
}

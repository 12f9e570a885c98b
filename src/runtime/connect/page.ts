// Sends a page: the frame around every text, and the headers of all of them.
// In: a title and a text. Out: one answer.
// INVARIANT: a page runs no script, is never framed and never kept; a page that
// says what failed has a status that says so too.

import type { FastifyReply } from 'fastify'
import { Html, html } from './html.ts'
import { STYLE, STYLE_HASH } from './style.ts'

export interface Page {
  readonly status?: number
  /** The only h1. */
  readonly title: string
  readonly main: Html
  /** Beside the name of the gateway. */
  readonly top?: Html | undefined
  readonly cookies?: readonly string[]
  /** Where the browser goes at once. */
  readonly onward?: string
  readonly headers?: Readonly<Record<string, string>>
}

const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  // With `no-referrer` a form would be sent with `Origin: null`.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-robots-tag': 'noindex',
})

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  const { status = 200, cookies = [] } = page
  const { headers, body } = writePage(page)
  reply.headers(headers)
  addCookies(reply, cookies)
  return reply.code(status).send(body)
}

/** The same, for an answer that is not Fastify's. */
export function writePage(page: Page): {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
} {
  const type = { 'content-type': 'text/html; charset=utf-8' }
  return {
    headers: { ...HEADERS, ...page.headers, ...type },
    body: renderPage(page),
  }
}

/** After a form: a reload does not send it again. */
export function sendTo(
  reply: FastifyReply,
  path: string,
  cookies: readonly string[] = [],
): FastifyReply {
  setHeaders(reply, { location: path })
  addCookies(reply, cookies)
  return reply.code(303).send()
}

export function setHeaders(
  reply: FastifyReply,
  more: Readonly<Record<string, string>> = {},
): void {
  reply.headers({ ...HEADERS, ...more })
}

function addCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length > 0) reply.header('set-cookie', [...cookies])
}

function renderPage({ title, main, top, onward }: Page): string {
  const refresh =
    onward === undefined
      ? undefined
      : html`<meta http-equiv="refresh" content="0;url=${onward}">`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${refresh}<title>${title} &ndash; Portcullis</title>
<style>${OWN_STYLE}</style>
</head>
<body>
<header><span><b>Portcullis</b> MCP gateway</span>${top}</header>
<main>
<h1>${title}</h1>
${main}
</main>
</body>
</html>
`.toString()
}

const OWN_STYLE = new Html(STYLE)

// Where a browser comes back to after a sign-in: a listener on this host alone.
// In: a port, and who judges what comes. Out: an origin, until it is closed.
// INVARIANT: only a request to this address and under its own Host is judged;
// nothing that the browser brings is shown.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Unanswerable } from '../diagnostics/unanswerable.ts'

/** What the person reads in the browser; undefined: it is none of ours. */
export type JudgeReturn = (
  path: string,
  parameters: URLSearchParams,
) => Promise<string | undefined>

export interface WayBack {
  readonly origin: string
  close(): Promise<void>
}

const HOST = '127.0.0.1'

/** `port`: 0 for any that is free. */
export async function openWayBack(
  port: number,
  judge: JudgeReturn,
): Promise<WayBack> {
  const server = createServer(async (request, response) => {
    const to = readTarget(request, origin)
    const text = to && (await judge(to.pathname, to.searchParams))
    response.writeHead(text === undefined ? 404 : 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    response.end(writePage(text ?? 'There is nothing here.'))
  })
  await listen(server, port)
  const origin = `http://${HOST}:${(server.address() as AddressInfo).port}`
  return {
    origin,
    close: async () => {
      // An answer that is on its way ends first.
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      const late = setTimeout(() => server.closeAllConnections(), LATE_MS)
      await closed
      clearTimeout(late)
    },
  }
}

const LATE_MS = 1_000

async function listen(server: Server, port: number): Promise<void> {
  try {
    server.listen(port, HOST)
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Unanswerable(`port ${port} cannot be used: ${code}`)
  }
}

function readTarget(
  { method, url = '', headers }: IncomingMessage,
  origin: string,
): URL | undefined {
  const isOurs = method === 'GET' && `http://${headers.host}` === origin
  return isOurs && url.startsWith('/') && URL.canParse(url, origin)
    ? new URL(url, origin)
    : undefined
}

/** `text` is ours, and holds no sign of HTML. */
function writePage(text: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>gateway</title>
<h1>Portcullis gateway</h1>
<p>${text}</p>
</html>
`
}

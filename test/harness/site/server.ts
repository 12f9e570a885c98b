// The built site on a port of this machine, below a base path.
// In: its folder. Out: its address.
// INVARIANT: only files of the folder are served, under a policy by which a page
// can load nothing from another host.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
].join('; ')

export interface SiteServer {
  /** With the base path, and `/` at its end. */
  readonly url: string
  close(): Promise<void>
}

export async function serveSite(
  folder: string,
  base: string,
): Promise<SiteServer> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    const below = pathname.startsWith(base) ? pathname.slice(base.length) : '..'
    const name = below === '' ? 'index.html' : decodeURIComponent(below)
    const path = normalize(join(folder, name))
    const isInside = path.startsWith(`${folder}/`)
    const body = isInside ? await readFile(path).catch(() => null) : null
    if (body === null) {
      response.writeHead(404).end('not found')
      return
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    })
    response.end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${base}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

// The plain proxy: node:http in front, undici behind, streams piped, no
// policy. What a gateway on this stack cannot well be cheaper than.
// In: the upstream's URL. Out: its own port.
// INVARIANT: nothing is read, buffered or changed but hop-by-hop headers.

import {
  createServer,
  type IncomingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import { answerParent } from '../process.ts'

const upstream = new URL(process.argv[2] as string)
const pool = new Pool(upstream.origin, { pipelining: 1 })

const HOP_BY_HOP = new Set(['host', 'connection', 'keep-alive'])
HOP_BY_HOP.add('transfer-encoding')

function keepEndToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {}
  for (const name in headers) {
    if (!HOP_BY_HOP.has(name)) kept[name] = headers[name]
  }
  return kept
}

const server = createServer((request, response) => {
  pool.stream(
    {
      method: request.method as 'POST',
      path: request.url as string,
      headers: keepEndToEnd(request.headers),
      body: request,
      opaque: response,
    },
    ({ statusCode, headers, opaque }) => {
      const answer = opaque as ServerResponse
      return answer.writeHead(statusCode, keepEndToEnd(headers))
    },
    (error) => {
      if (error) response.destroy(error)
    },
  )
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerParent({ port })
})

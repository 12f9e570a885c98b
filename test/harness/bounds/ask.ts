// One request, and as much of its answer as shows that there is one.
// In: a URL, a body. Out: status and text; a stream is left once it began.

import { type Agent, request } from 'node:http'

export interface Told {
  readonly status: number
  readonly session: string
  readonly text: string
}

export function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  agent?: Agent,
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', ...headers }
    const options = { method: 'POST', headers: all, ...(agent && { agent }) }
    const outgoing = request(url, options, (incoming) => {
      const { statusCode: status = 0, headers } = incoming
      const session = String(headers['mcp-session-id'] ?? '')
      const streams = headers['content-type'] === 'text/event-stream'
      let text = ''
      incoming.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (!streams) return
        resolve({ status, session, text })
        outgoing.destroy()
      })
      incoming.on('end', () => resolve({ status, session, text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

// A Streamable HTTP server on node:http that answers with exact bytes.
// In: an era, a corpus. Out: its URL, and the bytes of every call it got.

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import {
  type Case,
  type Corpus,
  type Era,
  type ListName,
  TOKEN,
} from './corpus.ts'
import { cut, dissect } from './wire.ts'

export interface ExactServer {
  readonly url: string
  /** Bodies of tools/call, prompts/get and resources/read; taken away. */
  take(): readonly string[]
}

/** The ways to write the same envelope; by the number of the case. */
const ENVELOPES: readonly ((
  id: string,
  member: string,
  text: string,
) => string)[] = [
  (id, member, text) => `{"jsonrpc":"2.0","id":${id},"${member}":${text}}`,
  (id, member, text) => `{"${member}":${text},"id":${id},"jsonrpc":"2.0"}`,
  (id, member, text) =>
    ` {\n\t"id" : ${id} ,\r\n "${member}" : ${text} ,\n "jsonrpc" : "2.0" } \n`,
  (id, member, text) =>
    `{"x-own":{"id":1.0},"\\u0069d":${id},"jsonrpc":"\\u0032.0","_meta":{"a":-0},"${member}":${text}}`,
]

/** The same for events: lines end at LF alone, and nothing stands around. */
const onLines = (text: string) => text.replaceAll('\r\n', '\n').trim()

const LISTS: Readonly<Record<string, ListName>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
}

export async function startExactServer(
  t: Test,
  era: Era,
  { cases, lists }: Corpus,
): Promise<ExactServer> {
  const modern = era === 'modern'
  const complete = modern
    ? '"resultType":"complete","ttlMs":0,"cacheScope":"private",'
    : ''
  const capabilities = '{"tools":{},"prompts":{},"resources":{},"logging":{}}'
  const key = (via: string, name: string) => `${via} ${name}`
  const known = new Map<string, readonly [Case, number]>(
    cases.map((one, i) => [key(one.via, one.name), [one, i]]),
  )
  let taken: string[] = []

  const reply = (response: ServerResponse, body: string, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body)
  }
  const answerCall = (body: string, id: string, response: ServerResponse) => {
    taken.push(body)
    const { method, params } = JSON.parse(body)
    const via = method.slice(0, method.indexOf('s/'))
    const name = params.name ?? params.uri.replace('odd://', '')
    const found = known.get(key(via, name))
    if (!found)
      return reply(
        response,
        ENVELOPES[0]!(id, 'result', `{${complete}"content":[]}`),
      )
    const [{ member, text, notices = [] }, index] = found
    const write = ENVELOPES[index % ENVELOPES.length]!
    const answer = write(id, member, text)
    if (notices.length === 0) return reply(response, answer)
    const meta = cut(body, 'params', '_meta')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const notice of notices) {
      const token = cut(meta, 'progressToken')
      writeEvent(
        response,
        notice.replaceAll(TOKEN, () => token),
      )
    }
    writeEvent(response, onLines(answer))
    response.end()
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const parts = dissect(body)
    const place = parts.get('"id"')
    const { method } = JSON.parse(body) as { readonly method: string }
    if (!place) return void response.writeHead(202).end()
    const id = body.slice(place.start, place.end)
    const result = (text: string) =>
      reply(response, `{"jsonrpc":"2.0","id":${id},"result":${text}}`)
    const list = LISTS[method]
    if (list) {
      const items = lists[list].join(' ,\n')
      return result(`{${complete}"x-own":1.0,"${list}":[ ${items} ]}`)
    }
    if (/^(tools\/call|prompts\/get|resources\/read)$/.test(method)) {
      return answerCall(body, id, response)
    }
    if (method === 'initialize' && !modern) {
      response.setHeader('mcp-session-id', 'exact')
      const info = '{"name":"exact","version":"1"}'
      return result(
        `{"protocolVersion":"2025-11-25","capabilities":${capabilities},"serverInfo":${info}}`,
      )
    }
    if (method === 'server/discover' && modern) {
      return result(
        `{${complete}"supportedVersions":["2026-07-28"],"capabilities":${capabilities}}`,
      )
    }
    const error = '{"code":-32601,"message":"Method not found"}'
    reply(
      response,
      `{"jsonrpc":"2.0","id":${id},"error":${error}}`,
      modern ? 404 : 200,
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    take: () => {
      const all = taken
      taken = []
      return all
    },
  }
}

function writeEvent(response: ServerResponse, message: string): void {
  const lines = message.split('\n').map((line) => `data: ${line}\n`)
  response.write(`event: message\n${lines.join('')}\n`)
}

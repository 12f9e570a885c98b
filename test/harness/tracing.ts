// Both ends of a trace: a collector, and a server that keeps what it was sent.
// In: nothing, an era. Out: spans as they were exported; calls as they came.

import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface ExportedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly {
    readonly key: string
    readonly value: {
      readonly stringValue?: string
      readonly intValue?: string
    }
  }[]
  readonly status?: { readonly code: number }
}

export interface Collector {
  readonly url: string
  readonly heads: IncomingHttpHeaders[]
  readonly paths: (string | undefined)[]
  /** Bodies, as they came. */
  readonly bodies: string[]
  /** What it answers with. */
  status: number
  answer: string
  spans(): readonly ExportedSpan[]
}

/** Takes OTLP/HTTP JSON. */
export async function startCollector(t: Test, port = 0): Promise<Collector> {
  const collector: Collector = {
    url: '',
    heads: [],
    paths: [],
    bodies: [],
    status: 200,
    answer: '{"partialSuccess":{}}',
    spans: () =>
      collector.bodies.flatMap((body) =>
        JSON.parse(body).resourceSpans.flatMap(
          ({ scopeSpans }: { scopeSpans: { spans: ExportedSpan[] }[] }) =>
            scopeSpans.flatMap(({ spans }) => spans),
        ),
      ),
  }
  const url = await listen(t, port, (headers, path, body) => {
    if (collector.status !== 200) return { status: collector.status }
    collector.heads.push(headers)
    collector.paths.push(path)
    collector.bodies.push(body)
    return { body: collector.answer }
  })
  return Object.assign(collector, { url })
}

/** Values by key, of one span. */
export function readAttributes({ attributes }: ExportedSpan) {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? Number(value.intValue),
    ]),
  )
}

export interface Heard {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly meta: Readonly<Record<string, unknown>> | undefined
}

/** One tool, `look`, in either era; `stale` makes it forget its session. */
export async function startListener(t: Test, era: 'legacy' | 'modern') {
  const calls: Heard[] = []
  const state = { forgets: 0 }
  const modern = era === 'modern'
  const tool = { name: 'look', inputSchema: { type: 'object' } }
  const whole = modern && {
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
  }
  const results: Readonly<Record<string, object>> = {
    'tools/list': { tools: [tool] },
    'tools/call': { content: [{ type: 'text', text: 'seen' }] },
    ...(modern
      ? {
          'server/discover': {
            supportedVersions: ['2026-07-28'],
            capabilities: { tools: {} },
          },
        }
      : {
          initialize: {
            protocolVersion: '2025-11-25',
            capabilities: { tools: {} },
            serverInfo: { name: 'listener', version: '1' },
          },
        }),
  }
  const url = await listen(t, 0, (headers, _path, body) => {
    if (body === '') return { status: 405 }
    const { id, method, params } = JSON.parse(body)
    if (id === undefined) return { status: 202 }
    if (method === 'tools/call') {
      calls.push({ headers, body, meta: params._meta })
      if (state.forgets-- > 0) return { status: 404 }
    }
    const result = results[method]
    const error = { code: -32601, message: 'Method not found' }
    const answer = result ? { result: { ...whole, ...result } } : { error }
    return {
      status: !result && modern ? 404 : 200,
      headers: method === 'initialize' ? { 'mcp-session-id': 'canary-up' } : {},
      body: JSON.stringify({ jsonrpc: '2.0', id, ...answer }),
    }
  })
  return { url: `${url}/mcp`, calls, state }
}

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

async function listen(
  t: Test,
  port: number,
  answer: (
    headers: IncomingHttpHeaders,
    path: string | undefined,
    body: string,
  ) => Answer,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const {
      status = 200,
      headers,
      body = '',
    } = answer(request.headers, request.url, text)
    const type = { 'content-type': 'application/json' }
    response.writeHead(status, { ...type, ...headers }).end(body)
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

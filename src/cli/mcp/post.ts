// Sends one message to an MCP endpoint, as clients do.
// In: an address, a token, a message. Out: its answer as it came.
// INVARIANT: no redirect is followed, so no other host gets the token; an answer
// is bounded.

import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../../contract/hosts.ts'
import { plain } from '../../diagnostics/shown.ts'
import { Unanswerable } from '../../diagnostics/unanswerable.ts'

export interface Endpoint {
  /** With its path. */
  readonly url: string
  readonly token: string
}

export interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: number | string
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The message that answers, byte for byte; '' without one. */
  readonly text: string
  readonly message: Message | undefined
}

/** Nobody answered, by the code of the system or of TLS. */
export class NoAnswer extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  /** For all of it; undefined: the gateway decides. */
  readonly timeoutMs?: number
  /** The message as text, where its numbers must stay as they were written. */
  readonly body?: string
  /** Messages before the answer: progress, logs, questions. */
  readonly onMessage?: (message: Message) => void
}

const MAX_BYTES = 64 * 2 ** 20

/** An endpoint that may get a token: https, or http on this host. */
export function readEndpoint(url: string, path: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const { protocol, hostname = '' } = parsed ?? {}
  const isSafe =
    protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  if (!parsed || !isSafe || parsed.username !== '') {
    throw new Unanswerable(
      plain`${url} is not the address of a gateway: https, or http on this host`,
    )
  }
  const isBare = parsed.pathname === '/' && !url.endsWith('/')
  return isBare ? parsed.origin + path : parsed.href
}

export async function post(
  { url, token }: Endpoint,
  message: Message,
  { headers = {}, timeoutMs, body: written, onMessage }: Sending = {},
): Promise<Answer> {
  const { request } = await import('undici')
  const response = await request(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: written ?? JSON.stringify(message),
    headersTimeout: timeoutMs ?? 0,
    bodyTimeout: timeoutMs ?? 0,
    ...(timeoutMs === undefined
      ? {}
      : { signal: AbortSignal.timeout(timeoutMs) }),
  }).catch(refuse)
  const { statusCode: status, body } = response
  const type = String(response.headers['content-type'] ?? '')
  const isStream = type.startsWith('text/event-stream')
  const text = await (isStream
    ? readStream(body, message.id, onMessage)
    : readBody(body)
  ).catch(refuse)
  return { status, headers: response.headers, text, message: parse(text) }
}

function refuse(error: unknown): never {
  if (error instanceof NoAnswer) throw error
  const { code, name, cause } = Object(error) as NodeJS.ErrnoException
  const inner = Object(cause) as NodeJS.ErrnoException
  throw new NoAnswer(String(inner.code ?? code ?? name ?? 'failed'))
}

async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > MAX_BYTES) throw new NoAnswer('too much')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The data of the event that answers `id`. */
async function readStream(
  body: AsyncIterable<Buffer>,
  id: Message['id'],
  onMessage: Sending['onMessage'],
): Promise<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > MAX_BYTES) throw new NoAnswer('too much')
    rest += decoder.decode(part, { stream: true })
    const events = rest.split(/\r?\n\r?\n/)
    rest = events.pop() ?? ''
    for (const event of events) {
      const data = readData(event)
      const message = parse(data)
      if (!message) continue
      const isAnswer = message.method === undefined && message.id === id
      if (isAnswer) return data
      onMessage?.(message)
    }
  }
  return ''
}

function readData(event: string): string {
  return event
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith('data:') ? [line.slice(5)] : []))
    .map((line) => (line.startsWith(' ') ? line.slice(1) : line))
    .join('\n')
}

function parse(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isMessage = typeof value === 'object' && value !== null
    return isMessage ? (value as Message) : undefined
  } catch {
    return undefined
  }
}

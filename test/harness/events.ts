// Streams of events as raw requests, which a test can cut.
// In: a request. Out: its events as they come, and how it ended.

import { type IncomingHttpHeaders, request } from 'node:http'
import { until } from './until.ts'
import type { WireRequest } from './wire.ts'

export interface WireEvent {
  readonly id: string | undefined
  readonly retry: string | undefined
  /** The message; undefined where the event has none. */
  readonly data: Record<string, unknown> | undefined
}

export interface WireStream {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Everything so far, as it came. */
  text(): string
  events(): readonly WireEvent[]
  lastId(): string
  /** Waits for so many events. */
  count(events: number): Promise<readonly WireEvent[]>
  /** `end`: properly; `cut`: broken by the other side. */
  ended(): 'end' | 'cut' | undefined
  /** Breaks the connection. */
  cut(): void
  /** Reads no more, for now. */
  pause(): void
  resume(): void
}

export function openEvents(
  url: string,
  { method = 'GET', headers = {}, body }: WireRequest,
): Promise<WireStream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      // A connection of its own: a test breaks it.
      { method, headers, agent: false },
      (incoming) => {
        let text = ''
        let ended: 'end' | 'cut' | undefined
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          text += chunk
        })
        incoming.on('error', () => {
          ended ??= 'cut'
        })
        incoming.on('end', () => {
          ended ??= 'end'
        })
        const events = () => readEvents(text)
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: () => text,
          events,
          lastId: () => events().findLast(({ id }) => id)?.id ?? '',
          count: async (least) => {
            await until(() => events().length >= least, `${least} events`)
            return events()
          },
          ended: () => ended,
          cut: () => outgoing.destroy(),
          pause: () => incoming.pause(),
          resume: () => incoming.resume(),
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function readEvents(text: string): readonly WireEvent[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const read = (field: string) =>
        block
          .split('\n')
          .filter((line) => line.startsWith(`${field}:`))
          .map((line) => line.slice(field.length + 1).trim())
      const data = read('data')
      if (data.length === 0) return []
      const whole = data.join('\n')
      return [
        {
          id: read('id')[0],
          retry: read('retry')[0],
          data: whole === '' ? undefined : JSON.parse(whole),
        },
      ]
    })
}

/** What progress said, and what answers said. */
export function readSaid(events: readonly WireEvent[]): readonly string[] {
  return events.flatMap(({ data }) => {
    const { params, result, error } = (data ?? {}) as {
      params?: { message: string }
      result?: { content: { text: string }[] }
      error?: { message: string }
    }
    const text = params?.message ?? result?.content[0]?.text ?? error?.message
    return text === undefined ? [] : [text]
  })
}

/** The same, when the stream has ended. */
export async function readWhole(
  stream: WireStream,
): Promise<readonly string[]> {
  await until(() => stream.ended() === 'end', 'the end')
  return readSaid(stream.events())
}

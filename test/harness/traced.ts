// A gateway that exports traces, between a collector and a server of one tool.
// In: a test, the era of the server. Out: calls, spans, what both ends saw.

import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import type { Test } from 'tap'
import { issue, serveConfig } from './served.ts'
import { startCollector, startListener } from './tracing.ts'
import { until } from './until.ts'
import { ENVELOPE, modernHeaders, send } from './wire.ts'

export async function serveTraced(
  t: Test,
  era: 'legacy' | 'modern' = 'modern',
) {
  const collector = await startCollector(t)
  const upstream = await startListener(t, era)
  const mine = issue({ subject: 'ann', roles: ['looker'] })
  const headers = { authorization: { bearer: 'file:collector.txt' } }
  const config = (telemetry: object | undefined) => ({
    servers: {
      eye: {
        type: 'http',
        url: {
          join: [`${upstream.url}?key=`, { secret: 'file:upstream.txt' }],
        },
        headers: { authorization: { bearer: 'file:upstream.txt' } },
      },
    },
    roles: { looker: { allow: { eye: ['l*'] } } },
    drain: '2s',
    ...(telemetry && { telemetry }),
  })
  const files = {
    'collector.txt': 'canary-collector',
    'upstream.txt': 'canary-upstream',
  }
  const traced = { otlp: { url: collector.url, headers } }
  const log: string[] = []
  const out = new PassThrough()
  out.on('data', (line) => log.push(JSON.parse(String(line)).msg))
  const told = pino({ level: 'info' }, out)
  const given = [config(traced), [mine], undefined, files, told] as const
  const served = await serveConfig(t, ...given)
  const { url } = served.gateway
  const call = (
    trace: { readonly meta?: string; readonly header?: string } = {},
    name = 'eye__look',
  ) =>
    send(url, {
      headers: {
        ...modernHeaders(mine.token, 'tools/call', name),
        ...(trace.header && { traceparent: trace.header }),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 'my-id',
        method: 'tools/call',
        params: {
          name,
          arguments: { secret: 'canary-argument' },
          _meta: {
            'x-before': 1,
            ...(trace.meta && {
              traceparent: trace.meta,
              tracestate: 'rojo=00f067aa0ba902b7',
            }),
            ...ENVELOPE,
          },
        },
      }),
    })
  /** All that was exported, once so many are there. */
  const spans = async (count: number) => {
    await until(() => collector.spans().length >= count, 'spans are exported')
    return collector.spans()
  }
  return {
    log,
    collector,
    upstream,
    mine,
    config,
    traced,
    call,
    spans,
    ...served,
  }
}

// What every request to the pages must satisfy before anything is read from it.
// In: a request. Out: nothing, or the problem that it has.
// INVARIANT: a form of another site is refused before its body is read; only the
// cookies of the callback may come with a request of another site.

import type { FastifyRequest } from 'fastify'
import { isAllowedHost } from '../http/head.ts'
import type { ConnectContext } from './context.ts'
import type { ProblemName } from './problems.ts'

/** Of the public listener, which may be behind proxies. */
export function readAddress(
  { runtime }: Pick<ConnectContext, 'runtime'>,
  { raw }: Pick<FastifyRequest, 'raw'>,
): string {
  return runtime.proxies.nameAddress(raw, runtime.routing.table.listen)
}

export function judgeArrival(
  { runtime, origin }: ConnectContext,
  request: FastifyRequest,
): ProblemName | undefined {
  const { listen } = runtime.routing.table
  const own = origin()
  if (!isAllowedHost(request.headers.host, listen)) return 'host'
  const isForeign = request.method === 'POST' && !isOwnForm(request, own)
  return isForeign ? 'origin' : undefined
}

/** Where the gateway is reached by its own address alone, another name of this
 * host would have other cookies. */
export function findOwnPlace(
  { runtime, origin }: ConnectContext,
  { method, headers, url }: FastifyRequest,
): string | undefined {
  const { publicUrl } = runtime.routing.table.listen
  if (publicUrl !== null || (method !== 'GET' && method !== 'HEAD')) {
    return undefined
  }
  const own = origin()
  return headers.host === new URL(own).host ? undefined : own + url
}

/** Browsers name where a form comes from, in one header or the other. */
function isOwnForm({ headers }: FastifyRequest, own: string): boolean {
  const { origin } = headers
  if (origin !== undefined && origin !== 'null' && origin !== own) return false
  return origin === own || headers['sec-fetch-site'] === 'same-origin'
}

// An operator's browser: between the code and the end of the sign-in.
// In: the cookies of a request. Out: the server whose code was right in it.
// INVARIANT: it opens one server, for ten minutes.

import type { FastifyRequest } from 'fastify'
import type { ConnectContext } from './context.ts'
import type { Carried } from './cookies.ts'
import { makeBrowser } from './session.ts'

export interface Operator extends Carried {
  readonly server: string
  /** The account is connected, which the next page tells. */
  readonly done?: true
}

export function readOperator(
  { cookies, runtime }: ConnectContext,
  { headers }: Pick<FastifyRequest, 'headers'>,
): Operator | undefined {
  return cookies.read<Operator>(headers.cookie, 'operator', runtime.clock.now())
}

export function makeOperator(
  { runtime }: ConnectContext,
  server: string,
): Operator {
  return { issued: runtime.clock.now(), browser: makeBrowser(), server }
}

export function writeOperator(
  { cookies, runtime }: ConnectContext,
  operator: Operator,
): readonly string[] {
  return cookies.write('operator', operator, runtime.clock.now())
}

/** A browser for no further flow: only its news are left. */
export function tellOperator(
  context: ConnectContext,
  { server }: Operator,
): readonly string[] {
  return writeOperator(context, {
    ...makeOperator(context, server),
    done: true,
  })
}

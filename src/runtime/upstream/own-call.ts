// A request of the gateway itself to a server.
// INVARIANT: requests and notifications during it are handled as those outside
// of calls.

import type { Message } from '../message/message.ts'
import type { Era } from '../message/methods.ts'
import type { Call } from './call.ts'
import { writeOwn } from './encoding.ts'
import type { SessionOptions } from './session-options.ts'

interface OwnCall {
  readonly call: Call
  /** Rejects with a Failure. */
  readonly answer: Promise<Message>
}

export function makeOwnCall(
  request: { readonly method: string; readonly params: object },
  era: Era,
  { declared, onRequest, onNotification }: SessionOptions,
): OwnCall {
  let end = {} as Pick<Call, 'answer' | 'failed'>
  const answer = new Promise<Message>((answer, failed) => {
    end = { answer, failed }
  })
  const call: Call = {
    id: 0,
    write: (id) => writeOwn(id, request, era, declared),
    takesNull: true,
    ...end,
    progress() {},
    onRequest,
    onNotification: (message, reply) => {
      onNotification(message, reply)
      return true
    },
  }
  return { call, answer }
}

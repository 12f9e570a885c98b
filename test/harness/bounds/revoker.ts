// Revokes a token in a thread of its own: the thread that writes large messages
// answers late, which is no delay of the gateway.
// In: a gateway, who revokes, a token. Out: milliseconds.

import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import {
  isMainThread,
  parentPort,
  Worker,
  workerData,
} from 'node:worker_threads'
import { ENVELOPE, modernHeaders } from '../wire.ts'
import { ask } from './ask.ts'

export interface Order {
  readonly url: string
  readonly adminUrl: string
  readonly admin: string
  readonly id: string
  readonly token: string
  /** It waits so long. */
  readonly afterMs: number
}

export interface Revoked {
  /** From the order until a call with the token is refused. */
  readonly inForceMs: number
  /** Until the order is answered: the file has it then, and connections are
   * closed. */
  readonly answeredMs: number
}

export async function timeRevocation(order: Order): Promise<Revoked> {
  const worker = new Worker(new URL(import.meta.url), { workerData: order })
  const [revoked] = await once(worker, 'message')
  return revoked as Revoked
}

const json = { 'content-type': 'application/json' }

async function revoke(order: Order): Promise<Revoked> {
  const { url, adminUrl, admin, id, token, afterMs } = order
  const call = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'raw__work', arguments: {}, _meta: ENVELOPE },
  })
  const headers = modernHeaders(token, 'tools/call', 'raw__work')
  await ask(url, headers, call)
  await setTimeout(afterMs)
  const began = performance.now()
  const passed = () => Math.round(10 * (performance.now() - began)) / 10
  const body = JSON.stringify({ kind: 'token', value: id })
  const authorization = `Bearer ${admin}`
  const answered = ask(`${adminUrl}/revoke`, { ...json, authorization }, body)
  const answeredMs = answered.then(passed)
  while ((await ask(url, headers, call)).status !== 401) await setTimeout(5)
  return { inForceMs: passed(), answeredMs: await answeredMs }
}

if (!isMainThread) {
  const revoked = await revoke(workerData as Order)
  parentPort?.postMessage(revoked)
}

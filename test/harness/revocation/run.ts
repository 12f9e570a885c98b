// A gateway whose tokens are revoked while they are in use.
// In: how many, a seed, a span of time. Out: how long the slowest took to be
// without effect, and what reached a client after that.
// INVARIANT: a real `gateway serve` on loopback, ended with its owner.

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { createToken } from '../../../src/cli/new-token.ts'
import { deriveToken, readKey } from '../../../src/runtime/base/key.ts'
import { writeRevocation } from '../../../src/table/revoked.ts'
import { rollFrom } from '../crosstalk/dice.ts'
import { makeFolder, type Owner, serveFolder } from '../process.ts'
import { startRawServer } from '../raw-server.ts'
import { post, send } from '../wire.ts'
import { Calls } from './calls.ts'
import { type Holder, openHolder } from './holder.ts'

export interface Load {
  readonly tokens: number
  /** All are revoked within so many milliseconds. */
  readonly span: number
  readonly seed: number
  /** Milliseconds after which it has failed. */
  readonly patience: number
}

export interface Trial {
  readonly tokens: number
  /** From the order to the last of its effects. */
  readonly maxMs: number
  readonly deliveredAfter: number
}

/** What the kernel has is not the gateway's any more. */
const GRACE_MS = 20
const AT_ONCE = 10

export async function runTrial(
  owner: Owner,
  { tokens, span, seed, patience }: Load,
): Promise<Trial & { readonly folder: string; readonly stillRefused: number }> {
  const dice = rollFrom(seed)
  const calls = new Calls(Math.max(100, tokens))
  owner.teardown(() => calls.close())
  const server = await startRawServer(owner, {
    slow: (call, response) => calls.hold(call, response),
  })
  const drawn = Array.from({ length: tokens }, () => createToken({}))
  const folder = makeFolder(owner, writeFiles(server.url, drawn))
  const gateway = await serveFolder(owner, folder)
  const key = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')

  const holders: Holder[] = []
  const left = [...drawn]
  const work = async () => {
    for (let one = left.pop(); one; one = left.pop()) {
      holders.push(await openHolder(gateway.url, one.id, one.token))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))

  const takeAway = async (holder: Holder, index: number): Promise<number> => {
    await sleep(dice.below(span))
    const answer = dice.chance(0.3) ? dice.below(10) : undefined
    const began = performance.now()
    if (answer !== undefined) {
      setTimeout(() => calls.answer(holder.nonces[1] ?? ''), answer)
    }
    const { id } = holder
    if (index % 2 === 0) await order(gateway.adminUrl, key, id)
    else {
      const line = { kind: 'token', value: id, before: Date.now() } as const
      appendFileSync(join(folder, 'gateway.revoked'), writeRevocation(line))
      await holder.refused()
    }
    setTimeout(async () => {
      // On a busy machine a timer may come before what the kernel has.
      for (let turn = 0; turn < 2; turn++) await setImmediate()
      for (const stream of holder.streams) stream.dead = true
    }, GRACE_MS)
    const all = [holder.refused(), ...holder.streams.map(({ ended }) => ended)]
    const late = sleep(patience, 'late', { ref: false })
    if ((await Promise.race([Promise.all(all), late])) === 'late') {
      throw new Error(`${id}: not within ${patience} ms`)
    }
    return performance.now() - began
  }
  const times = await Promise.all(holders.map(takeAway))
  // Whatever still waits at the server is answered: to nobody, for every stream
  // has ended.
  calls.answerAll()
  const streams = holders.flatMap((holder) => holder.streams)
  await gateway.stop()

  const again = await serveFolder(owner, folder)
  const asked = drawn.slice(0, 20)
  const statuses = await Promise.all(
    asked.map(({ token }) => post(again.url, token, 'tools/list')),
  )
  const refused = statuses.filter(({ status }) => status === 401).length
  await again.stop()
  return {
    tokens,
    maxMs: Math.round(Math.max(...times)),
    deliveredAfter: streams.reduce((sum, { after }) => sum + after, 0),
    folder,
    stillRefused: refused / asked.length,
  }
}

function writeFiles(
  url: string,
  drawn: readonly { readonly id: string; readonly sha256: string }[],
): Readonly<Record<string, string>> {
  const many = 10_000
  const long = { timeout: '1h', idleTimeout: '1h', idle: '1h' }
  const bounds = { concurrency: many, queue: many, maxSessions: many }
  const config = {
    servers: { raw: { type: 'http', url, ...long, ...bounds } },
    roles: { all: { allow: { raw: ['*'] } } },
  }
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  const records = drawn.map(({ id, sha256 }) =>
    [
      `[token.${id}]`,
      `subject = "holder ${id}"`,
      'roles = ["all"]',
      `sha256 = "${sha256}"`,
      `created = "${at(-60_000)}"`,
      `expires = "${at(86_400_000)}"`,
      '',
    ].join('\n'),
  )
  return {
    'gateway.config.json': JSON.stringify(config),
    'gateway.tokens.toml': records.join('\n'),
  }
}

async function order(url: string, key: string, id: string): Promise<void> {
  const { status, body } = await send(`${url}/revoke`, {
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ kind: 'token', value: id, reason: 'a trial' }),
  })
  if (status !== 200) throw new Error(`the admin listener: ${status} ${body}`)
}

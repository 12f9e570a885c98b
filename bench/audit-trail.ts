// An audit trail of any length, as the gateway writes one.
// In: a folder, a number of records. Out: a live file and rotated ones.
// INVARIANT: the same number gives the same bytes; every call has its intent
// and, but for the refused, its outcome.

import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { nameRotated } from '../src/contract/audit-files.ts'

const TOKENS = 500
const SERVERS = ['github', 'linear', 'files', 'postgres', 'sentry', 'slack']
const TOOLS = 40
const FIRST = Date.UTC(2026, 10, 1)

/** Milliseconds between two calls. */
const STEP = 500
const ROTATED = 256 * 2 ** 20
const GATHERED = 2 ** 20

/** At least as much as one record takes. */
export const BYTES_EACH = 800

export interface Made {
  readonly live: string
  readonly bytes: number
  /** Calls, refused ones among them. */
  readonly calls: number
}

export function makeTrail(folder: string, records: number): Made {
  const live = join(folder, 'gateway.jsonl')
  const rotated: string[] = []
  let descriptor = openSync(live, 'w')
  let text = ''
  let bytes = 0
  let own = 0
  let seq = 0
  const send = () => {
    writeSync(descriptor, text)
    bytes += text.length
    own += text.length
    text = ''
  }
  const rotate = (at: number) => {
    send()
    closeSync(descriptor)
    const name = nameRotated('gateway.jsonl', at, rotated)
    rotated.push(name)
    renameSync(live, join(folder, name))
    descriptor = openSync(live, 'w')
    own = 0
  }
  let call = 0
  for (; seq < records; call++) {
    const at = FIRST + call * STEP
    for (const fields of renderCall(call)) {
      if (seq === records) break
      const ts = new Date(at + (seq % 2) * 40).toISOString()
      text += `{"ts":"${ts}","seq":${++seq},"prevHash":"${HASH}",${fields}}\n`
    }
    if (text.length > GATHERED) send()
    if (own > ROTATED) rotate(at + 100)
  }
  send()
  closeSync(descriptor)
  return { live, bytes, calls: call }
}

const HASH = 'a3'.repeat(32)

/** Every fiftieth is refused, every thirtieth fails. */
function renderCall(call: number): readonly string[] {
  const token = (call * 7) % TOKENS
  const server = SERVERS[(call * 13) % SERVERS.length] as string
  const tool = `get_thing_${(call * 31) % TOOLS}`
  const request = `${call.toString(16).padStart(12, '0')}-4b1c-9d2e`
  const shared =
    `"requestId":"${request}",` +
    `"tokenId":"k3v9x0q2m${String(token).padStart(3, '0')}",` +
    `"subject":"person-${token}","team":"team-${token % 20}",` +
    '"roles":["reader"],"client":{"name":"claude-code","version":"2.1.9"},' +
    `"session":"${((call >> 6) * 2654435761).toString(16).padStart(16, '0')}",` +
    '"protocol":"2025-11-25","ip":"127.0.0.1","method":"tools/call",' +
    `"server":"${server}","tool":"${tool}","exposed":"${server}__${tool}",` +
    `"rule":{"pointer":"/roles/reader/allow/${server}/0",` +
    '"at":"gateway/roles.ts:12"},"trace":null,"bytesIn":214,' +
    `"table":"${HASH}"`
  if (call % 50 === 0) {
    return [`"event":"refusal",${shared},"decision":"denied","limit":null`]
  }
  const outcome = call % 30 === 0 ? 'tool_error' : 'ok'
  return [
    `"event":"intent",${shared},"decision":"allowed","limit":null,` +
      `"arguments":{"hmac":"${HASH}","bytes":96}`,
    `"event":"outcome",${shared},"decision":"allowed",` +
      `"outcome":"${outcome}","durationMs":${(call % 997) + 0.125},` +
      `"upstreamMs":${(call % 997) + 0.01},"bytesOut":1812`,
  ]
}

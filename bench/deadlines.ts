// `npm run bench:deadlines`: from a saved file to what it promises, in ms.
// In: `--rounds N`, `--json`. Out: a table or one JSON object on stdout.
// INVARIANT: asserts no speed; a real `gateway serve` on loopback, ended by its
// own handle; gives up after a minute.

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatToken } from '../src/table/token.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
})

const POLL_MS = 5
const MAX_MS = 60_000

interface Reply {
  readonly status: number
  readonly session: string
  /** Resolves when the body has ended. */
  readonly ended: Promise<unknown>
}

function send(
  url: string,
  token: string,
  method: 'POST' | 'GET',
  session = '',
): Promise<Reply> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(session !== '' && { 'mcp-session-id': session }),
  }
  const params = { protocolVersion: '2025-11-25', capabilities: {} }
  const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (incoming) => {
      incoming.resume()
      resolve({
        status: incoming.statusCode ?? 0,
        session: String(incoming.headers['mcp-session-id'] ?? ''),
        ended: once(incoming, 'close'),
      })
    })
    outgoing.on('error', reject)
    outgoing.end(method === 'POST' ? JSON.stringify(hello) : undefined)
  })
}

async function waitFor(holds: () => Promise<boolean>): Promise<number> {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > MAX_MS) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return performance.now() - began
}

function start(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const bin = join(import.meta.dirname, '../run/gateway.js')
  const ports = ['--port', '0', '--admin-port', '0']
  const child = spawn(process.execPath, [bin, 'serve', ...ports], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      const url = /^Endpoint +(\S+)/m.exec(chunk.toString())?.[1]
      if (url !== undefined) resolve({ child, url })
    })
  })
}

const folder = mkdtempSync(join(tmpdir(), 'portcullis-deadlines-'))
const save = (name: string, text: string) =>
  writeFileSync(join(folder, name), text)
const config = {
  servers: { none: { type: 'http', url: 'http://127.0.0.1:9/mcp' } },
  roles: { all: { allow: { none: ['*'] } } },
}
save('gateway.config.json', JSON.stringify(config))
save('gateway.tokens.toml', '')

const figures: Record<string, number[]> = {
  'token granted': [],
  'call refused': [],
  'stream ended': [],
}
const { child, url } = await start(folder)
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    const id = randomBytes(6).toString('hex')
    const token = formatToken(id, randomBytes(32))
    const record = [
      `[token.${id}]`,
      'subject = "deadline"',
      'roles = ["all"]',
      `sha256 = "${createHash('sha256').update(token).digest('hex')}"`,
      `created = "${new Date(Date.now() - 1_000).toISOString()}"`,
      `expires = "${new Date(Date.now() + MAX_MS * 10).toISOString()}"`,
      '',
    ].join('\n')
    save('gateway.tokens.toml', record)
    const is = async (status: number) =>
      (await send(url, token, 'POST')).status === status
    figures['token granted']?.push(await waitFor(() => is(200)))
    const { session } = await send(url, token, 'POST')
    const stream = await send(url, token, 'GET', session)
    const began = performance.now()
    const ended = stream.ended.then(() => performance.now() - began)
    save(
      'gateway.tokens.toml',
      `${record}revoked = "${new Date().toISOString()}"\n`,
    )
    figures['call refused']?.push(await waitFor(() => is(401)))
    figures['stream ended']?.push(await ended)
  }
} finally {
  child.kill()
  if (child.exitCode === null) await once(child, 'exit')
  rmSync(folder, { recursive: true })
}

const rows = Object.entries(figures).map(([name, all]) => {
  const sorted = all.map(Math.round).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]
  return [name, { min: at(0), median: at(0.5), max: at(1) }] as const
})
if (values.json) {
  console.log(JSON.stringify({ milliseconds: Object.fromEntries(rows) }))
} else {
  console.log('ms after a save       min  median     max')
  for (const [name, { min, median, max }] of rows) {
    const cells = [min, median, max].map((ms) => String(ms).padStart(8))
    console.log(name.padEnd(17) + cells.join(''))
  }
}

// `npm run structure:call`: the files and functions of src/ that one granted
// tools/call runs, by V8's coverage, after ten thousand calls of the same kind, and
// the bytes that they allocate, by V8's sampling of some more.
// In: `--json`. Out: the numbers, and the files.

import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'
import type { AddressInfo } from 'node:net'
import { issue, serveConfig } from '../harness/served.ts'

const WARM = 10_000
const SAMPLED = 2_000
const MODERN = 'io.modelcontextprotocol/'
const VERSION = '2026-07-28'

const teardowns: (() => unknown)[] = []
const owner = { teardown: (end: () => unknown) => void teardowns.push(end) }

/** A server of the newer era that answers each request at once. */
function answer(method: string): object {
  const complete = { resultType: 'complete' }
  if (method === 'server/discover') {
    const server = { name: 'one', version: '1' }
    return {
      ...complete,
      supportedVersions: [VERSION],
      capabilities: { tools: {} },
      _meta: { [`${MODERN}serverInfo`]: server },
    }
  }
  const listed = { name: 'echo', inputSchema: { type: 'object' } }
  return method === 'tools/list'
    ? { ...complete, ttlMs: 60_000, cacheScope: 'public', tools: [listed] }
    : { ...complete, content: [{ type: 'text', text: 'x'.repeat(100) }] }
}

const upstream = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk
  })
  request.on('end', () => {
    const { id, method } = JSON.parse(body)
    const said = { jsonrpc: '2.0', id, result: answer(method) }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(said))
  })
}).listen(0, '127.0.0.1')
await new Promise((resolve) => upstream.once('listening', resolve))
owner.teardown(() => upstream.close())

const { port } = upstream.address() as AddressInfo
const url = `http://127.0.0.1:${port}/mcp`
const token = issue({ subject: 'ada', roles: ['all'] })
const config = {
  servers: { one: { type: 'http', url } },
  roles: { all: { allow: { one: ['*'] } } },
}
const { gateway } = await serveConfig(owner, config, [token])
await gateway.ready()

async function call(id: number): Promise<void> {
  const name = 'one__echo'
  const _meta = {
    [`${MODERN}protocolVersion`]: VERSION,
    [`${MODERN}clientInfo`]: { name: 'bench', version: '1' },
    [`${MODERN}clientCapabilities`]: {},
  }
  const params = { name, arguments: { text: 'hi' }, _meta }
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token.token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
  })
  const text = await response.text()
  if (!text.includes('xxx')) throw new Error(text)
}

for (let id = 0; id < WARM; id++) await call(id)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', {
  callCount: true,
  detailed: false,
})
await session.post('Profiler.takePreciseCoverage')
await call(WARM)
const { result } = await session.post('Profiler.takePreciseCoverage')
await session.post('Profiler.stopPreciseCoverage')

await session.post('HeapProfiler.startSampling', {
  samplingInterval: 256,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
})
for (let id = 1; id <= SAMPLED; id++) await call(WARM + id)
const { profile } = await session.post('HeapProfiler.stopSampling')
session.disconnect()

type Allocations = typeof profile.head

/** What functions of src/ allocate, and those that they call. The client and the
 * server of the script are none of them. */
function sumAllocated(node: Allocations, isInside: boolean): number {
  const { url } = node.callFrame
  const isOwn = isInside || url.includes('/dist/src/')
  return node.children.reduce(
    (sum, child) => sum + sumAllocated(child, isOwn),
    isOwn ? node.selfSize : 0,
  )
}

const files = result.flatMap(({ url, functions }) => {
  const [, file] = /\/dist\/src\/(.*)\.js$/.exec(url) ?? []
  const ran = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
  const calls = ran.reduce(
    (sum, { ranges }) => sum + (ranges[0]?.count ?? 0),
    0,
  )
  const functionCount = ran.length
  return file && functionCount > 0
    ? [{ file, functions: functionCount, calls }]
    : []
})
const sum = (of: 'functions' | 'calls') =>
  files.reduce((total, one) => total + one[of], 0)
const told = {
  files: files.length,
  functions: sum('functions'),
  calls: sum('calls'),
  bytes: Math.round(sumAllocated(profile.head, false) / SAMPLED),
}

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ ...told, each: files })}\n`)
} else {
  process.stdout.write(
    `${told.files} files, ${told.functions} functions, ` +
      `${told.calls} function calls, ${told.bytes} bytes\n` +
      files.map(({ file, functions }) => `  ${functions} ${file}\n`).join(''),
  )
}
for (const end of teardowns.reverse()) await end()
process.exit()

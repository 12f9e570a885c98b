// What the suite's client mode runs: a client of the suite's server, either of
// an SDK by itself or of a gateway whose one server that is.
// In: direct or through, who signs in there, the URL; the suite's environment.
// Out: an exit code.
// INVARIANT: it ends what it started, and by itself.

import { argv, env } from 'node:process'
import {
  Client,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { runHere } from '../gateway.ts'
import { makeFolder, type Owner, serveFolder } from '../process.ts'
import { type Played, play } from './scenarios.ts'
import { signInDirect, signInThrough } from './sign-in.ts'

const LIMIT_MS = 40_000

const [, , side, as, url = ''] = argv
const scenario = env.MCP_CONFORMANCE_SCENARIO ?? ''
const context = JSON.parse(env.MCP_CONFORMANCE_CONTEXT ?? '{}')
const isModern = env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28'

const ends: (() => unknown)[] = []
const owner: Owner = { teardown: (end) => void ends.push(end) }
try {
  await within(LIMIT_MS, run())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
} finally {
  for (const end of ends.reverse()) await end()
}
// A stream that the suite keeps open would keep this process.
process.exit()

async function run(): Promise<void> {
  if (scenario.startsWith('auth/')) {
    const scene = { url, scenario, context, isModern }
    const who = as === 'gateway' ? 'gateway' : 'person'
    return side === 'through'
      ? signInThrough(owner, scene, who)
      : signInDirect(owner, scene)
  }
  const target =
    side === 'through' ? await startGateway() : { url, headers: undefined }
  const transport = { requestInit: { headers: target.headers ?? {} } }
  const info = { name: 'suite', version: '1.0.0' }
  const capabilities = { elicitation: { form: { applyDefaults: true } } }
  // SDK 2.x leaves out tools by itself. To learn what the gateway lists, SDK
  // 1.x asks, which knows nothing of headers.
  if (side === 'through' && scenario === 'http-invalid-tool-headers') {
    const client = new OldClient(info)
    await client.connect(
      new OldTransport(new URL(target.url), transport) as never,
    )
    owner.teardown(() => client.close())
    return play(client as unknown as Played, scenario, context)
  }
  const mode = isModern ? 'auto' : 'legacy'
  const options = { capabilities, versionNegotiation: { mode } } as const
  const client = new Client(info, options)
  client.setRequestHandler('elicitation/create', ({ params }) => ({
    action: 'accept',
    content: /defaults/.test(params.message) ? {} : { confirmed: true },
  }))
  await client.connect(
    new StreamableHTTPClientTransport(new URL(target.url), transport),
  )
  owner.teardown(() => client.close())
  await play(client as unknown as Played, scenario, context)
}

async function startGateway() {
  const suite = { type: 'http', url, prefix: '', requests: ['elicitation'] }
  const all = ['*', { prompt: '*' }, { resource: '*' }]
  const config = {
    servers: { suite },
    roles: { all: { allow: { suite: all } } },
  }
  const folder = makeFolder(owner, {
    'gateway.config.json': JSON.stringify(config),
  })
  const who = ['--subject', 'suite', '--role', 'all', '--cwd', folder]
  const issued = await runHere(['token', 'issue', ...who], { cwd: folder })
  if (issued.code !== 0) throw new Error(issued.stderr)
  const served = await serveFolder(owner, folder)
  // What the gateway says goes into the suite's record of the run.
  owner.teardown(() => process.stderr.write(served.stderr()))
  const headers = { Authorization: `Bearer ${issued.stdout.trim()}` }
  return { url: served.url, headers }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`not done after ${limitMs} ms`)
    setTimeout(() => reject(error), limitMs).unref()
  })
  await Promise.race([work, late])
}

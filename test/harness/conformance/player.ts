// The clients of the suite's client mode: of the suite's server, either an SDK by
// itself or a gateway whose one server that is. One process plays all scenes, as
// the SDKs take longer to load than a scene to play.
// In: on a socket of its own, scenes. Out: how each ended, and what it said.
// INVARIANT: what a scene started ends with it, and with the parent.

import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  Client,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { runHere } from '../gateway.ts'
import { makeFolder, type Owner, serveFolder } from '../process.ts'
import type { Asked, Told } from './client.ts'
import { type Played, play } from './scenarios.ts'
import { type Note, signInDirect, signInThrough } from './sign-in.ts'

type Info = { readonly name: string; readonly version: string }

const LIMIT_MS = 40_000

listen(process.argv[2] ?? '')

function listen(path: string): void {
  const playing = new Set<Playing>()
  createServer(async (request, response) => {
    const asked: Asked = JSON.parse(await text(request))
    const one = start()
    playing.add(one)
    const told = await answer(one, asked)
    playing.delete(one)
    response.end(JSON.stringify(told))
  }).listen(path, () => process.send?.('listening'))
  // An SDK does not say whose a warning is, and each record of a run may need it.
  console.warn = (...words) => {
    for (const { note } of playing) note(`${words.join(' ')}\n`)
  }
  // Nor whose this is: none of them is as it should be.
  process.on('unhandledRejection', (error) => {
    for (const { fail } of playing) fail(error)
  })
  process.once('disconnect', async () => {
    await Promise.all([...playing].map(({ end }) => end()))
    // A stream that a suite keeps open would keep this process.
    process.exit()
  })
}

/** A scene that is being played. */
interface Playing {
  readonly owner: Owner
  readonly note: Note
  readonly said: () => string
  /** Rejects as `fail` says. */
  readonly failed: Promise<never>
  readonly fail: (error: unknown) => void
  end(): Promise<void>
}

function start(): Playing {
  const ends: (() => unknown)[] = []
  const said: string[] = []
  let fail: Playing['fail'] = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  // It may come when nothing waits for it any more.
  failed.catch(() => {})
  return {
    owner: { teardown: (end) => void ends.push(end) },
    note: (text) => void said.push(text),
    said: () => said.join(''),
    ...{ failed, fail },
    end: async () => {
      for (let one = ends.pop(); one; one = ends.pop()) await one()
    },
  }
}

async function answer(
  { owner, note, said, failed, end }: Playing,
  asked: Asked,
): Promise<Told> {
  let code = 0
  try {
    const work = Promise.race([run(owner, asked, note), failed])
    await within(LIMIT_MS, work).finally(end)
  } catch (error) {
    note(`${error instanceof Error ? error.stack : error}\n`)
    code = 1
  }
  return { code, said: said() }
}

async function run(owner: Owner, asked: Asked, note: Note): Promise<void> {
  const { side, as, url, scenario, context, isModern } = asked
  if (scenario.startsWith('auth/')) {
    const scene = { url, scenario, context, isModern, note }
    const who = as === 'gateway' ? 'gateway' : 'person'
    return side === 'through'
      ? signInThrough(owner, scene, who)
      : signInDirect(owner, scene)
  }
  const target =
    side === 'through'
      ? await startGateway(owner, url, note)
      : { url, headers: undefined }
  const transport = { requestInit: { headers: target.headers ?? {} } }
  const info = { name: 'suite', version: '1.0.0' }
  const capabilities = { elicitation: { form: { applyDefaults: true } } }
  // SDK 2.x leaves out tools by itself. To learn what the gateway lists, SDK
  // 1.x asks, which knows nothing of headers.
  if (side === 'through' && scenario === 'http-invalid-tool-headers') {
    const client = await connectOld(info, target.url, transport)
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

/** SDK 1.x takes a second to load, and one scenario asks for it. */
async function connectOld(info: Info, url: string, options: object) {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
  const { StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/sdk/client/streamableHttp.js'
  )
  const client = new Client(info)
  const transport = new StreamableHTTPClientTransport(new URL(url), options)
  await client.connect(transport as never)
  return client
}

async function startGateway(owner: Owner, url: string, note: Note) {
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
  owner.teardown(() => note(served.stderr()))
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

// Real programs of clients on what `gateway connect` writes for them.
// In: the names of clients. Out: for each, what was wrong with it.
// INVARIANT: each file had another server before, and is again as it was after
// --undo.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Client } from '../../../src/cli/clients/client.ts'
import { findClient } from '../../../src/cli/clients/clients.ts'
import { findPlace } from '../../../src/cli/clients/place.ts'
import { run } from '../../../src/cli/run.ts'
import { makeFolder, makeIo } from '../gateway.ts'
import { startTracker } from '../newcomer/tracker.ts'
import type { Owner } from '../process.ts'
import { issue, serveConfig } from '../served.ts'
import { installPrograms } from './install.ts'
import { PROGRAMS, type Scene } from './start.ts'

export interface Tried {
  readonly client: string
  readonly version: string
  /** Null: it tells only that it is connected. */
  readonly tools: readonly string[] | null
  readonly wrong: string | null
}

const TOOLS = ['tracker__get_ticket', 'tracker__list_tickets']

/** What each file has before: people have other servers too. */
const BEFORE: Readonly<Record<string, string>> = {
  json: '{\n  "mcpServers": {\n    "other": {\n      "command": "true",\n      "args": []\n    }\n  }\n}\n',
  toml: '# mine\nmodel = "gpt-5-codex"\n\n[mcp_servers.other]\ncommand = "true"\nenabled = false\n',
}

export async function tryPrograms(
  owner: Owner,
  names = Object.keys(PROGRAMS),
): Promise<readonly Tried[]> {
  const programs = await installPrograms()
  const ada = issue({ subject: 'ada', roles: ['all'] })
  const tracker = { type: 'http', url: await startTracker(owner, 'x') }
  const headers = { authorization: { bearer: 'file:token' } }
  const config = {
    servers: { tracker: { ...tracker, headers } },
    roles: { all: { allow: { tracker: ['*'] } } },
  }
  const files = { token: 'x' }
  const { gateway } = await serveConfig(owner, config, [ada], undefined, files)
  const tried: Tried[] = []
  for (const name of names) {
    const client = findClient(name) as Client
    const home = makeFolder({ teardown: (end) => owner.teardown(end) })
    const scene = { programs, home, url: gateway.url, token: ada.token }
    tried.push(await tryOne(client, scene))
  }
  return tried
}

interface At {
  readonly programs: string
  readonly home: string
  readonly url: string
  readonly token: string
}

async function tryOne(client: Client, at: At): Promise<Tried> {
  const { name } = client
  const version = client.tried ?? findClient('mcp-remote')?.tried ?? ''
  try {
    const tools = await startOn(client, at)
    const isWhole = tools === null || tools.toSorted().join() === TOOLS.join()
    const wrong = isWhole ? null : `it sees ${tools.join()}`
    return { client: name, version, tools, wrong }
  } catch (error) {
    return { client: name, version, tools: [], wrong: String(error) }
  }
}

async function startOn(client: Client, { programs, home, url, token }: At) {
  const io = { cwd: home, env: { HOME: home } }
  const file = client.file ? (findPlace(client, {}, io) ?? '') : ''
  const before = BEFORE[client.file?.format ?? ''] ?? ''
  if (file !== '') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, before)
  }
  const own = ['--client', client.name]
  const write = file === '' ? [] : ['--write']
  const printed = await connect(
    home,
    [...own, ...write, '--gateway', url],
    token,
  )
  const env = { PATH: process.env.PATH ?? '', HOME: home, GATEWAY_TOKEN: token }
  const scene: Scene = { programs, cwd: home, env, file, printed }
  const tools = (await PROGRAMS[client.name]?.(scene)) ?? null
  if (file === '') return tools
  await connect(home, [...own, '--undo'], '')
  // A program may add settings of its own while it runs.
  const after = readFileSync(file, 'utf8')
  if (after.includes(url)) throw new Error(`--undo left the gateway: ${after}`)
  if (!after.includes('other')) throw new Error(`the other server is lost`)
  return tools
}

async function connect(
  home: string,
  args: readonly string[],
  input: string,
): Promise<string> {
  const io = { ...makeIo(home), env: { HOME: home } }
  io.stdin.end(input)
  const code = await run(['connect', ...args], io)
  io.stdout.end()
  io.stderr.end()
  const said = await text(io.stdout)
  if (code === 0) return said
  throw new Error(`connect ended with ${code}: ${said}${await text(io.stderr)}`)
}

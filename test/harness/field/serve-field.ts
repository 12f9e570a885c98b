// One file of the field, served by the built gateway and compared with what its
// client starts itself.
// In: a file, its row, places, an environment. Out: a result for each server.
// INVARIANT: what the client gets directly is listed by an SDK client with the
// client's own entry; nothing of a server that is elsewhere is started.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { bin, gateway } from '../gateway.ts'
import { type Owner, type ServeProcess, serveFolder } from '../process.ts'
import {
  fillIn,
  type ImportReport,
  judgeImport,
  layFile,
  type Places,
} from './import-field.ts'
import { type FieldServer, isServed, type Row, type Served } from './row.ts'

export interface Outcome {
  readonly server: string
  /** Tools that the client has directly, and through the gateway. */
  readonly direct: number
  readonly through: number
  /** What nobody explains. */
  readonly lost: readonly string[]
  readonly extra: readonly string[]
  readonly changed: readonly string[]
  /** What a row explains. */
  readonly explained: readonly string[]
  readonly why?: string
  /** Why it is not served here. */
  readonly unserved?: string
}

export interface FileOutcome {
  readonly file: string
  readonly faults: readonly string[]
  readonly servers: readonly Outcome[]
}

type Tool = Readonly<Record<string, unknown>> & { readonly name: string }
type Env = Readonly<Record<string, string>>

const PATIENCE_MS = 120_000

export async function serveField(
  owner: Owner,
  file: string,
  row: Row,
  places: Places,
  env: Env,
): Promise<FileOutcome> {
  const { folder } = places
  layFile(file, places)
  const run = (...args: string[]) => gateway(args, { cwd: folder, env })
  const imported = await run('import', file, '--report', 'json')
  const faults = [...judgeExit('import', imported)]
  const report = JSON.parse(imported.stdout) as ImportReport
  faults.push(...judgeImport(report, row))
  writeSecrets(folder, row)
  faults.push(...judgeExit('check', await run('check')))
  const config = writeServed(folder, row)
  const command = [process.execPath, bin, 'serve']
  const flags = ['--dev', '--secrets', '.env', '--config', config]
  const served = await serveFolder(owner, folder, flags, env, command)
  const names = Object.keys(row.servers).filter((name) => {
    const server = row.servers[name]
    return server !== undefined && isServed(server)
  })
  faults.push(...(await awaitServers(served, names)))
  const through = await listThrough(served)
  const servers: Outcome[] = []
  for (const [name, server] of Object.entries(row.servers)) {
    try {
      servers.push(await compare(name, server, through, places, env))
    } catch (error) {
      faults.push(`${name}, as its client starts it: ${String(error)}`)
    }
  }
  const known = names.map((name) => `${name}__`)
  for (const { name } of through) {
    if (known.every((prefix) => !name.startsWith(prefix))) {
      faults.push(`the gateway lists ${name}, of no server`)
    }
  }
  await served.stop()
  return { file, faults, servers }
}

function judgeExit(
  verb: string,
  {
    code,
    stderr,
    stdout,
  }: { code: number | null; stderr: string; stdout: string },
): readonly string[] {
  return code === 0 ? [] : [`${verb} ended with ${code}: ${stdout}${stderr}`]
}

function writeSecrets(folder: string, { secrets }: Row): void {
  const lines = Object.entries(secrets).map(
    ([name, value]) => `${name}=${value}\n`,
  )
  writeFileSync(join(folder, '.env'), lines.join(''))
}

/** The imported config, without the servers that cannot run here. */
function writeServed(folder: string, { servers }: Row): string {
  const others = Object.entries(servers).filter(([, one]) => 'elsewhere' in one)
  const lines = others.map(([name]) => {
    const key = JSON.stringify(name)
    return `    ${key}: { ...config.servers[${key}], disabled: true },\n`
  })
  const text = `import config from './gateway.config.ts'\n\nexport default {\n  ...config,\n  servers: {\n    ...config.servers,\n${lines.join('')}  },\n}\n`
  writeFileSync(join(folder, 'here.config.ts'), text)
  return 'here.config.ts'
}

/** Until each has lists, or has failed. */
async function awaitServers(
  served: ServeProcess,
  names: readonly string[],
): Promise<readonly string[]> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const events = served
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map(
        (line) =>
          JSON.parse(line) as { server?: string; msg: string; reason?: string },
      )
    const up = (name: string) =>
      events.some(({ server, msg }) => server === name && msg === 'up')
    const waiting = names.filter((name) => !up(name))
    if (waiting.length === 0) return []
    if (Date.now() > end) {
      return waiting.map((name) => {
        const last = events.findLast(({ server }) => server === name)
        return `${name} is not up: ${last?.reason ?? 'nothing is said'}`
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function listThrough({
  url,
  token,
}: ServeProcess): Promise<readonly Tool[]> {
  const headers = { Authorization: `Bearer ${token}` }
  return listTools({ url, headers }, {})
}

/** Of a client that knows every feature: some servers list a tool only to who
 * can answer what it asks. */
const CAPABILITIES = {
  roots: { listChanged: true },
  sampling: {},
  elicitation: { form: {}, url: {} },
}

/** As the client does, with its own entry. */
async function listTools(server: Served, env: Env): Promise<readonly Tool[]> {
  const info = { name: 'field', version: '1.0.0' }
  const client = new Client(info, { capabilities: CAPABILITIES })
  const { command, args = [], url = '', headers } = server
  const transport =
    command === undefined
      ? new StreamableHTTPClientTransport(new URL(url), {
          requestInit: { headers: { ...headers } },
        })
      : new StdioClientTransport({
          command,
          args: [...args],
          env: { ...env, ...server.env },
          stderr: 'ignore',
          ...(server.cwd !== undefined && { cwd: server.cwd }),
        })
  await client.connect(transport as never, { timeout: PATIENCE_MS })
  const tools: Tool[] = []
  let cursor: string | undefined
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor })
    tools.push(...(page.tools as unknown as readonly Tool[]))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  await client.close()
  return tools
}

async function compare(
  server: string,
  known: FieldServer,
  all: readonly Tool[],
  places: Places,
  env: Env,
): Promise<Outcome> {
  const none = { lost: [], extra: [], changed: [], explained: [] }
  if (!isServed(known)) {
    const unserved = describeUnserved(known)
    return { server, direct: 0, through: 0, ...none, unserved }
  }
  const entry = JSON.parse(fillIn(JSON.stringify(known), places)) as Served
  const direct = await listTools({ cwd: places.folder, ...entry }, env)
  const prefix = `${server}__`
  const through = all
    .filter(({ name }) => name.startsWith(prefix))
    .map((tool) => ({ ...tool, name: tool.name.slice(prefix.length) }))
  const { only, without = [], why } = known
  const hidden = (name: string) =>
    only ? !only.includes(name) : without.includes(name)
  const missing = direct.filter(({ name }) => !has(through, name))
  return {
    server,
    direct: direct.length,
    through: through.length,
    lost: missing.map(({ name }) => name).filter((name) => !hidden(name)),
    extra: through
      .map(({ name }) => name)
      .filter((name) => !has(direct, name) || hidden(name)),
    changed: direct.flatMap((tool) => findChanges(tool, through)),
    explained: missing.map(({ name }) => name).filter(hidden),
    ...(why !== undefined && { why }),
  }
}

function describeUnserved(server: Exclude<FieldServer, Served>): string {
  if ('elsewhere' in server) return server.elsewhere
  return 'disabled' in server ? server.disabled : 'the import drops it'
}

const has = (tools: readonly Tool[], wanted: string) =>
  tools.some(({ name }) => name === wanted)

/** What the gateway leaves out, and why nobody misses it. */
const LEFT_OUT: readonly {
  readonly key: string
  readonly value: unknown
  readonly why: string
}[] = [
  {
    key: 'execution',
    value: { taskSupport: 'forbidden' },
    why: 'it says what is so without it: calls of this tool are no tasks',
  },
]

/** Members of a definition that differ on the way. */
function findChanges(tool: Tool, through: readonly Tool[]): readonly string[] {
  const other = through.find(({ name }) => name === tool.name)
  if (!other) return []
  const keys = [...new Set([...Object.keys(tool), ...Object.keys(other)])]
  const isLeftOut = (key: string) =>
    other[key] === undefined &&
    LEFT_OUT.some(
      (one) => one.key === key && isDeepStrictEqual(one.value, tool[key]),
    )
  return keys
    .filter((key) => !isDeepStrictEqual(tool[key], other[key]))
    .filter((key) => !isLeftOut(key))
    .map((key) => `${tool.name}.${key}`)
}

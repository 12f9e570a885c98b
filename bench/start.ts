// `npm run bench:start`: what a start costs, from a process that begins to what
// it is for: the help, a checked config, the first answered call.
// In: `--rounds N`, `--json`. Out: a table or one JSON object on stdout.
// INVARIANT: asserts no speed; every round is a new process; a verb that is not
// fine or a call that is not answered fails the bench.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCost, median } from './cost.ts'
import { readCpu, readResident } from './cpu.ts'
import { readCount, readOrEnd } from './flags.ts'
import { Governed } from './governed.ts'
import { runOnGround } from './ground.ts'

const { values } = readOrEnd(() =>
  parseArgs({
    options: {
      rounds: { type: 'string', default: '9' },
      json: { type: 'boolean', default: false },
    },
  }),
)
const rounds = readOrEnd(() => readCount('rounds', values.rounds))

const BIN = join(import.meta.dirname, '../run/gateway.js')
const IDLE_MS = 1_500
const MAX_MS = 60_000

/** What was measured of one command; of a round, or the medians of all. */
interface Figures {
  /** To its end, or to the first answered call. */
  readonly wallMs: number
  readonly cpuMs: number
  /** At most, or of `serve` when it is idle. */
  readonly residentMb: number
}

interface Row extends Figures {
  readonly command: string
  /** Files that it ran. */
  readonly modules: number
}

/** A command that ends. */
async function measureVerb(args: readonly string[]): Promise<Figures> {
  const { cpu, wall, peakMb, exit } = await measureCost(args)
  if (exit !== 0) throw new Error(`${args.join(' ')} ended with ${exit}`)
  return { wallMs: wall * 1_000, cpuMs: cpu * 1_000, residentMb: peakMb }
}

interface Served {
  readonly folder: string
  readonly token: string
  readonly args: readonly string[]
}

function startServe({ folder, args }: Served, port: number, cover?: string) {
  const flags = ['--log-level', 'error', '--port', String(port)]
  const all = [BIN, 'serve', ...args, ...flags, '--admin-port', '0']
  return spawn(process.execPath, all, {
    cwd: folder,
    env: cover === undefined ? {} : { NODE_V8_COVERAGE: cover },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** From the start of the process to its first answer. */
async function measureServe(served: Served): Promise<Figures> {
  const port = await findPort()
  const began = performance.now()
  const child = startServe(served, port)
  try {
    await callUntilAnswered(child, port, served.token)
    const wallMs = performance.now() - began
    const cpuMs = readCpu(child.pid ?? 0) / 1_000
    await wait(IDLE_MS)
    return { wallMs, cpuMs, residentMb: readResident(child.pid ?? 0) }
  } finally {
    await end(child)
  }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill()
  if (child.exitCode === null && !child.signalCode) await once(child, 'exit')
}

/** A port that nothing listens on now. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function callUntilAnswered(
  child: ChildProcess,
  port: number,
  token: string,
): Promise<void> {
  const until = performance.now() + MAX_MS
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error('serve ended')
    // The list waits for the server that offers the tool; a call does not.
    const first = await ask(port, token, 'tools/list').catch(() => undefined)
    if (first === undefined) await wait(2)
    else {
      const wrong = first || (await ask(port, token, 'tools/call'))
      if (wrong === '') return
      throw new Error(`the first call: ${wrong}`)
    }
  }
  throw new Error('no call was answered')
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'start', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}
const TOOL = 'modern__small'

/** Resolves to what is wrong with the answer; rejects while nothing listens. */
function ask(port: number, token: string, method: string): Promise<string> {
  const isCall = method === 'tools/call'
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(isCall && { 'mcp-name': TOOL }),
  }
  const params = { _meta: META, ...(isCall && { name: TOOL, arguments: {} }) }
  const message = { jsonrpc: '2.0', id: 1, method, params }
  const target = { port, path: '/mcp', method: 'POST', headers, agent: false }
  return new Promise((resolve, reject) => {
    const outgoing = request(target, (incoming) => {
      let said = ''
      incoming.on('data', (chunk) => {
        said += chunk
      })
      incoming.on('end', () => {
        const { statusCode = 0 } = incoming
        resolve(statusCode === 200 && said.includes('"result"') ? '' : said)
      })
    })
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(message))
  })
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Of the first process only: the ones that it starts do other work. */
function countModules(folder: string, pid: number): number {
  const name = readdirSync(folder).find((one) => one.includes(`-${pid}-`))
  if (name === undefined) throw new Error(`process ${pid} wrote no coverage`)
  const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
    readonly result: readonly { readonly url: string }[]
  }
  return result.filter(({ url }) => url.startsWith('file:')).length
}

async function coverVerb(args: readonly string[], cover: string) {
  const env = { NODE_V8_COVERAGE: cover }
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  await once(child, 'exit')
  return countModules(cover, child.pid ?? 0)
}

async function coverServe(served: Served, cover: string) {
  const port = await findPort()
  const child = startServe(served, port, cover)
  try {
    await callUntilAnswered(child, port, served.token)
  } finally {
    await end(child)
  }
  return countModules(cover, child.pid ?? 0)
}

async function repeat(
  command: string,
  modules: number,
  measure: () => Promise<Figures>,
): Promise<Row> {
  const all: Figures[] = []
  for (let round = 0; round < rounds; round++) all.push(await measure())
  const of = (key: keyof Figures) =>
    Math.round(median(all.map((one) => one[key])))
  return {
    ...{ command, modules },
    ...{ wallMs: of('wallMs'), cpuMs: of('cpuMs') },
    residentMb: of('residentMb'),
  }
}

process.exitCode = await runOnGround(async ({ folder, upstream }) => {
  const cover = join(folder, 'cover')
  mkdirSync(cover)
  const governed = new Governed({ folder, ...upstream.ready })
  const artefact = await governed.compile()
  writeFileSync(join(folder, 'table.json'), JSON.stringify(artefact))
  const [token = ''] = governed.tokens.modern
  const rows: Row[] = []
  const verbs = {
    'node -e 0': ['-e', '0'],
    '--version': [BIN, '--version'],
    '--help': [BIN, '--help'],
    'serve --help': [BIN, 'serve', '--help'],
    check: [BIN, 'check', '--cwd', folder],
  }
  for (const [command, args] of Object.entries(verbs)) {
    const modules = await coverVerb(args, cover)
    rows.push(await repeat(command, modules, () => measureVerb(args)))
  }
  const tables = { 'serve table.json': ['table.json'], 'serve (config)': [] }
  for (const [command, args] of Object.entries(tables)) {
    const served = { folder, token, args }
    const modules = await coverServe(served, cover)
    rows.push(await repeat(command, modules, () => measureServe(served)))
  }
  return values.json
    ? `${JSON.stringify({ bench: 'start', node: process.version, rounds, rows })}\n`
    : renderTable(rows)
})

function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(({ command, wallMs, cpuMs, residentMb, modules }) =>
    [wallMs, cpuMs, residentMb, modules].reduce(
      (line, cell) => line + String(cell).padStart(10),
      command.padEnd(18),
    ),
  )
  const head = 'command              wall ms    CPU ms       MiB   modules'
  return `${[head, ...lines].join('\n')}\n`
}

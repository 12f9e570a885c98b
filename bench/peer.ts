// One other gateway of npm, from its installation to its end.
// In: a row of PEERS, a folder. Out: its processes, and where it answers.
// INVARIANT: its processes have a mark in their environment, by which they are
// found, also after their parent has gone, and ended by id.

import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Case } from './cases.ts'
import type { TargetAt } from './load/target.ts'
import type { Running } from './process.ts'
import { findPort, type Ports } from './proxies.ts'

interface Place {
  readonly port: number
  /** The upstream's URL, and the same over stdio, as a command. */
  readonly url: string
  readonly child: readonly string[]
  /** Of its own. */
  readonly folder: string
}

export interface Peer {
  readonly name: string
  readonly package: string
  /** In `node_modules/.bin`. */
  readonly bin: string
  readonly over: Case['over']
  readonly args: (at: Place) => readonly string[]
  readonly env?: (at: Place) => Readonly<Record<string, string>>
  /** Files of its folder. */
  readonly files?: (at: Place) => Readonly<Record<string, string>>
}

export const PEERS: readonly Peer[] = [
  {
    name: 'mcp-proxy',
    package: 'mcp-proxy@6.7.19',
    bin: 'mcp-proxy',
    over: 'stdio',
    args: ({ port, child }) => [
      ...['--host', '127.0.0.1', '--port', String(port)],
      ...['--server', 'stream', '--', ...child],
    ],
  },
  {
    name: 'supergateway',
    package: 'supergateway@4.0.0',
    bin: 'supergateway',
    over: 'stdio',
    args: ({ port, child }) => [
      ...['--stdio', child.join(' '), '--outputTransport', 'streamableHttp'],
      ...['--stateful', '--port', String(port), '--logLevel', 'none'],
    ],
  },
  {
    name: 'passthrough-mcp-server',
    package: '@civic/passthrough-mcp-server@0.12.1',
    bin: 'passthrough-mcp-server',
    over: 'http',
    args: () => [],
    env: ({ port, url }) => ({
      PORT: String(port),
      TARGET_SERVER_URL: new URL(url).origin,
      TARGET_SERVER_MCP_PATH: '/mcp',
      TARGET_SERVER_TRANSPORT: 'httpStream',
    }),
  },
  {
    // Its endpoint for clients may be without Streamable HTTP, and so left out.
    name: 'mcp-hub',
    package: 'mcp-hub@4.2.1',
    bin: 'mcp-hub',
    over: 'http',
    args: ({ port, folder }) => [
      ...['--port', String(port), '--config', join(folder, 'peer.json')],
    ],
    files: (at) => writeServers(at),
  },
  {
    name: 'mcporter',
    package: 'mcporter@0.12.3',
    bin: 'mcporter',
    over: 'http',
    args: ({ port, folder }) => [
      ...['--config', join(folder, 'peer.json'), 'serve'],
      ...['--http', String(port), '--host', '127.0.0.1'],
    ],
    // It serves no others.
    files: (at) => writeServers(at, { lifecycle: 'keep-alive' }),
  },
]

function writeServers(
  { url }: Place,
  more: object = {},
): Readonly<Record<string, string>> {
  const mcpServers = { up: { url, ...more } }
  return { 'peer.json': JSON.stringify({ mcpServers }) }
}

const INSTALL_MS = 180_000

/** Throws what npm says. */
export function installPeer(peer: Peer, folder: string): void {
  const own = join(folder, peer.name)
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'package.json'), '{ "private": true }\n')
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts']
  const { status, stderr } = spawnSync(
    'npm',
    ['install', ...flags, peer.package],
    { cwd: own, encoding: 'utf8', timeout: INSTALL_MS },
  )
  if (status !== 0) throw new Error(`npm install: ${stderr ?? ''}`)
}

export interface RunningPeer {
  readonly pid: number
  pids(): readonly number[]
  upstreamPids(of: Case): readonly number[]
  target(of: Case): TargetAt
  /** Tries until it does, or has ended. */
  answers(negotiate: (at: TargetAt) => Promise<unknown>): Promise<void>
  stop(): Promise<void>
}

const MARK = 'PORTCULLIS_BENCH_PEER'
const CHILD = join(import.meta.dirname, 'processes/child.js')
const ANSWER_MS = 30_000
const PATIENCE_MS = 3_000

export async function startPeer(
  peer: Peer,
  folder: string,
  upstream: Running<Ports>,
): Promise<RunningPeer> {
  const own = join(folder, peer.name)
  const port = await findPort()
  const url = `http://127.0.0.1:${upstream.ready.legacy}/mcp`
  const place = { port, url, child: [process.execPath, CHILD], folder: own }
  for (const [name, text] of Object.entries(peer.files?.(place) ?? {})) {
    writeFileSync(join(own, name), text)
  }
  const mark = randomBytes(12).toString('hex')
  const bin = realpathSync(join(own, 'node_modules/.bin', peer.bin))
  const log = openSync(join(own, 'peer.log'), 'w')
  const running = spawn(process.execPath, [bin, ...peer.args(place)], {
    cwd: own,
    env: { ...process.env, ...peer.env?.(place), HOME: own, [MARK]: mark },
    stdio: ['ignore', log, log],
  })
  let failure: Error | undefined
  running.once('error', (error) => {
    failure = error
  })
  running.once('exit', (code) => {
    failure ??= new Error(`it ended with ${code}: ${readEnd(own)}`)
  })
  const stop = () => endMarked(mark)
  process.once('exit', () => kill(listMarked(mark), 'SIGKILL'))
  const target = (): TargetAt => ({
    name: peer.name,
    port,
    path: '/mcp',
    tokens: [],
    era: 'legacy',
  })
  return {
    pid: running.pid ?? 0,
    pids: () => listMarked(mark).filter((pid) => !isChild(pid)),
    upstreamPids: ({ over }) =>
      over === 'stdio' ? listMarked(mark).filter(isChild) : [upstream.pid],
    target,
    answers: async (negotiate) => {
      const until = performance.now() + ANSWER_MS
      for (;;) {
        try {
          await negotiate(target())
          return
        } catch (error) {
          if (failure) throw failure
          if (performance.now() > until) throw error
        }
        await pause(200)
      }
    },
    stop,
  }
}

/** What it says of its end. */
function readEnd(folder: string): string {
  const log = readFileSync(join(folder, 'peer.log'), 'utf8')
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? ''
}

/** All processes whose environment has the mark. */
function listMarked(mark: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readProc(pid, 'environ').includes(`${MARK}=${mark}`))
    .map(Number)
}

function isChild(pid: number): boolean {
  return readProc(String(pid), 'cmdline').split('\0').at(1) === CHILD
}

/** '' once the process is gone, or is another's. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

async function endMarked(mark: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const left = listMarked(mark)
    if (left.length === 0) return
    kill(left, performance.now() < until ? 'SIGTERM' : 'SIGKILL')
    await pause(100)
  }
}

function kill(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended meanwhile.
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

// Who takes part in a run, each as a process of its own.
// In: the upstream's ports, a folder. Out: their process ids, and where to call.
// INVARIANT: a program that the machine lacks is left out and named.

import type { Case, ContestantName } from './cases.ts'
import { listChildren } from './cpu.ts'
import type { Role, Setup } from './governed.ts'
import type { TargetAt } from './load/target.ts'
import { Running } from './process.ts'
import type { GatewayReady } from './processes/gateway.ts'
import { Program } from './program.ts'
import {
  findPort,
  isInstalled,
  LIST_FILE,
  type Ports,
  writeConfig,
} from './proxies.ts'

export interface Contestant {
  readonly name: ContestantName
  readonly pid: number
  /** Of the upstream, which may be its own children. */
  upstreamPids(of: Case): readonly number[]
  /** Where the calls of a case go. */
  target(of: Case): TargetAt
  stop(): Promise<void>
}

export interface Ready {
  /** The gateway is the first. */
  readonly contestants: readonly Contestant[]
  /** The gateway's process. */
  readonly running: Running<GatewayReady>
  readonly absent: readonly string[]
  /** The gateway's audit file. */
  readonly audit: string
}

/** A built checkout. */
export interface Build {
  readonly name: string
  /** Its `dist/bench`. */
  readonly folder: string
}

/** What the contestants are started with. */
export interface Field {
  readonly wanted: ReadonlySet<ContestantName>
  /** Of the upstream. */
  readonly ports: Ports
  readonly upstreamPid: number
  readonly folder: string
  /** Of Node, for the gateway. */
  readonly execArgv: readonly string[]
  /** Whose gateway it is, if not this build's. */
  readonly build?: Build | undefined
  /** Gets what ends a process, before it has started. */
  readonly started: (stop: () => Promise<void>) => void
}

export async function startContestants(field: Field): Promise<Ready> {
  const { ports, folder } = field
  const setup = { folder, ...ports, lists: 20, stdio: true }
  const { gateway, running, audit } = await startGateway(setup, field)
  const contestants: Contestant[] = [gateway]
  const absent: string[] = []
  const own = { modern: await findPort(), legacy: await findPort() }
  for (const name of ['nginx', 'haproxy'] as const) {
    if (!field.wanted.has(name)) continue
    const ports = name === 'nginx' ? own : await findPorts()
    const program = await startProgram(name, ports, field)
    if (program) contestants.push(program)
    else absent.push(name)
  }
  for (const name of OWN_NAMES) {
    if (field.wanted.has(name)) contestants.push(await startOwn(name, field))
  }
  if (field.wanted.has('direct')) {
    contestants.push({
      name: 'direct',
      pid: field.upstreamPid,
      upstreamPids: () => [field.upstreamPid],
      target: (of) => plainTarget('direct', ports, of),
      stop: async () => {},
    })
  }
  return { contestants, running, absent, audit }
}

async function fork<Value>(
  script: string,
  args: readonly string[],
  { started, build }: Pick<Field, 'started' | 'build'>,
  execArgv: readonly string[] = [],
  ms?: number,
): Promise<Running<Value>> {
  const running = new Running<Value>(script, args, execArgv, build?.folder)
  started(() => running.stop())
  return running.start(ms)
}

type Started = Pick<Field, 'started' | 'execArgv' | 'upstreamPid' | 'build'>

export interface StartedGateway {
  readonly gateway: Contestant
  readonly running: Running<GatewayReady>
  readonly audit: string
}

export async function startGateway(
  setup: Setup,
  { started, execArgv, upstreamPid, build }: Started,
  name = build?.name ?? 'gateway',
  ms?: number,
): Promise<StartedGateway> {
  const args = [JSON.stringify(setup)]
  const running = await fork<GatewayReady>(
    'gateway',
    args,
    { started, build },
    execArgv,
    ms,
  )
  const { port, tokens, audit } = running.ready
  const { pid } = running
  const gateway: Contestant = {
    name: 'gateway',
    pid,
    upstreamPids: ({ over }) =>
      over === 'stdio' ? listChildren(pid) : [upstreamPid],
    target: (of) => {
      const role = roleOf(of)
      const era = of.eras[0]
      const own = `${name} ${era} ${role}`
      return { name: own, port, path: '/mcp', tokens: tokens[role], era }
    },
    stop: () => running.stop(),
  }
  return { gateway, running, audit }
}

function roleOf({ eras, method, over }: Case): Role {
  if (over === 'stdio') return 'stdio'
  return method === 'tools/list' ? 'list' : eras[1]
}

/** Undefined if the machine has not got it. */
async function startProgram(
  name: 'nginx' | 'haproxy',
  own: Ports,
  { ports, folder, upstreamPid, started }: Field,
): Promise<Contestant | undefined> {
  if (!isInstalled(name)) return undefined
  const program = new Program(name, writeConfig(name, folder, own, ports))
  started(() => program.stop())
  await program.listening(own.modern)
  return {
    name,
    pid: program.pid,
    upstreamPids: () => [upstreamPid],
    target: (of) => plainTarget(name, own, of),
    stop: () => program.stop(),
  }
}

/** Of our own writing: who they are, and what they are started with. */
const OWN = {
  floor: { script: 'floor', era: 'modern', over: 'port' },
  passthrough: { script: 'passthrough', era: 'modern', over: 'http' },
  // The SDK knows sessions alone.
  sdk: { script: 'sdk', era: 'legacy', over: 'http' },
  sdk2: { script: 'sdk2', era: 'modern', over: 'http' },
  sdkStdio: { script: 'sdk', era: 'legacy', over: 'stdio' },
} as const

const OWN_NAMES = Object.keys(OWN) as (keyof typeof OWN)[]

async function startOwn(
  name: keyof typeof OWN,
  { ports, upstreamPid, started }: Field,
): Promise<Contestant> {
  const { script, era, over } = OWN[name]
  const port = ports[era]
  const at = { stdio: 'stdio', port: `${port}`, http: urlOf(port) }[over]
  const running = await fork<{ port: number }>(script, [at], { started })
  const { pid, ready } = running
  return {
    name,
    pid,
    upstreamPids: () => (over === 'stdio' ? listChildren(pid) : [upstreamPid]),
    target: () => ({
      name,
      port: ready.port,
      path: '/mcp',
      tokens: [],
      era,
    }),
    stop: () => running.stop(),
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/mcp`
}

/** What it passes on is what its client says. */
function plainTarget(
  name: string,
  ports: Ports,
  { eras: [era], method }: Case,
): TargetAt {
  const isFile = method === 'tools/list'
  const path = isFile ? `/${LIST_FILE}` : '/mcp'
  const own = `${name} ${era}${isFile ? ' file' : ''}`
  return { name: own, port: ports[era], path, tokens: [], era, isFile }
}

async function findPorts(): Promise<Ports> {
  return { legacy: await findPort(), modern: await findPort() }
}

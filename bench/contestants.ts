// Who takes part in a run, each as a process of its own.
// In: the upstream's ports, a folder. Out: their process ids, and where to call.
// INVARIANT: a program that the machine lacks is left out and named.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Case, ContestantName, Era } from './cases.ts'
import { Running } from './process.ts'
import type { TargetAt } from './processes/generator.ts'
import { Program } from './program.ts'

export interface Contestant {
  readonly name: ContestantName
  readonly pid: number
  /** Where the calls of a case go. */
  target(of: Case): TargetAt
  stop(): Promise<void>
}

/** Of the upstream, by era. */
export type Ports = Readonly<Record<Era, number>>

export interface Ready {
  readonly contestants: readonly Contestant[]
  readonly absent: readonly string[]
  /** The gateway's audit file. */
  readonly audit: string
}

interface GatewayReady {
  readonly port: number
  readonly tokens: Readonly<Record<string, string>>
  readonly audit: string
}

export const LIST_FILE = 'list.json'

export async function startContestants(
  wanted: ReadonlySet<ContestantName>,
  ports: Ports,
  upstreamPid: number,
  folder: string,
  execArgv: readonly string[],
  started: (stop: () => Promise<void>) => void,
): Promise<Ready> {
  const fork = async <Value>(
    name: string,
    args: readonly unknown[],
    execArgv: readonly string[] = [],
  ) => {
    const running = new Running<Value>(name, args.map(String), execArgv)
    started(() => running.stop())
    return running.start()
  }
  const gateway = await fork<GatewayReady>(
    'gateway',
    [ports.legacy, ports.modern, folder],
    execArgv,
  )
  const { port, tokens, audit } = gateway.ready
  const contestants: Contestant[] = [
    {
      name: 'gateway',
      pid: gateway.pid,
      target: ({ eras: [client, server], method }) => {
        const role = method === 'tools/list' ? 'list' : server
        const name = `gateway ${client} ${role}`
        const token = tokens[role] ?? ''
        return { name, port, path: '/mcp', token, era: client }
      },
      stop: () => gateway.stop(),
    },
  ]
  const absent: string[] = []
  const proxied = { modern: await findPort(), legacy: await findPort() }
  for (const name of ['nginx', 'haproxy'] as const) {
    if (!wanted.has(name)) continue
    if (!isInstalled(name)) {
      absent.push(name)
      continue
    }
    const own = name === 'nginx' ? proxied : await findPorts()
    const program = new Program(name, writeConfig(name, folder, own, ports))
    started(() => program.stop())
    await program.listening(own.modern)
    contestants.push({
      name,
      pid: program.pid,
      target: (of) => plainTarget(name, own, of),
      stop: () => program.stop(),
    })
  }
  const url = (era: Era) => `http://127.0.0.1:${ports[era]}/mcp`
  for (const name of ['passthrough', 'sdk'] as const) {
    if (!wanted.has(name)) continue
    // The SDK knows sessions alone.
    const era = name === 'sdk' ? 'legacy' : 'modern'
    const running = await fork<{ port: number }>(name, [url(era)])
    const { port } = running.ready
    contestants.push({
      name,
      pid: running.pid,
      target: () => ({ name, port, path: '/mcp', token: '', era }),
      stop: () => running.stop(),
    })
  }
  if (wanted.has('direct')) {
    contestants.push({
      name: 'direct',
      pid: upstreamPid,
      target: (of) => plainTarget('direct', ports, of),
      stop: async () => {},
    })
  }
  return { contestants, absent, audit }
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
  return { name: own, port: ports[era], path, token: '', era, isFile }
}

function isInstalled(command: string): boolean {
  return spawnSync(command, ['-v'], { stdio: 'ignore' }).status === 0
}

/** Returns its arguments. */
function writeConfig(
  name: 'nginx' | 'haproxy',
  folder: string,
  own: Ports,
  ports: Ports,
): readonly string[] {
  const file = join(folder, `${name}.conf`)
  const text = name === 'nginx' ? writeNginx : writeHaproxy
  writeFileSync(file, text(own, ports, folder))
  return name === 'nginx'
    ? ['-p', folder, '-e', join(folder, 'nginx.log'), '-c', file]
    : ['-db', '-f', file]
}

const ERAS: readonly Era[] = ['legacy', 'modern']

/** One process, connections kept on both sides, no access log. */
function writeNginx(own: Ports, ports: Ports, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(folder, name)};`,
  )
  const servers = ERAS.map(
    (era) => `  upstream ${era} {
    server 127.0.0.1:${ports[era]};
    keepalive 256;
    keepalive_requests 10000000;
  }
  server {
    listen 127.0.0.1:${own[era]};
    keepalive_requests 10000000;
    client_max_body_size 16m;
    client_body_buffer_size 2m;
    location / {
      proxy_pass http://${era};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
    location = /${LIST_FILE} { root ${folder}; }
  }`,
  )
  return `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 4096; }
http {
  access_log off;
${[...temporary, ...servers].join('\n')}
}
`
}

function writeHaproxy(own: Ports, ports: Ports): string {
  const parts = ERAS.map(
    (era) => `
frontend front-${era}
  bind 127.0.0.1:${own[era]}
  default_backend back-${era}
backend back-${era}
  http-reuse always
  server only 127.0.0.1:${ports[era]}`,
  )
  return `global
  nbthread 1
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
${parts.join('\n')}
`
}

async function findPorts(): Promise<Ports> {
  return { legacy: await findPort(), modern: await findPort() }
}

/** One that nobody has now. */
function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0
      server.close(() => resolve(port))
    })
  })
}

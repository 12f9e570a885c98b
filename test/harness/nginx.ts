// nginx as a user runs it in front of the gateway, without root.
// In: the server blocks of a configuration. Out: a running nginx.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Owner } from './process.ts'
import { until } from './until.ts'

const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx']

export const NO_NGINX =
  'there is no nginx, so what docs/deploy.md says of it is not tested'

export function findNginx(): string | undefined {
  return NGINX.find((path) => existsSync(path))
}

/** Resolves when it listens on `port`; it runs in `folder`. */
export async function startNginx(
  t: Owner,
  nginx: string,
  folder: string,
  config: string,
  port: number,
): Promise<void> {
  mkdirSync(join(folder, 'tmp'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path tmp/${name};`)
    .join('\n  ')
  const whole = `
pid nginx.pid;
daemon off;
error_log stderr warn;
events {}
http {
  access_log off;
  ${temporary}
${config}
}
`
  writeFileSync(join(folder, 'nginx.conf'), whole)
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr']
  execFileSync(nginx, ['-t', '-q', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const child = spawn(nginx, args, { stdio: 'ignore' })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  })
  await until(() => listens(port), 'nginx listens')
}

export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** A port that nobody uses now. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

// nginx and haproxy as companies run them, before a gateway.
// In: the port of the gateway. Out: the port of the proxy; it ends with the test.
// INVARIANT: loopback alone; one kept connection to the gateway for all clients.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { makeFolder } from './gateway.ts'

export type ProxyName = 'nginx' | 'haproxy'

export function isInstalled(name: ProxyName): boolean {
  return spawnSync(name, ['-v'], { stdio: 'ignore' }).status === 0
}

/** Starts one and resolves with its port once it takes connections. */
export async function startProxy(
  t: Test,
  name: ProxyName,
  gatewayPort: string,
): Promise<number> {
  const folder = makeFolder(t)
  const port = await findPort()
  const file = join(folder, 'proxy.conf')
  const write = name === 'nginx' ? writeNginx : writeHaproxy
  writeFileSync(file, write(folder, port, gatewayPort))
  const args =
    name === 'nginx' ? ['-p', folder, '-c', file] : ['-db', '-f', file]
  const log = name === 'nginx' ? ['-e', join(folder, 'log')] : []
  const child = spawn(name, [...log, ...args], { stdio: 'ignore' })
  t.teardown(() => end(child))
  await untilOpen(port, child)
  return port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill()
  await gone
}

/** By connecting: a proxy says nothing when it is ready. */
async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const event = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (event) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`the proxy ended with ${child.exitCode}`)
}

/** `Forwarded` of the client is removed, as this proxy does not write it. */
function writeNginx(folder: string, port: number, gateway: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(folder, name)};`,
  )
  return `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 64; }
http {
  access_log off;
${temporary.join('\n')}
  upstream gateway {
    server 127.0.0.1:${gateway};
    keepalive 1;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Forwarded "";
    }
    location /careless/ {
      proxy_pass http://gateway/;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`
}

/** `forwardfor` adds a line to those of the client. */
function writeHaproxy(_folder: string, port: number, gateway: string): string {
  return `global
  nbthread 1
defaults
  mode http
  option forwardfor
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend front
  bind 127.0.0.1:${port}
  http-request set-header Forwarded for=%[src];proto=http
  default_backend back
backend back
  http-reuse always
  server only 127.0.0.1:${gateway}
`
}

/** One that nobody has now. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

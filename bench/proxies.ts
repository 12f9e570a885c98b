// How nginx and haproxy are told to forward, as plainly as they can.
// In: their ports, the upstream's. Out: their arguments; a file each.
// INVARIANT: one process, connections kept on both sides, no access log.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Era } from './cases.ts'

/** Of the upstream, or of a proxy, by era. */
export type Ports = Readonly<Record<Era, number>>

/** What the gateway lists, as a file for nginx. */
export const LIST_FILE = 'list.json'

export function isInstalled(command: string): boolean {
  return spawnSync(command, ['-v'], { stdio: 'ignore' }).status === 0
}

/** Returns its arguments. */
export function writeConfig(
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

/** One that nobody has now. */
export function findPort(): Promise<number> {
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

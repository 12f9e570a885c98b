// Caddy as a user runs it in front of the gateway, without root: it gives itself a
// certificate of an authority of its own.
// In: a site of a Caddyfile. Out: a running Caddy; the certificate of its authority.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { Owner } from './process.ts'
import { until } from './until.ts'

const CADDY = ['/usr/bin/caddy', '/usr/local/bin/caddy']

export const NO_CADDY =
  'there is no caddy, so what docs/deploy.md says of it is not tested'

export function findCaddy(): string | undefined {
  return CADDY.find((path) => existsSync(path))
}

/** Resolves when it listens on `port`; all its files are in `folder`. */
export async function startCaddy(
  t: Owner,
  caddy: string,
  folder: string,
  site: string,
  port: number,
): Promise<string> {
  const data = join(folder, 'data')
  mkdirSync(data)
  const file = join(folder, 'Caddyfile')
  const options = [
    'admin off',
    'auto_https disable_redirects',
    'skip_install_trust',
    'default_bind 127.0.0.1',
    `storage file_system ${data}`,
  ]
  writeFileSync(file, `{\n\t${options.join('\n\t')}\n}\n${site}`)
  const args = ['--config', file, '--adapter', 'caddyfile']
  const env = { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder }
  execFileSync(caddy, ['validate', ...args], { env, stdio: 'ignore' })
  const child = spawn(caddy, ['run', ...args], { env, stdio: 'ignore' })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    // It would wait for connections that clients keep.
    child.kill('SIGKILL')
    await ended
  })
  const root = join(data, 'pki/authorities/local/root.crt')
  await until(async () => existsSync(root) && (await greets(port)), 'caddy')
  return readFileSync(root, 'utf8')
}

/** It listens before it has its certificate, and refuses handshakes until then. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const name = { servername: 'localhost', rejectUnauthorized: false }
    const socket = connect({ ...name, port, host: '127.0.0.1' }, () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}

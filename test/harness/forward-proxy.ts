// A forward proxy of a company: CONNECT, perhaps over TLS, with credentials, and
// perhaps one that reads the TLS of what it forwards. And TLS before a server.
// In: how it behaves. Out: its address, what it was asked.

import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import {
  type AddressInfo,
  createServer,
  connect as openTcp,
  type Socket,
} from 'node:net'
import { join } from 'node:path'
import { createServer as createSecure, TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { listen } from './ask.ts'
import type { Pair } from './authority.ts'
import { until } from './until.ts'

interface ProxyOptions {
  /** Without the scheme: `user:password`. */
  readonly credentials?: string
  /** What it answers in place of 200, and the rest of its head. */
  refusal?: string
  /** It is reached over TLS. */
  readonly tls?: Pair
  /** It shows this certificate to clients, and reads what they send. */
  readonly intercept?: Pair
}

/** Each host is this host, whatever its name. */
export async function startForwardProxy(t: Test, options: ProxyOptions = {}) {
  const asked: string[] = []
  const heads: string[] = []
  const take = (client: Socket) => {
    client.on('error', () => client.destroy())
    let head = ''
    client.on('data', function read(chunk: Buffer) {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      client.off('data', read)
      client.pause()
      heads.push(head)
      asked.push(head.split(' ')[1] ?? '')
      answer(client, head, options)
    })
  }
  const { tls } = options
  const server = tls ? createSecure(tls, take) : createServer(take)
  server.on('tlsClientError', () => {})
  const { port } = await listen(t, server)
  return {
    port,
    asked,
    heads,
    url: `http${tls ? 's' : ''}://localhost:${port}`,
  }
}

function answer(client: Socket, head: string, options: ProxyOptions): void {
  const { credentials, refusal, intercept } = options
  if (refusal !== undefined) return void client.end(`${refusal}\r\n\r\n`)
  const basic = Buffer.from(credentials ?? '').toString('base64')
  if (credentials && !head.includes(`proxy-authorization: Basic ${basic}`)) {
    const wanted = 'proxy-authenticate: Basic realm="x"'
    return void client.end(`HTTP/1.1 407 Who\r\n${wanted}\r\n\r\n`)
  }
  const port = Number(/:(\d+) HTTP/.exec(head)?.[1])
  const server = openTcp({ host: '127.0.0.1', port }, () => {
    client.write('HTTP/1.1 200 Connection established\r\nvia: x\r\n\r\n')
    if (!intercept) return void client.pipe(server).pipe(client)
    // What it reads is nothing to these tests.
    const inner = new TLSSocket(client, { isServer: true, ...intercept })
    inner.on('error', () => inner.destroy())
  })
  server.on('error', () => client.end('HTTP/1.1 502 No\r\n\r\n'))
  client.on('close', () => server.destroy())
  server.on('close', () => client.destroy())
}

interface FrontOptions extends Partial<Pair> {
  readonly ca?: string
  readonly requestCert?: boolean
  readonly maxVersion?: 'TLSv1.2'
}

/** Before a server that speaks plain HTTP. */
export async function startTlsFront(t: Test, url: string, tls: FrontOptions) {
  const target = Number(new URL(url).port)
  const server = createSecure(tls, (client) => {
    const inner = openTcp({ host: '127.0.0.1', port: target })
    inner.on('error', () => client.destroy())
    client.on('error', () => inner.destroy())
    client.pipe(inner).pipe(client)
    client.on('close', () => inner.destroy())
  })
  server.on('tlsClientError', () => {})
  const { port, sockets } = await listen(t, server)
  /** `host`: by which name it is reached. */
  const at = (host = 'localhost') => `https://${host}:${port}/mcp`
  return { port, at, sockets, server }
}

/** Without `end`: it is not installed. */
export async function startNginx(
  folder: string,
  url: string,
  { key, cert, ca }: Pair & { readonly ca: string },
) {
  const { port, end: free } = await reservePort()
  const at = (name: string) => join(folder, name)
  writeFileSync(at('nginx.pem'), cert)
  writeFileSync(at('nginx.key'), key)
  writeFileSync(at('nginx-ca.pem'), ca)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${at(name)};`,
  )
  writeFileSync(
    at('nginx.conf'),
    `daemon off; worker_processes 1; pid ${at('nginx.pid')}; error_log ${at('nginx.log')};
events {}
http {
  access_log off; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${at('nginx.pem')}; ssl_certificate_key ${at('nginx.key')};
    ssl_client_certificate ${at('nginx-ca.pem')}; ssl_verify_client on;
    location / { proxy_pass ${new URL(url).origin}; proxy_buffering off; proxy_http_version 1.1; }
  }
}
`,
  )
  await free()
  const args = ['-p', folder, '-e', at('nginx.log'), '-c', at('nginx.conf')]
  const child = spawn('nginx', args, { stdio: 'ignore' })
  const isThere = await new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false)).on('spawn', () => resolve(true))
  })
  if (!isThere) return { port }
  await until(() => isOpen(port), 'nginx listens')
  return { port, end: () => void child.kill() }
}

async function reservePort() {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { port, end: () => new Promise((done) => server.close(done)) }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openTcp({ host: '127.0.0.1', port })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

// A gateway behind a proxy that runs the lines of docs/deploy.md.
// In: what starts the proxy. Out: a gateway that was called through it.
// INVARIANT: the lines are those of the page, but for names, paths and ports.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { root } from './gateway.ts'
import { startHttpServer } from './http-server.ts'
import { findPort } from './nginx.ts'
import { connect, issue, serveConfig } from './served.ts'
import { trust } from './tls.ts'
import { ENVELOPE, modernHeaders, send } from './wire.ts'

export interface ProxyScene {
  /** Of the proxy. */
  readonly port: number
  /** Of the gateway. */
  readonly gatewayPort: number
  /** Of the gateway, and of the proxy. */
  readonly folder: string
  readonly there: string
}

/** The first block of this language. */
export function readDeployLines(language: 'nginx' | 'caddyfile'): string {
  const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8')
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]+?)^\`\`\`$`, 'm')
  return block.exec(page)?.[1] ?? ''
}

/** `start` resolves with the authority of the proxy's certificate. */
export async function serveDeployed(
  t: Test,
  files: Readonly<Record<string, string>>,
  start: (scene: ProxyScene) => Promise<string>,
) {
  const port = await findPort()
  const publicUrl = `https://localhost:${port}`
  const upstream = await startHttpServer()
  t.teardown(() => upstream.close())
  const mine = issue({ subject: 'mine', roles: ['all'] })
  const config = {
    listen: {
      publicUrl,
      hosts: ['other.internal'],
      behindProxy: ['127.0.0.1/32'],
    },
    servers: { issues: { type: 'http', url: upstream.url } },
    roles: { all: { allow: { issues: ['*'] } } },
  }
  const served = await serveConfig(t, config, [mine], undefined, files)
  const gatewayPort = Number(new URL(served.gateway.localUrl).port)
  const there = mkdtempSync(join(tmpdir(), 'proxy-'))
  t.teardown(() => rmSync(there, { recursive: true, force: true }))
  const { folder } = served
  const ca = await start({ port, gatewayPort, folder, there })
  await callThrough(t, served.gateway.url, mine.token, ca)
  t.same(
    [...new Set(served.records().flatMap(({ ip }) => ip ?? []))],
    ['127.0.0.1'],
    'what a client says of its own address is dropped',
  )
  return served
}

async function callThrough(t: Test, url: string, token: string, ca: string) {
  trust(t, ca)
  const { call, watch, names } = await connect(t, 'sdk 1.x', url, token)
  t.ok((await names()).length > 0)
  await call('issues__search_issues', { q: 'x'.repeat(3_500_000) })
  t.pass('a large request')
  // A proxy that keeps a stream until its end would let the client's time run out.
  const seen = new AbortController()
  const options = { onprogress: () => seen.abort(), signal: seen.signal }
  await t.rejects(watch('issues__slow', { ms: 90_000 }, options))
  t.ok(seen.signal.aborted, 'a stream')
  const tls = { ca, servername: 'localhost' }
  const tooLarge = await send(url, {
    headers: {
      ...modernHeaders(token, 'tools/call', 'x'),
      expect: '100-continue',
    },
    body: 'x'.repeat(5 * 2 ** 20),
    tls,
  }).catch(() => ({ status: 413 }))
  t.equal(tooLarge.status, 413)
  const name = 'issues__search_issues'
  const params = { name, arguments: { q: 'x' }, _meta: ENVELOPE }
  const ask = (more: Readonly<Record<string, string>>) =>
    send(url, {
      headers: { ...modernHeaders(token, 'tools/call', name), ...more },
      body: JSON.stringify({ ...CALL, params }),
      tls,
    })
  const foreign = await ask({ host: 'evil.example' })
  // Caddy answers by itself, with nothing; nginx passes the Host on.
  const isNone = foreign.status === 403 || foreign.body === ''
  t.ok(isNone, 'nothing under another name')
  const lied = { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=192.0.2.7' }
  const answer = await ask(lied)
  t.equal(answer.status, 200, answer.body)
}

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call' }

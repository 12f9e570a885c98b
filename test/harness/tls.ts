// A gateway with TLS in this process, its certificates, and clients of it.
// In: a test. Out: certificates; a scene that serves with them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { pino } from 'pino'
import type { Test } from 'tap'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import type { Clock } from '../../src/runtime/base/clock.ts'
import { deriveToken, readKey } from '../../src/runtime/base/key.ts'
import { issueCertificate, issueChain } from './certificates.ts'
import { startHttpServer } from './http-server.ts'
import { CALL } from './one-tool.ts'
import type { Owner } from './process.ts'
import { issue, serveConfig } from './served.ts'
import { modernHeaders, send } from './wire.ts'

export const TLS = { cert: 'cert.pem', key: 'key.pem' }

interface Pair {
  readonly cert: string
  readonly key: string
}

type Name = 'next' | 'soon' | 'strangers' | 'client' | 'stranger'

export interface Certificates {
  /** Of the authority, and of the gateway by it. */
  readonly ca: Pair
  readonly own: Pair
  readonly issued: Readonly<Record<Name, Pair>>
}

const NONE: Pair = { cert: '', key: '' }

export const NO_CERTIFICATES: Certificates = {
  ca: NONE,
  own: NONE,
  issued: {
    next: NONE,
    soon: NONE,
    strangers: NONE,
    client: NONE,
    stranger: NONE,
  },
}

/** Once for a file of tests: openssl costs more than they do. */
export function issueAll(t: Owner): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const by = 'ca'
  return {
    ...issueChain(folder),
    issued: {
      next: issueCertificate(folder, 'next', { by, days: 200 }),
      soon: issueCertificate(folder, 'soon', { by, days: 20 }),
      strangers: issueCertificate(folder, 'strangers', { names: '' }),
      client: issueCertificate(folder, 'client', { by, names: 'DNS:ann' }),
      stranger: issueCertificate(folder, 'stranger', {
        by: 'strangers',
        names: 'DNS:eve',
      }),
    },
  }
}

interface Line {
  readonly level: number
  readonly msg: string
  readonly reason?: string
}

export function openScene({ ca, own }: Certificates) {
  const files = { 'cert.pem': own.cert, 'key.pem': own.key, 'ca.pem': ca.cert }

  async function serveTls(
    t: Test,
    tls: object = TLS,
    more: object = {},
    clock?: Clock,
  ) {
    const upstream = await startHttpServer()
    t.teardown(() => upstream.close())
    const mine = issue({ subject: 'mine', roles: ['all'] })
    const config = (next: object | undefined) => ({
      ...more,
      listen: next ? { tls: next } : {},
      servers: { issues: { type: 'http', url: upstream.url } },
      roles: { all: { allow: { issues: ['*'] } } },
    })
    const lines: Line[] = []
    const log = pino(
      { level: 'info' },
      { write: (line: string) => void lines.push(JSON.parse(line)) },
    )
    const served = await serveConfig(t, config(tls), [mine], clock, files, log)
    const { token } = mine
    const url = served.gateway.url
    const ask = (trust: ConnectionOptions = {}, text = 'x', id = 7) =>
      send(url, {
        headers: {
          ...modernHeaders(token, 'tools/call', CALL.params.name),
          connection: 'close',
        },
        body: JSON.stringify({
          ...CALL,
          id,
          params: { ...CALL.params, arguments: { query: text } },
        }),
        tls: { ca: ca.cert, ...trust },
      })
    const save = (name: string, text: string) =>
      writeFileSync(join(served.folder, name), text)
    return { ...served, upstream, token, url, ask, lines, save, config }
  }

  /** One connection that stays open, and the status of a call on it. */
  async function connectOnce(url: string) {
    const { hostname: host, port } = new URL(url)
    const socket = connectTls({ host, port: Number(port), ca: ca.cert })
    await new Promise((resolve) => socket.on('secureConnect', resolve))
    return {
      ask: async () => {
        socket.write(`GET /livez HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
        const head = await new Promise((resolve) =>
          socket.once('data', resolve),
        )
        return Number(String(head).split(' ')[1])
      },
      end: () => socket.destroy(),
    }
  }

  /** The common name of what a new connection gets. */
  async function nameServed(url: string, more: ConnectionOptions = {}) {
    const { hostname: host, port } = new URL(url)
    const socket = connectTls({
      host,
      port: Number(port),
      ca: ca.cert,
      ...more,
    })
    return new Promise<string>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('secureConnect', () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      })
    })
  }

  return { serveTls, connectOnce, nameServed }
}

export async function readMetrics(
  adminUrl: string,
  folder: string,
): Promise<string> {
  const token = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  const headers = { authorization: `Bearer ${token}` }
  return (await send(`${adminUrl}/metrics`, { method: 'GET', headers })).body
}

/** A clock whose seconds the test counts. */
export function makeClock() {
  const ticks = new Set<() => void>()
  let shift = 0
  return {
    now: () => Date.now() + shift,
    monotonic: () => performance.now() + shift,
    every: (_ms: number, run: () => void) => {
      ticks.add(run)
      return () => ticks.delete(run)
    },
    /** Housekeeping of one second, as the files are read anew. */
    async second(times = 1) {
      for (let at = 0; at < times * 10; at++) {
        for (const run of ticks) run()
        if (at % 10 === 9) await new Promise((done) => setTimeout(done, 8))
      }
    },
    /** Housekeeping of a minute, without a look at the files. */
    minute() {
      for (let at = 0; at < 600; at++) for (const run of ticks) run()
    },
    shift: (ms: number) => {
      shift += ms
    },
  }
}

/** `fetch`, by which the SDKs make their requests, trusts this authority. */
export function trust(t: Owner, ca: string): void {
  const before = getGlobalDispatcher()
  const trusting = new Agent({ connect: { ca } })
  setGlobalDispatcher(trusting)
  t.teardown(async () => {
    setGlobalDispatcher(before)
    await trusting.close()
  })
}

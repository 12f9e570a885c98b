// A gateway in this process, compiled from a real file and served over real
// sockets; and clients of it.
// In: a config as data. Out: its endpoint, tokens, audit records.

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { type Logger, pino } from 'pino'
import type { Test } from 'tap'
import { compile } from '../../src/compile.ts'
import type { AuditRecord } from '../../src/contract/audit.ts'
import type { Clock } from '../../src/runtime/base/clock.ts'
import { type Gateway, startGateway } from '../../src/runtime/gateway.ts'
import { formatToken } from '../../src/table/token.ts'

/** `PORTCULLIS_READER=node` turns our own reader of requests off. */
const READER = process.env.PORTCULLIS_READER === 'node' ? 'node' : 'own'

export interface Grant {
  readonly subject: string
  readonly roles?: readonly string[]
  readonly team?: string
  readonly kind?: string
  readonly reason?: string
  readonly tools?: object
  readonly revoked?: string
  readonly created?: string
  readonly expires?: string
  readonly notBefore?: string
  readonly replaces?: string
}

export interface Issued {
  readonly id: string
  readonly token: string
  readonly record: object
}

const DAY_MS = 86_400_000

export function issue(grant: Grant): Issued {
  const id = randomBytes(6).toString('hex')
  const token = formatToken(id, randomBytes(32))
  const created = Date.now() - 1_000
  const record = {
    created: new Date(created).toISOString(),
    expires: new Date(created + DAY_MS).toISOString(),
    sha256: createHash('sha256').update(token).digest('hex'),
    ...grant,
  }
  return { id, token, record }
}

export interface Served {
  readonly folder: string
  readonly gateway: Gateway
  /** Compiles the folder again and swaps; throws on findings. */
  reload(config: object): Promise<void>
  records(): readonly AuditRecord[]
}

/** Serves `config` with `issued` as its grants, on ports of the kernel's. */
export async function serveConfig(
  t: Pick<Test, 'teardown'>,
  config: object,
  issued: readonly Issued[],
  clock?: Clock,
  files: Readonly<Record<string, string>> = {},
  log: Logger = pino({ level: 'silent' }),
): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-'))
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
  }
  const build = async (next: object) => {
    const grants = Object.fromEntries(
      issued.map(({ id, record }) => [id, record]),
    )
    const whole = { tokens: { grants }, ...next }
    const file = join(folder, 'gateway.config.json')
    writeFileSync(file, JSON.stringify(whole, null, 2))
    const compiled = await compile({
      cwd: folder,
      now: Date.now(),
      places: 'always',
    })
    if (!compiled.artefact) {
      throw new Error(JSON.stringify(compiled.diagnostics, null, 2))
    }
    return compiled.artefact
  }
  const gateway = await startGateway({
    artefact: await build(config),
    root: folder,
    version: '0.0.0-test',
    log,
    env: process.env,
    port: 0,
    adminPort: 0,
    ...(clock && { clock }),
    reader: READER,
  })
  t.teardown(async () => {
    await gateway.close()
    rmSync(folder, { recursive: true })
  })
  await gateway.ready()
  return {
    folder,
    gateway,
    reload: async (next) => {
      const swap = await gateway.swap(await build(next), null)
      if (swap.verdict !== 'accepted') throw new Error(JSON.stringify(swap))
    },
    records: () => readRecords(join(folder, 'audit/gateway.jsonl')),
  }
}

export function readRecords(file: string): readonly AuditRecord[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditRecord)
}

/** The three kinds of client that exist; each is its own implementation. */
export const CLIENTS = ['sdk 1.x', 'sdk 2.x legacy', 'sdk 2.x modern'] as const

export type ClientKind = (typeof CLIENTS)[number]

type AnyClient = Pick<
  Client,
  'listTools' | 'callTool' | 'readResource' | 'getPrompt' | 'close'
>

export interface Connected {
  readonly client: AnyClient
  /** Tool names as listed. */
  names(): Promise<readonly string[]>
  /** Text of a tool's first content block. */
  call(name: string, args?: Record<string, unknown>): Promise<string>
  /** As `call`, with progress told and a signal to cancel. */
  watch(
    name: string,
    args: Record<string, unknown>,
    options: {
      readonly onprogress?: (progress: unknown) => void
      readonly signal?: AbortSignal
    },
  ): Promise<string>
}

export async function connect(
  t: Pick<Test, 'teardown'>,
  kind: ClientKind,
  url: string,
  token: string,
): Promise<Connected> {
  const requestInit = { headers: { Authorization: `Bearer ${token}` } }
  const info = { name: kind, version: '1.0.0' }
  const client = await open(kind, new URL(url), requestInit, info)
  t.teardown(() => client.close())
  type Options = Parameters<Connected['watch']>[2]
  const invoke = async (name: string, args: object, options: Options = {}) => {
    // SDK 1.x takes a result schema in between.
    const rest = kind === 'sdk 1.x' ? [undefined, options] : [options]
    const call = client.callTool.bind(client) as (
      ...all: unknown[]
    ) => Promise<{ content: { text: string }[] }>
    const { content } = await call({ name, arguments: args }, ...rest)
    return content[0]?.text ?? ''
  }
  return {
    client,
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args = {}) => invoke(name, args),
    watch: invoke,
  }
}

/** Who never connects loads no SDK. */
async function open(
  kind: ClientKind,
  url: URL,
  requestInit: RequestInit,
  info: { name: string; version: string },
): Promise<AnyClient> {
  if (kind === 'sdk 1.x') {
    const [{ Client }, { StreamableHTTPClientTransport }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    ])
    const client = new Client(info)
    await client.connect(
      new StreamableHTTPClientTransport(url, { requestInit }) as never,
    )
    return client
  }
  const { Client, StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/client'
  )
  const mode = kind === 'sdk 2.x modern' ? 'auto' : 'legacy'
  const client = new Client(info, { versionNegotiation: { mode } })
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }))
  return client as unknown as AnyClient
}

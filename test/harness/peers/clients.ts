// Clients that other people wrote, each asked in the same words.
// In: which one, an endpoint, a token. Out: a Peer.
// INVARIANT: each is its package as published; what is done here is only to
// name, for each, how it wants to be called.

import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { answerAs1, answerAs2 } from './answers.ts'

const SDK1 = '@modelcontextprotocol/sdk'
const SDK2 = '@modelcontextprotocol/client'

/** `mode` is none where the client knows of only one era; `lacks` is what it
 * does not offer. */
export const CLIENTS = {
  'SDK 1.x': { package: SDK1, mode: null, lacks: [] },
  'SDK 2.x legacy': { package: SDK2, mode: 'legacy', lacks: ['tasks'] },
  'SDK 2.x auto': { package: SDK2, mode: 'auto', lacks: ['tasks'] },
  'SDK 2.x pinned': {
    package: SDK2,
    mode: { pin: '2026-07-28' },
    lacks: ['tasks'],
  },
} as const satisfies Readonly<Record<string, Known>>

interface Known {
  readonly package: string
  readonly mode: 'legacy' | 'auto' | { readonly pin: string } | null
  readonly lacks: readonly string[]
}

export type ClientKind = keyof typeof CLIENTS

export const CLIENT_KINDS = Object.keys(CLIENTS) as readonly ClientKind[]

export interface ToolResult {
  readonly content: readonly Readonly<Record<string, unknown>>[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
}

interface CallOptions {
  readonly onprogress?: (progress: { readonly progress: number }) => void
  readonly signal?: AbortSignal
}

interface Listing {
  readonly tools: readonly { readonly name: string }[]
  readonly resources: readonly { readonly uri: string }[]
  readonly resourceTemplates: readonly { readonly uriTemplate: string }[]
  readonly prompts: readonly { readonly name: string }[]
}

interface Contents {
  readonly contents: readonly { readonly uri: string; readonly text?: string }[]
}

/** What both SDKs name alike. */
interface Common {
  getInstructions(): string | undefined
  listTools(): Promise<Pick<Listing, 'tools'>>
  listResources(): Promise<Pick<Listing, 'resources'>>
  listResourceTemplates(): Promise<Pick<Listing, 'resourceTemplates'>>
  listPrompts(): Promise<Pick<Listing, 'prompts'>>
  readResource(params: { uri: string }): Promise<Contents>
  getPrompt(params: { name: string; arguments?: object }): Promise<{
    readonly messages: readonly { readonly content: unknown }[]
  }>
  complete(params: object): Promise<{
    readonly completion: { readonly values: readonly string[] }
  }>
  subscribeResource(params: { uri: string }): Promise<unknown>
  unsubscribeResource(params: { uri: string }): Promise<unknown>
  setLoggingLevel(level: string): Promise<unknown>
  close(): Promise<void>
}

export interface Peer {
  readonly kind: ClientKind
  readonly client: Common
  /** A folder of its own, which it tells servers of. */
  readonly root: string
  /** What it was asked and told, in order: `METHOD TEXT`. */
  readonly heard: string[]
  call(name: string, args?: object, options?: CallOptions): Promise<ToolResult>
  /** Hears logs of every level from now on. */
  hearLogs(): Promise<void>
  /** Has a tool run as a task; resolves when there is one. */
  startTask?(name: string, args: object): Promise<unknown>
  /** Is told when the list of tools or this resource changes, until `end`. */
  follow(uri?: string): Promise<{ end(): Promise<unknown> }>
}

const LOG_LEVEL = 'io.modelcontextprotocol/logLevel'
const CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: { listChanged: true },
}

export async function openPeer(
  kind: ClientKind,
  url: string,
  token: string,
  root: string,
): Promise<Peer> {
  const { mode } = CLIENTS[kind]
  const heard: string[] = []
  const own = { kind, root, heard }
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  const info = { name: kind, version: '1.0.0' }
  const to = new URL(url)
  if (mode === null) {
    const client = new Client(info, { capabilities: CAPABILITIES })
    answerAs1(client, root, heard)
    const transport = new StreamableHTTPClientTransport(to, { requestInit })
    await client.connect(transport as never)
    const call: Peer['call'] = (name, args = {}, options = {}) =>
      client.callTool(
        { name, arguments: { ...args } },
        undefined,
        options as never,
      ) as unknown as Promise<ToolResult>
    const startTask = async (name: string, args: object) => {
      const params = { name, arguments: { ...args } }
      const { tasks } = client.experimental
      for await (const one of tasks.callToolStream(params)) {
        if (one.type === 'error') throw one.error
        if (one.type === 'taskCreated') return tasks.cancelTask(one.task.taskId)
      }
      throw new Error('it ran, but not as a task')
    }
    const legacy = asLegacy(client as unknown as Common)
    return { ...legacy, ...own, call, startTask }
  }
  const versionNegotiation = { mode }
  const options = { capabilities: CAPABILITIES, versionNegotiation }
  const client = new NewClient(info, options)
  answerAs2(client, root, heard)
  await client.connect(new NewTransport(to, { requestInit }))
  const meta: Record<string, unknown> = {}
  const call: Peer['call'] = (name, args = {}, options = {}) =>
    client.callTool(
      { name, arguments: { ...args }, _meta: meta },
      options as never,
    ) as unknown as Promise<ToolResult>
  const common = client as unknown as Common
  if (mode === 'legacy') return { ...asLegacy(common), ...own, call }
  return {
    ...own,
    client: common,
    call,
    hearLogs: async () => {
      meta[LOG_LEVEL] = 'debug'
    },
    follow: async (uri) => {
      const filter = uri
        ? { resourceSubscriptions: [uri] }
        : { toolsListChanged: true }
      const listening = await client.listen(filter)
      return { end: () => listening.close() }
    },
  }
}

function asLegacy(
  client: Common,
): Pick<Peer, 'client' | 'hearLogs' | 'follow'> {
  return {
    client,
    hearLogs: async () => {
      await client.setLoggingLevel('debug')
    },
    // Of lists an older client is told anyway.
    follow: async (uri) => {
      if (uri) await client.subscribeResource({ uri })
      return {
        end: async () => uri && client.unsubscribeResource({ uri }),
      }
    },
  }
}

// What a client will see: it connects as the client does, and lists the tools.
// In: a client, an endpoint. Out: what a developer must know, or why it fails.
// INVARIANT: the session is ended; nothing is called.

import { isLoopback } from '../../contract/hosts.ts'
import type { RoutingTable } from '../../contract/table.ts'
import type { WhoAmI } from '../../contract/whoami.ts'
import { readTokenId } from '../../table/token.ts'
import { stateOf } from '../../table/token-state.ts'
import { askState, readOrigin } from '../accounts-there.ts'
import { explainNoAnswer, explainRefusal, type Fault } from '../mcp/failure.ts'
import { type Endpoint, NoAnswer } from '../mcp/post.ts'
import { type ListedTool, listTools } from '../mcp/session.ts'
import { readVersion } from '../version.ts'
import { askWho } from '../whoami-there.ts'
import type { Client } from './client.ts'

export interface Seen {
  /** Whose token it is; absent if the gateway does not say. */
  readonly who: WhoAmI | undefined
  /** The protocol version that was agreed on. */
  readonly protocol: string
  /** Number of tools that the client is offered. */
  readonly tools: number
  /** What the client does to these tools, a sentence each; empty: nothing. */
  readonly remarks: readonly string[]
  /** Servers to which this person must sign in first. */
  readonly signIns: readonly string[]
}

export type Look =
  | Seen
  | {
      /** Why the client does not reach the gateway. */
      readonly fault: Fault
    }

export async function look(
  client: Client,
  endpoint: Endpoint,
  table: RoutingTable | undefined,
): Promise<Look> {
  const far = judgeReach(client, endpoint)
  if (far) return { fault: far }
  try {
    const { version, as } = client.speaks
    const own = `gateway connect ${readVersion()}`
    const asClient = { name: as, version: own, protocol: version }
    const listing = await listTools(endpoint, asClient)
    if ('refused' in listing) {
      const { refused } = listing
      const known = refused.status === 401 && table
      const local = known ? judgeRecord(endpoint.token, known) : undefined
      return {
        fault: local ?? explainRefusal(refused, endpoint.token, endpoint.url),
      }
    }
    const { protocol, tools } = listing
    const who = await askWho(endpoint).catch(() => undefined)
    const signIns = await listSignIns(endpoint)
    const remarks = judgeTools(client, tools)
    return { who, protocol, tools: tools.length, remarks, signIns }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return { fault: explainNoAnswer(error.code) }
  }
}

/** The services of others do not reach this host. */
function judgeReach(
  { isRemote, title }: Client,
  { url }: Endpoint,
): Fault | undefined {
  const { hostname } = new URL(url)
  if (!isRemote || !isLoopback(hostname)) return undefined
  return {
    what: `${title} calls from the internet, and this address is this host alone`,
    help: 'give the public address of the gateway with --gateway',
  }
}

/** The config beside us may say more than a 401 does. */
function judgeRecord(token: string, table: RoutingTable): Fault | undefined {
  const id = readTokenId(token)
  if (id === undefined) return undefined
  const record = Object.hasOwn(table.tokens, id) ? table.tokens[id] : undefined
  if (!record) {
    return {
      what: `the config here has no token ${id} (401)`,
      help: 'it may be on a branch that is not merged, or of another gateway',
    }
  }
  const state = stateOf(record, table, Date.now())
  if (state === 'active') {
    return {
      what: `the config here has the token ${id}, the gateway there does not accept it (401)`,
      help: 'the gateway serves another config, or the token was revoked there: see `gateway status`',
    }
  }
  return {
    what: `the token ${id} is ${state} (401)`,
    help: '`gateway token issue` makes a new one',
  }
}

async function listSignIns({ url, token }: Endpoint): Promise<string[]> {
  const state = await askState(readOrigin(url), token).catch(() => undefined)
  return (state?.servers ?? [])
    .filter((one) => one.state !== 'connected')
    .map(({ name }) => name)
}

/** Names in a remark; the rest is counted. */
const MAX_NAMED = 5

export function judgeTools(
  { bounds, title }: Client,
  listed: readonly ListedTool[],
): readonly string[] {
  if (!bounds) return []
  const { prefix, name, tools, drops = [] } = bounds
  const remarks: string[] = []
  const most = name?.most ?? Infinity
  const long = listed.filter((one) => (prefix + one.name).length > most)
  if (name && long.length > 0) {
    const own = prefix === '' ? '' : `, \`${prefix}\` included`
    remarks.push(
      `${long.length} ${long.length === 1 ? 'name has' : 'names have'} more than ${most} characters${own}: ${name.beyond}: ${nameSome(long)}`,
    )
  }
  if (tools && listed.length > tools.most) {
    remarks.push(
      `${listed.length} tools are more than ${tools.most}: ${tools.beyond}; ask for a narrower role`,
    )
  }
  const cut = drops.flatMap((member) => {
    const own = listed.filter(({ inputSchema }) =>
      hasMember(inputSchema, member),
    )
    return own.length === 0 ? [] : [`\`${member}\` of ${nameSome(own)}`]
  })
  if (cut.length > 0) {
    remarks.push(`${title} leaves out of schemas: ${cut.join('; ')}`)
  }
  return remarks
}

function hasMember(schema: unknown, member: string): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  if (Array.isArray(schema)) return schema.some((one) => hasMember(one, member))
  return (
    Object.hasOwn(schema, member) ||
    Object.values(schema).some((one) => hasMember(one, member))
  )
}

function nameSome(tools: readonly ListedTool[]): string {
  const names = tools.slice(0, MAX_NAMED).map(({ name }) => name)
  const left = tools.length - names.length
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '')
}

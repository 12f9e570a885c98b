// The lock of the servers of people.ts: their tools, before anybody signs in.
// In: nothing. Out: a file of the config's folder.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { lockOffer } from '../../../src/table/lock.ts'
import { startHttpServer } from '../http-server.ts'

/** The definitions of the servers, as `gateway lock` writes them. */
export async function writeLock(): Promise<Readonly<Record<string, string>>> {
  const server = await startHttpServer()
  const client = new Client({ name: 'lock', version: '1' })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(server.url)) as never,
  )
  const { tools } = await client.listTools()
  const locked = lockOffer({
    protocolVersion: '2025-11-25',
    tools: tools as never,
    prompts: [],
    resourceTemplates: [],
  })
  await client.close()
  await server.close()
  const servers = { notion: locked, drive: locked, wiki: locked }
  return { 'gateway.lock.json': JSON.stringify({ formatVersion: 1, servers }) }
}

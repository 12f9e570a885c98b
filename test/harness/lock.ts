// A lock of invented servers.
// In: by server, its tools with their annotations. Out: the file's text.

import type { LockedServer } from '../../src/contract/lock.ts'
import { lockOffer } from '../../src/table/lock.ts'

export type Tools = Readonly<Record<string, Readonly<Record<string, object>>>>

export function lockServer(tools: Tools[string]): LockedServer {
  return lockOffer({
    protocolVersion: '2025-11-25',
    serverInfo: { name: 'invented', version: '1.0.0' },
    tools: Object.entries(tools).map(([name, annotations]) => ({
      name,
      description: `Does ${name}.`,
      inputSchema: {
        type: 'object',
        properties: { owner: { type: 'string' } },
      },
      annotations,
    })),
    prompts: [],
    resourceTemplates: [],
  })
}

export function lockText(tools: Tools): string {
  const servers = Object.fromEntries(
    Object.entries(tools).map(([name, own]) => [name, lockServer(own)]),
  )
  return `${JSON.stringify({ formatVersion: 1, servers }, null, 2)}\n`
}

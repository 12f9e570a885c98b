// The servers that other people wrote, each as its documentation starts it.
// In: an owner, a folder. Out: for each, its entry in `servers` of a config and
// what it offers.
// INVARIANT: each is its package as published, at the version of the lockfile.

import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEverythingServer } from '../everything-server.ts'
import { root } from '../gateway.ts'
import { makeFolder, type Owner } from '../process.ts'
import { EVERYTHING } from './everything.ts'
import type { Probes } from './features.ts'
import { FILESYSTEM, MEMORY, MODERN, THINKING } from './others.ts'

/** Name in the config → what it is; `title` for the document. */
export const SERVERS = {
  everything: {
    title: 'everything (stdio)',
    package: '@modelcontextprotocol/server-everything',
    speaks: 'sessions, over stdio',
  },
  'everything-http': {
    title: 'everything (HTTP)',
    package: '@modelcontextprotocol/server-everything',
    speaks: 'sessions, over Streamable HTTP',
  },
  filesystem: {
    title: 'filesystem',
    package: '@modelcontextprotocol/server-filesystem',
    speaks: 'sessions, over stdio',
  },
  memory: {
    title: 'memory',
    package: '@modelcontextprotocol/server-memory',
    speaks: 'sessions, over stdio',
  },
  thinking: {
    title: 'sequential-thinking',
    package: '@modelcontextprotocol/server-sequential-thinking',
    speaks: 'sessions, over stdio',
  },
  modern: {
    title: 'SDK 2.x server',
    package: '@modelcontextprotocol/server',
    speaks: '2026-07-28 alone, over Streamable HTTP',
  },
} as const

export type ServerKind = keyof typeof SERVERS

export const SERVER_KINDS = Object.keys(SERVERS) as readonly ServerKind[]

export interface Mounted {
  readonly config: object
  readonly probes: Probes
}

const ASKS = { requests: ['elicitation', 'sampling', 'roots'] }

export function versionOf(name: string): string {
  const file = join(root, 'node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

export function programOf(kind: ServerKind): string {
  return join(root, 'node_modules', SERVERS[kind].package, 'dist/index.js')
}

const asStdio = (kind: ServerKind, ...args: readonly string[]) => ({
  type: 'stdio',
  command: process.execPath,
  args: [programOf(kind), ...args],
})

/** How to mount each, when its turn comes. */
export const MOUNTS: Readonly<
  Record<ServerKind, (owner: Owner) => Promise<Mounted>>
> = {
  everything: async () => ({
    config: { ...asStdio('everything', 'stdio'), ...ASKS },
    probes: EVERYTHING,
  }),
  'everything-http': async (owner) => {
    const command = [programOf('everything-http'), 'streamableHttp']
    const url = `${await startOnLoopback(owner, command)}/mcp`
    return { config: { type: 'http', url, ...ASKS }, probes: EVERYTHING }
  },
  filesystem: async (owner) => {
    const config = asStdio('filesystem', makeFolder(owner, {}))
    return { config: { ...config, ...ASKS }, probes: FILESYSTEM }
  },
  memory: async (owner) => {
    const file = join(makeFolder(owner, {}), 'memory.jsonl')
    writeFileSync(file, '')
    const env = { MEMORY_FILE_PATH: file }
    return { config: { ...asStdio('memory'), env }, probes: MEMORY }
  },
  thinking: async () => ({
    config: {
      ...asStdio('thinking'),
      env: { DISABLE_THOUGHT_LOGGING: 'true' },
    },
    probes: THINKING,
  }),
  modern: async (owner) => {
    const { url, close } = await startEverythingServer('modern')
    owner.teardown(close)
    return { config: { type: 'http', url, ...ASKS }, probes: MODERN }
  },
}

/** Starts a program of Node on loopback, on a port of the kernel's; resolves
 * with its origin. */
export async function startOnLoopback(
  owner: Owner,
  command: readonly string[],
): Promise<string> {
  const loopback = join(import.meta.dirname, 'loopback.js')
  const args = ['--import', loopback, ...command]
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, args, {
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  owner.teardown(() => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    let said = ''
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)))
    child.stdout.on('data', (chunk) => {
      said += chunk
      const port = /^Port (\d+)$/m.exec(said)?.[1]
      if (port) resolve(`http://127.0.0.1:${port}`)
    })
  })
}

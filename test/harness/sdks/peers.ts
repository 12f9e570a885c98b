// The SDKs of other languages: what each is, and how its two programs are run.
// In: what is installed. Out: commands.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Installed, SOURCES, type Toolchain } from './install.ts'

/** What a server offers and a client uses, in the order of the document. */
export const FEATURES = {
  tools: 'tools',
  structured: 'structured results',
  errors: 'errors of tools',
  progress: 'progress',
  logging: 'log messages',
  resources: 'resources',
  subscriptions: 'resource updates',
  prompts: 'prompts',
  listChanged: 'a tool that is added, and called',
  sampling: 'sampling',
  elicitation: 'elicitation by form',
} as const

export type Feature = keyof typeof FEATURES

export const FEATURE_IDS = Object.keys(FEATURES) as readonly Feature[]

/** What a client says that it saw. */
export const WANTED: Readonly<Record<Feature, RegExp>> = {
  tools: /^"hi"$/,
  structured: /^5$/,
  // What went wrong is a server's own to tell.
  errors: /^"[Tt]rue .*fail/,
  // Which of the two comes first, and whether both come, is the server's.
  progress: /^[12]$/,
  logging: /a line of a log/,
  resources: /^"a note"$/,
  subscriptions: /^"updated"$/,
  prompts: /^"Greet Ada"$/,
  listChanged: /^"of_\w+"$/,
  sampling: /^"answer to say so"$/,
  elicitation: /^"Ada"$/,
}

interface Sdk {
  readonly title: string
  readonly package: string
  readonly toolchain: Toolchain
  /** File of its programs, or its program. */
  readonly name: string
  /** What its client speaks. */
  readonly speaks: 'sessions' | '2026-07-28, else sessions'
  /** What its server and its client do not offer. */
  readonly serverLacks: readonly Feature[]
  readonly clientLacks: readonly Feature[]
}

const BOTH = '2026-07-28, else sessions'

export const SDKS = {
  mcp1: {
    title: 'Python `mcp` 1.x',
    package: 'mcp',
    toolchain: 'mcp-1',
    name: 'mcp1',
    speaks: 'sessions',
    serverLacks: [],
    clientLacks: [],
  },
  mcp2: {
    title: 'Python `mcp` 2.x',
    package: 'mcp',
    toolchain: 'mcp-2',
    name: 'mcp2',
    speaks: BOTH,
    serverLacks: [],
    clientLacks: [],
  },
  fastmcp: {
    title: '`fastmcp`',
    package: 'fastmcp',
    toolchain: 'mcp-2',
    name: 'fastmcp',
    speaks: 'sessions',
    serverLacks: ['subscriptions', 'sampling'],
    clientLacks: ['subscriptions'],
  },
  gosdk: {
    title: 'Go SDK',
    package: 'github.com/modelcontextprotocol/go-sdk',
    toolchain: 'go',
    name: 'gosdk',
    speaks: BOTH,
    serverLacks: [],
    clientLacks: [],
  },
  mcpgo: {
    title: '`mcp-go`',
    package: 'github.com/mark3labs/mcp-go',
    toolchain: 'go',
    name: 'mcpgo',
    speaks: 'sessions',
    serverLacks: [],
    clientLacks: ['subscriptions'],
  },
} as const satisfies Readonly<Record<string, Sdk>>

export type SdkKind = keyof typeof SDKS

export const SDK_KINDS = Object.keys(SDKS) as readonly SdkKind[]

/** As it is pinned. */
export function versionOf(kind: SdkKind): string {
  const { package: name, toolchain } = SDKS[kind]
  const file = toolchain === 'go' ? 'go/go.mod' : `python/${toolchain}.txt`
  const lines = readFileSync(join(SOURCES, file), 'utf8').split('\n')
  const line = lines.find((one) => one.trim().split(/==| v/)[0] === name)
  return line?.split(/==| v/)[1] ?? 'unknown'
}

export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

type Here = Exclude<Installed, { readonly missing: string }>

export function commandOf(
  kind: SdkKind,
  { folder, program }: Here,
  role: 'server' | 'client',
  args: readonly string[],
): Command {
  const { name, toolchain } = SDKS[kind]
  if (toolchain === 'go') {
    return { command: join(folder, name), args: [role, ...args], env: {} }
  }
  const file = join(SOURCES, 'python', `${role}_${name}.py`)
  const compiled = join(folder, '__pycache__')
  const env = { PYTHONPATH: folder, PYTHONPYCACHEPREFIX: compiled }
  return { command: program, args: [file, ...args], env }
}

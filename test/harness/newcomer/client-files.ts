// Five files of MCP clients, as a person has them who uses all five.
// In: a home, and the address and token of a server over HTTP. Out: texts.
// INVARIANT: the commands are those that READMEs of the servers print.

/** What their owner has started before, so that npx has it on this machine. */
export const PACKAGES = [
  '@modelcontextprotocol/server-filesystem',
  '@modelcontextprotocol/server-memory',
  '@modelcontextprotocol/server-everything',
  '@modelcontextprotocol/server-sequential-thinking',
] as const

export interface Tracker {
  readonly url: string
  readonly token: string
}

const npx = (name: string, ...args: string[]) => ({
  command: 'npx',
  args: ['-y', `@modelcontextprotocol/server-${name}`, ...args],
})

/** Path below the home → text. */
export function writeClientFiles(
  home: string,
  { url, token }: Tracker,
): Readonly<Record<string, string>> {
  return {
    '.cursor/mcp.json': writeCursor(home, { url, token }),
    '.config/Claude/claude_desktop_config.json': writeDesktop(url, token),
    '.codex/config.toml': writeCodex(home),
    '.config/goose/config.yaml': GOOSE,
    '.gemini/settings.json': writeGemini(home, url),
  }
}

function writeCursor(home: string, { url, token }: Tracker): string {
  const mcpServers = {
    filesystem: npx('filesystem', `${home}/notes`),
    memory: {
      ...npx('memory'),
      env: { MEMORY_FILE_PATH: `${home}/memory.json` },
    },
    Tracker: { url, headers: { Authorization: `Bearer ${token}` } },
  }
  return `${JSON.stringify({ mcpServers }, null, 2)}\n`
}

/** It starts no address, so its users put a bridge in between. */
function writeDesktop(url: string, token: string): string {
  const bridge = {
    command: 'npx',
    args: ['-y', 'mcp-remote', url, '--header', 'Authorization:$' + '{AUTH}'],
    env: { AUTH: `Bearer ${token}` },
  }
  const mcpServers = {
    everything: npx('everything'),
    'sequential-thinking': npx('sequential-thinking'),
    tracker: bridge,
  }
  const settings = { globalShortcut: '', mcpServers }
  return `${JSON.stringify(settings, null, 2)}\n`
}

const writeCodex = (home: string) => `model = "gpt-5-codex"
approval_policy = "on-request"

[mcp_servers.memory]
command = "npx"
args = ["-y", "@modelcontextprotocol/server-memory"]
startup_timeout_sec = 20

[mcp_servers.memory.env]
MEMORY_FILE_PATH = "${home}/memory.json"

[tui]
notifications = true
`

const GOOSE = `GOOSE_PROVIDER: anthropic
GOOSE_MODEL: claude-sonnet-4
extensions:
  developer:
    bundled: true
    enabled: true
    name: developer
    timeout: 300
    type: builtin
  sequentialthinking:
    args:
    - -y
    - '@modelcontextprotocol/server-sequential-thinking'
    bundled: null
    cmd: npx
    enabled: true
    env_keys: []
    envs: {}
    name: sequential-thinking
    timeout: 300
    type: stdio
`

const writeGemini = (home: string, url: string) => `{
  "theme": "GitHub",
  // A note of its owner.
  "mcpServers": {
    "notes": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-filesystem", "${home}/notes"],
      "trust": false
    },
    "tracker": {
      "httpUrl": "${url}",
      "headers": { "Authorization": "Bearer $TRACKER_TOKEN" },
      "timeout": 10000,
    },
  },
}
`

// What is known of clients that cannot be run here: editors, chats, services.
// In: nothing. Out: rows of the document.
// INVARIANT: reported by their vendors or users, not seen by a test of ours; the
// document says so.

export interface Elsewhere {
  readonly client: string
  /** Where its config is, and how it takes a URL and a token. */
  readonly config: string
  readonly mind: string
}

const HEADERS = '`url` and `headers`'

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    client: 'Anthropic API, MCP connector',
    config: '`authorization_token` in `mcp_servers`, and an `mcp_toolset`',
    mind: 'comes from the internet: a loopback gateway is out of its reach',
  },
  {
    client: 'Claude Code',
    config: `\`.mcp.json\`: \`type: "http"\`, ${HEADERS} with \`\${VAR}\``,
    mind: 'drops names over 128 characters, its own `mcp__server__` included',
  },
  {
    client: 'Claude Desktop',
    config: '`claude_desktop_config.json`: stdio only, so a bridge',
    mind: 'no remote URL from that file; spaces in `args` break on Windows',
  },
  {
    client: 'claude.ai connectors',
    config: 'settings of the account; OAuth or nothing',
    mind: 'comes from the internet; a static token is not generally offered',
  },
  {
    client: 'Cline',
    config: `\`cline_mcp_settings.json\`: ${HEADERS}, \`type: "streamableHttp"\``,
    mind: 'without `type` it speaks HTTP+SSE, which the endpoint does not',
  },
  {
    client: 'Codex',
    config: '`config.toml`: `url`, `bearer_token_env_var` or `http_headers`',
    mind:
      '`headers` is ignored; a tool has 60 s unless configured; 0.171.0, started ' +
      'by hand on what `gateway connect` writes, listed the tools',
  },
  {
    client: 'Copilot CLI',
    config: `\`mcp-config.json\`: \`type: "http"\`, ${HEADERS}, \`tools\``,
    mind: 'one tool name with `.` or `/` fails the whole request; ours have none',
  },
  {
    client: 'Cursor',
    config: `\`mcp.json\`: ${HEADERS} with \`\${env:NAME}\``,
    mind:
      'drops tools whose server and tool names exceed 60 characters; does not ' +
      'follow changed lists; prefers OAuth where a server seems to offer it, ' +
      'which the endpoint does not',
  },
  {
    client: 'Gemini CLI',
    config: `\`settings.json\`: \`type: "http"\`, ${HEADERS}`,
    mind:
      'no `_` in the key of the server; shortens names over 63 characters; ' +
      'without `type` a `url` means HTTP+SSE; 0.61.0, started by hand on what ' +
      '`gateway connect` writes, connected',
  },
  {
    client: 'Goose',
    config: '`config.yaml`: `type: streamable_http`, `uri`, `headers`',
    mind: '',
  },
  {
    client: 'JetBrains AI Assistant',
    config: `settings, as JSON: \`type: "http"\`, ${HEADERS}`,
    mind: 'from 2025.2',
  },
  {
    client: 'OpenAI Responses API',
    config: 'a tool of `type: "mcp"` with `server_url` and `authorization`',
    mind: '`authorization` is the bare token; comes from the internet',
  },
  {
    client: 'VS Code',
    config: `\`mcp.json\`: \`type: "http"\`, ${HEADERS} with \`\${input:…}\``,
    mind: '128 tools a request; names up to 64 characters',
  },
  {
    client: 'Windsurf',
    config: '`mcp_config.json`: `serverUrl` and `headers`',
    mind: 'the key is not `url`',
  },
  {
    client: 'Zed',
    config: `\`settings.json\`, \`context_servers\`: \`type: "http"\`, ${HEADERS}`,
    mind: '',
  },
]

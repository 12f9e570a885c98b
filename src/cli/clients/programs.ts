// Programs of the terminal and of the desktop that are MCP clients.
// In: nothing. Out: one row for each.
// INVARIANT: what a row says of a client was run here, or stands in its
// documentation or source; see docs/clients.md.

import { type Client, type Filled, IN_BRACES, KEY, VARIABLE } from './client.ts'
import {
  headersOf,
  inServers,
  MODEL_NAME,
  SESSIONS,
  under,
  writeHttp,
  writePlain,
} from './rows.ts'

/** Read by mcp-remote. */
const BRIDGED = 'GATEWAY_AUTH'

export const PROGRAMS: readonly Client[] = [
  {
    name: 'claude-code',
    title: 'Claude Code',
    token: 'variable',
    variable: IN_BRACES,
    file: inServers({ user: '.claude.json', project: '.mcp.json' }, writeHttp),
    shortcuts: [
      {
        kind: 'command',
        write: ({ url, token }) =>
          `claude mcp add --transport http ${KEY} ${url} --scope user --header 'Authorization: Bearer ${token}'`,
      },
    ],
    bounds: {
      prefix: `mcp__${KEY}__`,
      name: { most: 128, beyond: 'it drops a tool with a longer name' },
    },
    speaks: { version: SESSIONS, as: 'claude-code' },
    notes: [
      'An answer beyond 25,000 tokens is cut; MAX_MCP_OUTPUT_TOKENS raises that.',
    ],
  },
  {
    name: 'claude-desktop',
    title: 'Claude Desktop',
    token: 'written',
    file: inServers(
      {
        user: {
          linux: '.config/Claude/claude_desktop_config.json',
          darwin:
            'Library/Application Support/Claude/claude_desktop_config.json',
          win32: '%APPDATA%/Claude/claude_desktop_config.json',
        },
      },
      writeBridge,
    ),
    speaks: { version: SESSIONS, as: 'claude-ai (via mcp-remote)' },
    notes: [
      'It reads only programs from this file, so mcp-remote stands between.',
      'mcp-remote takes an http address only on this host.',
    ],
  },
  {
    name: 'codex',
    title: 'Codex',
    token: 'variable',
    file: {
      format: 'toml',
      user: '.codex/config.toml',
      project: '.codex/config.toml',
      where: under('mcp_servers'),
      value: ({ url }) => ({ url, bearer_token_env_var: VARIABLE }),
    },
    shortcuts: [
      {
        kind: 'command',
        write: ({ url }) =>
          `codex mcp add ${KEY} --url ${url} --bearer-token-env-var ${VARIABLE}`,
      },
    ],
    speaks: { version: SESSIONS, as: 'codex-mcp-client' },
    tried: '0.171.0',
    notes: ['A tool has 60 s there; tool_timeout_sec changes that.'],
  },
  {
    name: 'gemini',
    title: 'Gemini CLI',
    token: 'variable',
    variable: IN_BRACES,
    file: inServers(
      { user: '.gemini/settings.json', project: '.gemini/settings.json' },
      writeHttp,
    ),
    shortcuts: [
      {
        kind: 'command',
        write: ({ url, token }) =>
          `gemini mcp add --scope user --transport http --header 'Authorization: Bearer ${token}' ${KEY} ${url}`,
      },
    ],
    bounds: {
      prefix: `mcp_${KEY}_`,
      name: { most: 63, beyond: 'it shortens a longer name in the middle' },
      drops: ['additionalProperties'],
    },
    speaks: { version: SESSIONS, as: 'gemini-cli-mcp-client' },
    tried: '0.61.0',
    notes: [
      'Its key must not contain `_`: rules for its tools would fail.',
      'In a folder that it does not trust, it starts no server: trust it first.',
    ],
  },
  {
    name: 'goose',
    title: 'Goose',
    token: 'variable',
    variable: IN_BRACES,
    file: {
      format: 'yaml',
      user: {
        linux: '.config/goose/config.yaml',
        darwin: '.config/goose/config.yaml',
        win32: '%APPDATA%/Block/goose/config/config.yaml',
      },
      where: under('extensions'),
      value: (filled) => ({
        name: KEY,
        description: '',
        type: 'streamable_http',
        uri: filled.url,
        headers: headersOf(filled),
        // It looks these up in the environment, then in its own secrets.
        ...(filled.token.startsWith('$') ? { env_keys: [VARIABLE] } : {}),
        enabled: true,
        timeout: 300,
      }),
    },
    speaks: { version: SESSIONS, as: 'goose' },
  },
  {
    name: 'copilot',
    title: 'GitHub Copilot CLI',
    token: 'written',
    file: inServers({ user: '.copilot/mcp-config.json' }, ({ url, token }) => ({
      type: 'http',
      url,
      tools: ['*'],
      headers: headersOf({ url, token }),
    })),
    bounds: { prefix: `${KEY}-`, name: MODEL_NAME },
    speaks: { version: SESSIONS, as: 'github-copilot-developer' },
  },
  {
    name: 'opencode',
    title: 'OpenCode',
    token: 'variable',
    variable: `{env:${VARIABLE}}`,
    file: {
      format: 'json',
      user: '.config/opencode/opencode.json',
      project: 'opencode.json',
      where: under('mcp'),
      value: (filled) => ({
        type: 'remote',
        url: filled.url,
        headers: headersOf(filled),
        enabled: true,
        // Older versions would look for an OAuth server first.
        oauth: false,
      }),
    },
    bounds: { prefix: `${KEY}_`, name: MODEL_NAME },
    speaks: { version: SESSIONS, as: 'opencode' },
    notes: ['If you have an opencode.jsonc, give it with --file.'],
  },
  {
    name: 'kimi',
    title: 'Kimi Code',
    token: 'written',
    file: inServers({ user: '.kimi-code/mcp.json' }, (filled) => ({
      transport: 'http',
      ...writePlain(filled),
    })),
    speaks: { version: SESSIONS, as: 'kimi' },
  },
  {
    name: 'kilo',
    title: 'Kilo Code',
    token: 'written',
    file: {
      format: 'json',
      user: '.config/kilo/kilo.json',
      where: under('mcp'),
      value: (filled) => ({
        type: 'remote',
        url: filled.url,
        headers: headersOf(filled),
        enabled: true,
      }),
    },
    speaks: { version: SESSIONS, as: 'kilo' },
  },
  {
    name: 'grok',
    title: 'Grok Build',
    token: 'written',
    file: {
      format: 'toml',
      user: '.grok/config.toml',
      where: under('mcp_servers'),
      value: writePlain,
    },
    speaks: { version: SESSIONS, as: 'grok' },
  },
  {
    name: 'inspector',
    title: 'MCP Inspector',
    token: 'variable',
    paste: {
      into: 'a shell',
      write: ({ url }) =>
        `npx @modelcontextprotocol/inspector --cli ${url} --transport http --header "Authorization: Bearer $${VARIABLE}" --method tools/list`,
    },
    speaks: { version: SESSIONS, as: 'inspector-cli' },
    notes: ['The token is then an argument: others on this host can see it.'],
    tried: '2.12.0',
  },
  {
    name: 'mcp-remote',
    title: 'A client of programs only, through mcp-remote',
    token: 'written',
    file: inServers({}, writeBridge),
    speaks: { version: SESSIONS, as: 'mcp-remote' },
    notes: [
      'For any client whose file names only programs: give its file with --file.',
    ],
    tried: '0.15.1',
  },
]

/** No blank in an argument: some clients cut it there. */
function writeBridge({ url, token }: Filled) {
  return {
    command: 'npx',
    args: ['-y', 'mcp-remote', url, '--header', `Authorization:\${${BRIDGED}}`],
    env: { [BRIDGED]: `Bearer ${token}` },
  }
}

// Files of MCP clients as people have them, and what each of their servers is.
// In: nothing. Out: rows: what the client itself starts, and what becomes of it.
// INVARIANT: written by hand from the files, not by what imports them; every
// server of every file has a row.

import type { Row } from './row.ts'

const TOKEN = 'trk_field_4Qm8Zx2Lw7'

const npx = (name: string, ...args: string[]) => ({
  command: 'npx',
  args: ['-y', `@modelcontextprotocol/server-${name}`, ...args],
})
const uvx = (name: string, ...args: string[]) => ({
  command: 'uvx',
  args: [`mcp-server-${name}`, ...args],
})
const memory = {
  ...npx('memory'),
  env: { MEMORY_FILE_PATH: '@HOME@/memory.json' },
}
/** Over HTTP, with the token that the file has or names. */
const tracker = {
  url: '@TRACKER@',
  headers: { Authorization: `Bearer ${TOKEN}` },
}
const sqlite = {
  command: 'uvx',
  args: ['--with', 'mcp<2', 'mcp-server-sqlite', '--db-path', '@HOME@/shop.db'],
}
const git = uvx('git', '--repository', '@HOME@/src/shop')

const HOSTED = 'its operator hosts it on the internet, and people sign in there'
const DOCKER = 'its image would be downloaded from the internet'
const WINDOWS = 'it is a program on the disk of a Windows machine'

/** Name of a file → its secrets and servers, by their key in the config. */
export const FILES: Readonly<Record<string, Row>> = {
  'cursor.json': {
    secrets: { TICKET_TRACKER_TOKEN: TOKEN, GITHUB_TOKEN: 'x' },
    servers: {
      filesystem: npx('filesystem', '@HOME@/notes', '@HOME@/src'),
      memory,
      github: { elsewhere: HOSTED },
      'ticket-tracker': tracker,
      figma: { disabled: 'the file disables it' },
    },
  },
  'claude_desktop_config.json': {
    secrets: { TRACKER_TOKEN: TOKEN },
    servers: {
      everything: npx('everything'),
      tracker,
      obsidian: { elsewhere: WINDOWS },
      atlassian: { elsewhere: HOSTED },
    },
  },
  'claude.json': {
    secrets: { TRACKER_TOKEN: TOKEN },
    servers: {
      'sequential-thinking': npx('sequential-thinking'),
      tracker,
      time: uvx('time', '--local-timezone', 'Europe/Zurich'),
    },
  },
  'vscode-mcp.json': {
    secrets: { TRACKER_TOKEN: TOKEN, DATABASE_URI: 'x' },
    servers: {
      tracker,
      fetch: uvx('fetch'),
      'workspace-files': npx('filesystem', '@FOLDER@/notes'),
      postgres: { elsewhere: DOCKER },
    },
  },
  'codex.toml': {
    secrets: { TRACKER_TOKEN: TOKEN, CONTEXT7_API_KEY: 'x' },
    servers: {
      everything: {
        ...npx('everything'),
        only: ['echo', 'get-sum'],
        why: 'enabled_tools names them, and Codex hides the others too',
      },
      sqlite,
      tracker,
      context7: { elsewhere: HOSTED },
    },
  },
  'goose.yaml': {
    secrets: { TRACKER_TOKEN: TOKEN },
    servers: {
      developer: { dropped: /part of the client itself/ },
      time: uvx('time'),
      tracker,
      memory: { disabled: 'the file has enabled: false' },
    },
  },
  'zed-settings.json': {
    secrets: { TRACKER_TOKEN: TOKEN },
    servers: {
      git,
      memory,
      tracker,
      'postgres-context-server': { dropped: /an extension of Zed starts it/ },
    },
  },
  'gemini-settings.json': {
    secrets: { TRACKER_TOKEN: TOKEN },
    servers: {
      tracker: {
        ...tracker,
        without: ['close_ticket'],
        why: 'excludeTools names it, and Gemini hides it too',
      },
      'git-shop': {
        ...git,
        only: ['git_status', 'git_log', 'git_diff'],
        why: 'includeTools names them, and Gemini hides the others too',
      },
      thinking: { ...npx('sequential-thinking'), cwd: '@HOME@' },
    },
  },
  'windsurf-mcp_config.json': {
    secrets: { TRACKER_TOKEN: TOKEN },
    servers: {
      tracker,
      memory: {
        ...memory,
        without: ['delete_entities', 'delete_observations', 'delete_relations'],
        why: 'disabledTools names them, and Windsurf hides them too',
      },
      linear: { elsewhere: HOSTED },
      sqlite,
    },
  },
  'cline_mcp_settings.json': {
    secrets: { TRACKER_TOKEN: TOKEN, BRAVE_API_KEY: 'x' },
    servers: {
      filesystem: npx('filesystem', '@HOME@/notes'),
      tracker,
      'brave-search': { disabled: 'the file disables it' },
      time: uvx('time', '--local-timezone=America/New_York'),
    },
  },
  'docker-catalog.yaml': {
    secrets: { TRACKER_TOKEN: TOKEN, GRAFANA_API_KEY: 'x', GRAFANA_URL: 'x' },
    servers: {
      fetch: { elsewhere: DOCKER },
      grafana: { elsewhere: DOCKER },
      tracker,
    },
  },
  'server.json': {
    secrets: {},
    servers: {
      everything: {
        ...npx('everything', 'stdio'),
        env: { LOG_LEVEL: 'info' },
      },
    },
  },
}

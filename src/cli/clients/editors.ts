// Editors that are MCP clients.
// In: nothing. Out: one row for each.
// INVARIANT: what a row says of a client was run here, or stands in its
// documentation or source; see docs/clients.md.

import {
  AS_EDITORS,
  type Client,
  type Filled,
  KEY,
  VARIABLE,
} from './client.ts'
import {
  headersOf,
  inServers,
  MODEL_NAME,
  printJson,
  quoteShell,
  SESSIONS,
  under,
  writeHttp,
  writePlain,
  writeServerUrl,
} from './rows.ts'

/** VS Code asks it once. */
const QUESTION = {
  type: 'promptString',
  id: 'gateway-token',
  description: 'Token of the gateway',
  password: true,
}

function writeCode(filled: Filled): string {
  const entry = { name: KEY, ...writeHttp(filled), inputs: [QUESTION] }
  return JSON.stringify(entry)
}

const CLINE =
  'globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json'

const ROO =
  'globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json'

function inCode(path: string) {
  return {
    linux: `.config/Code/User/${path}`,
    darwin: `Library/Application Support/Code/User/${path}`,
    win32: `%APPDATA%/Code/User/${path}`,
  }
}

export const EDITORS: readonly Client[] = [
  {
    name: 'cursor',
    title: 'Cursor',
    token: 'variable',
    variable: AS_EDITORS,
    file: inServers(
      { user: '.cursor/mcp.json', project: '.cursor/mcp.json' },
      writePlain,
    ),
    shortcuts: [
      {
        kind: 'link',
        write: (filled) => {
          const config = JSON.stringify(writeHttp(filled))
          const packed = encodeURIComponent(
            Buffer.from(config).toString('base64'),
          )
          return `cursor://anysphere.cursor-deeplink/mcp/install?name=${KEY}&config=${packed}`
        },
      },
    ],
    bounds: {
      prefix: KEY,
      name: { most: 60, beyond: 'it drops a tool with a longer name' },
      tools: { most: 40, beyond: 'older versions leave out the rest' },
    },
    speaks: { version: SESSIONS, as: 'cursor-vscode' },
    notes: ['It does not follow changes of the list: restart it to see them.'],
  },
  {
    name: 'vscode',
    title: 'VS Code',
    token: 'asked',
    variable: `\${input:${QUESTION.id}}`,
    file: {
      format: 'json',
      user: inCode('mcp.json'),
      project: '.vscode/mcp.json',
      where: under('servers'),
      value: writeHttp,
      beside: [
        {
          where: {
            section: ['inputs'],
            item: { member: 'id', is: QUESTION.id },
          },
          value: QUESTION,
        },
      ],
    },
    shortcuts: [
      {
        kind: 'link',
        write: (filled) =>
          `vscode:mcp/install?${encodeURIComponent(writeCode(filled))}`,
      },
      {
        kind: 'command',
        write: (filled) => `code --add-mcp ${quoteShell(writeCode(filled))}`,
      },
    ],
    bounds: {
      prefix: '',
      name: MODEL_NAME,
      tools: { most: 128, beyond: 'a request takes no more' },
    },
    speaks: { version: SESSIONS, as: 'Visual Studio Code' },
  },
  {
    name: 'windsurf',
    title: 'Windsurf',
    token: 'variable',
    variable: AS_EDITORS,
    file: inServers(
      { user: '.codeium/windsurf/mcp_config.json' },
      writeServerUrl,
    ),
    bounds: { prefix: '', name: MODEL_NAME },
    speaks: { version: SESSIONS, as: 'windsurf' },
  },
  {
    name: 'antigravity',
    title: 'Antigravity',
    token: 'written',
    file: inServers(
      { user: '.gemini/antigravity/mcp_config.json' },
      writeServerUrl,
    ),
    speaks: { version: SESSIONS, as: 'antigravity' },
    notes: ['Its command line reads ~/.gemini/config/mcp_config.json instead.'],
  },
  {
    name: 'zed',
    title: 'Zed',
    token: 'written',
    file: {
      format: 'json',
      user: {
        linux: '.config/zed/settings.json',
        darwin: '.config/zed/settings.json',
        win32: '%APPDATA%/Zed/settings.json',
      },
      project: '.zed/settings.json',
      where: under('context_servers'),
      value: (filled) => ({ source: 'custom', ...writeHttp(filled) }),
    },
    speaks: { version: SESSIONS, as: 'Zed' },
  },
  {
    name: 'cline',
    title: 'Cline',
    token: 'written',
    file: inServers({ user: inCode(CLINE) }, ({ url, token }) => ({
      url,
      type: 'streamableHttp',
      disabled: false,
      headers: headersOf({ url, token }),
    })),
    speaks: { version: SESSIONS, as: 'Cline' },
    notes: [
      'Without `type` it would speak HTTP+SSE, which the endpoint does not.',
    ],
  },
  {
    name: 'roo-code',
    title: 'Roo Code',
    token: 'written',
    file: inServers(
      { user: inCode(ROO), project: '.roo/mcp.json' },
      (filled) => ({
        type: 'streamable-http',
        url: filled.url,
        headers: headersOf(filled),
      }),
    ),
    speaks: { version: SESSIONS, as: 'Roo Code' },
  },
  {
    name: 'jetbrains',
    title: 'JetBrains AI Assistant',
    token: 'written',
    paste: {
      into: 'Settings, Tools, AI Assistant, Model Context Protocol, Add, As JSON',
      write: (filled) =>
        printJson({ mcpServers: { [KEY]: writeHttp(filled) } }),
    },
    speaks: { version: SESSIONS, as: 'JetBrains AI Assistant' },
    notes: ['It reads this form since 2025.2.'],
  },
  {
    name: 'junie',
    title: 'Junie',
    token: 'written',
    file: inServers(
      { user: '.junie/mcp/mcp.json', project: '.junie/mcp/mcp.json' },
      writePlain,
    ),
    speaks: { version: SESSIONS, as: 'Junie' },
  },
  {
    name: 'kiro',
    title: 'Kiro',
    token: 'written',
    file: inServers(
      { user: '.kiro/settings/mcp.json', project: '.kiro/settings/mcp.json' },
      writePlain,
    ),
    speaks: { version: SESSIONS, as: 'Kiro' },
  },
  {
    name: 'continue',
    title: 'Continue',
    token: 'variable',
    variable: `\${{ secrets.${VARIABLE} }}`,
    file: {
      format: 'yaml',
      user: '.continue/config.yaml',
      where: {
        section: ['mcpServers'],
        item: { member: 'name', is: KEY },
      },
      value: (filled) => ({
        name: KEY,
        type: 'streamable-http',
        url: filled.url,
        requestOptions: { headers: headersOf(filled) },
      }),
    },
    speaks: { version: SESSIONS, as: 'continue-client' },
    notes: [
      'Put GATEWAY_TOKEN into ~/.continue/.env, or into its secrets.',
      'A new file also needs `name`, `version` and `schema: v1` at its top.',
    ],
  },
]

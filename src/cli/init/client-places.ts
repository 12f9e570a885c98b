// Where MCP clients keep the files that name their servers.
// In: a home and a project folder. Out: the files that are there.
// INVARIANT: a fixed list; no folder is searched, and nothing is read.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { findHome } from '../clients/place.ts'
import type { Io } from '../verb.ts'

/** Below a home. */
const IN_HOME = [
  '.cursor/mcp.json',
  '.claude.json',
  '.codeium/windsurf/mcp_config.json',
  '.codex/config.toml',
  '.gemini/settings.json',
  '.gemini/antigravity/mcp_config.json',
  '.gemini/config/mcp_config.json',
  '.config/zed/settings.json',
  '.config/goose/config.yaml',
  '.config/opencode/opencode.json',
  '.config/opencode/opencode.jsonc',
  '.copilot/mcp-config.json',
  '.junie/mcp/mcp.json',
  '.kiro/settings/mcp.json',
] as const

/** Below the folder of an application, which each system has elsewhere. */
const IN_APPLICATIONS = [
  'Claude/claude_desktop_config.json',
  'Code/User/mcp.json',
  'Code/User/settings.json',
  'Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
] as const

const APPLICATIONS = [
  '.config',
  'Library/Application Support',
  'AppData/Roaming',
] as const

/** Below a project. */
const IN_PROJECT = [
  '.mcp.json',
  '.cursor/mcp.json',
  '.vscode/mcp.json',
  '.vscode/settings.json',
  '.zed/settings.json',
  '.codex/config.toml',
  '.gemini/settings.json',
  '.roo/mcp.json',
  '.junie/mcp/mcp.json',
  '.kiro/settings/mcp.json',
  'opencode.json',
  'opencode.jsonc',
  'librechat.yaml',
] as const

/** `APPDATA` is elsewhere where a company keeps it on a server. */
export function findClientFiles(
  folder: string,
  env: Io['env'],
): readonly string[] {
  const home = findHome(env)
  const roaming = env.APPDATA
    ? IN_APPLICATIONS.map((file) => join(env.APPDATA ?? '', file))
    : []
  const own = IN_PROJECT.map((file) => join(folder, file))
  const applications = APPLICATIONS.flatMap((place) =>
    IN_APPLICATIONS.map((file) => `${place}/${file}`),
  )
  const theirs =
    home === undefined
      ? []
      : [...IN_HOME, ...applications].map((file) => join(home, file))
  return [...new Set([...own, ...theirs, ...roaming])].filter(isFile)
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

// Programs of clients from npm, at the versions that the table of clients names.
// In: nothing. Out: a folder whose node_modules has them.
// INVARIANT: kept from run to run; no script of a package is run.

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findClient } from '../../../src/cli/clients/clients.ts'

/** Client → its package. The Inspector has a folder of its own. */
const PACKAGES = {
  codex: '@openai/codex',
  gemini: '@google/gemini-cli',
  'mcp-remote': 'mcp-remote',
} as const

export async function installPrograms(): Promise<string> {
  const folder = join(homedir(), '.cache/portcullis/clients')
  mkdirSync(folder, { recursive: true })
  const wanted = Object.entries(PACKAGES).map(
    ([client, name]) => `${name}@${findClient(client)?.tried}`,
  )
  const stamp = join(folder, 'installed.txt')
  const text = wanted.join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return folder
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent']
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  const npm = ['install', ...flags, '--save-exact', ...wanted]
  await promisify(execFile)('npm', npm, { cwd: folder })
  writeFileSync(stamp, text)
  return folder
}

// Whether the programs of stdio servers can be started.
// In: a table, the environment. Out: findings.
// INVARIANT: searches as a start does, but starts none.

import { statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { StdioServer } from '../../contract/table.ts'
import { isPathLike } from '../../diagnostics/paths.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { findAccount } from '../../runtime/upstream/account.ts'
import { findCommand, isProgram } from '../../runtime/upstream/command.ts'
import type { Scene } from './host.ts'

export function findCommandFaults(scene: Scene): readonly Diagnostic[] {
  return Object.entries(scene.artefact.table.servers).flatMap(
    ([name, server]) =>
      server.type === 'stdio' ? judgeCommand(name, server, scene) : [],
  )
}

function judgeCommand(
  name: string,
  { command, cwd, env, user, group }: StdioServer,
  scene: Scene,
): readonly Diagnostic[] {
  const at = (key: string) => joinPointer('/servers', name, key)
  const folder = resolve(scene.root, cwd)
  if (!isFolder(folder)) {
    const message = `\`${name}\` would run in ${folder}, which is not a folder`
    return [finding('GW8008', at('cwd'), message)]
  }
  try {
    findAccount(user ?? null, group ?? null)
  } catch (error) {
    const message = `\`${name}\`: ${(error as Error).message}`
    return [finding('GW8018', at(user === null ? 'group' : 'user'), message)]
  }
  const { command: found } = findCommand({ command, env }, scene.root)
  if (isPathLike(found)) {
    if (isProgram(found)) return []
    const message = `\`${command}\` is not a program: ${found}`
    return [finding('GW8007', at('command'), message)]
  }
  const own = typeof env.PATH === 'string' ? env.PATH : undefined
  const folders = (own ?? scene.env.PATH ?? '').split(delimiter)
  if (folders.some((one) => isProgram(resolve(folder, join(one, command))))) {
    return []
  }
  const message =
    own !== undefined
      ? `\`${command}\` is not in the PATH of its \`env\``
      : `\`${command}\` is neither in PATH nor in node_modules/.bin beside the config`
  return [finding('GW8007', at('command'), message)]
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

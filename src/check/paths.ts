// Paths and commands as authors write them, without access to the disk.
// In: a config of valid shape. Out: findings.
// INVARIANT: checks only the text; whether a file exists is not checked.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { isPathLike } from '../diagnostics/paths.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'
import { listPrograms } from './programs.ts'

type Written = readonly [path: string | undefined, pointer: string]

export function checkPaths(gateway: GatewayConfig): readonly Diagnostic[] {
  const { state, key, revoked, grants, tokens, audit, listen, servers, tls } =
    gateway
  const { cert, key: certKey, clientCa } = listen?.tls ?? {}
  const written: readonly Written[] = [
    [state, '/state'],
    [key, '/key'],
    [revoked, '/revoked'],
    [grants?.folder, '/grants/folder'],
    [tokens?.file, '/tokens/file'],
    [audit?.file, '/audit/file'],
    [cert, '/listen/tls/cert'],
    [certKey, '/listen/tls/key'],
    [clientCa, '/listen/tls/clientCa'],
    [tls?.caAppend, '/tls/caAppend'],
    ...each(servers, '/servers').flatMap(([server, at]): readonly Written[] =>
      server.type === 'http'
        ? (['ca', 'caAppend', 'cert', 'key'] as const).map((key) => [
            server.tls?.[key],
            `${at}/tls/${key}`,
          ])
        : [[server.cwd, `${at}/cwd`]],
    ),
  ]
  return [
    ...listPrograms(gateway).flatMap(({ exec, pointer }) =>
      checkProgram(exec[0], joinPointer(pointer, 'exec', 0)),
    ),
    ...written.flatMap(([path = '', pointer]) => checkPath(path, pointer)),
    ...each(servers, '/servers').flatMap(([server, at]) =>
      server.type === 'stdio' ? checkCommand(server.command, at) : [],
    ),
  ]
}

function checkPath(path: string, pointer: string): readonly Diagnostic[] {
  if (/^~(?:$|\/)/.test(path)) return [describeTilde(path, pointer)]
  if (!/^(?:env|file):/.test(path)) return []
  const message = `${showPath(pointer)} is a path, and ${quote(path)} is a reference`
  const help = 'write the path of the file, without `env:` or `file:`'
  return [finding('GW2014', pointer, message, { help })]
}

function checkCommand(command: string, at: string): readonly Diagnostic[] {
  const pointer = `${at}/command`
  if (command.startsWith('~/')) return [describeTilde(command, pointer)]
  const [program = '', ...others] = command.trim().split(/\s+/)
  // A path with a blank needs a `/` before it: './My Tools/run'.
  if (others.length === 0 || isPathLike(program)) return []
  const message = `${showPath(pointer)} contains more than the program`
  const help = `write command: ${quote(program).replaceAll('`', "'")}, and each argument in \`args\``
  return [finding('GW2014', pointer, message, { help })]
}

/** A hole in the list has a finding of its own. */
function checkProgram(
  program: string | undefined,
  pointer: string,
): readonly Diagnostic[] {
  if (program === undefined) return []
  if (program.startsWith('~/')) return [describeTilde(program, pointer)]
  const [first = '', ...others] = program.trim().split(/\s+/)
  if (first !== '' && (others.length === 0 || isPathLike(first))) return []
  const message =
    first === ''
      ? `${showPath(pointer)} names no program`
      : `${showPath(pointer)} contains more than the program`
  const help =
    "write the program and each argument apart: ['op', 'read', 'op://vault/item/field']"
  return [finding('GW2014', pointer, message, { help })]
}

function describeTilde(path: string, pointer: string): Diagnostic {
  const message = `${showPath(pointer)}: nothing expands the \`~\` of ${quote(path)}`
  const help = 'write the full path, or a path relative to this file'
  return finding('GW2014', pointer, message, { help })
}

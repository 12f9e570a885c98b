// Paths and commands as authors write them, without access to the disk.
// In: a config of valid shape. Out: findings.
// INVARIANT: checks only the text; whether a file exists is not checked.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import { showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'

type Written = readonly [path: string | undefined, pointer: string]

export function checkPaths(gateway: GatewayConfig): readonly Diagnostic[] {
  const { key, grants, tokens, audit, listen, servers } = gateway
  const { cert, key: certKey, clientCa } = listen?.tls ?? {}
  const written: readonly Written[] = [
    [key, '/key'],
    [grants?.folder, '/grants/folder'],
    [tokens?.file, '/tokens/file'],
    [audit?.file, '/audit/file'],
    [cert, '/listen/tls/cert'],
    [certKey, '/listen/tls/key'],
    [clientCa, '/listen/tls/clientCa'],
    ...each(servers, '/servers').flatMap(([server, at]): readonly Written[] =>
      server.type === 'http'
        ? [[server.tls?.ca, `${at}/tls/ca`]]
        : [[server.cwd, `${at}/cwd`]],
    ),
  ]
  return [
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
  if (others.length === 0 || program.includes('/')) return []
  const message = `${showPath(pointer)} contains more than the program`
  const help = `write command: ${quote(program).replaceAll('`', "'")}, and each argument in \`args\``
  return [finding('GW2014', pointer, message, { help })]
}

function describeTilde(path: string, pointer: string): Diagnostic {
  const message = `${showPath(pointer)}: nothing expands the \`~\` of ${quote(path)}`
  const help = 'write the full path, or a path relative to this file'
  return finding('GW2014', pointer, message, { help })
}

// Lints of servers: how they are started, reached and shared.
// In: the scene. Out: findings at the server's own keys.
// INVARIANT: checks the text; starts, resolves and opens nothing.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { isLoopback } from '../../contract/hosts.ts'
import type { StdioServer } from '../../contract/table.ts'
import { quote } from '../../diagnostics/credential.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { entriesOf } from '../../table/decide.ts'
import { EXPOSED_LENGTH, exposeName } from '../../table/names.ts'
import { formatWritten } from '../../table/references.ts'
import { readPackages } from './packages.ts'
import type { Scene } from './scene.ts'

/** GW4002: a server from which no role allows anything. */
export function findUnreached({
  linked,
  written,
}: Scene): readonly Diagnostic[] {
  if (Object.keys(linked.roles).length === 0) return []
  const reached = new Set(
    written.flatMap(({ side, server }) => (side === 'allow' ? [server] : [])),
  )
  return Object.keys(linked.servers).flatMap((name) => {
    if (reached.has(name)) return []
    const message = `no role allows anything of server \`${name}\``
    return [finding('GW4002', joinPointer('/servers', name), message)]
  })
}

/** GW4010: a package whose next release runs without a review. */
export function findUnpinned(scene: Scene): readonly Diagnostic[] {
  return listStdio(scene).flatMap(([name, server]) =>
    readPackages(server).flatMap(({ text, index, pinned }) => {
      if (pinned) return []
      const pointer = joinPointer('/servers', name, 'args', index)
      const message = `${quote(text)} runs in whatever version is current`
      return [finding('GW4010', pointer, message)]
    }),
  )
}

/** GW4011: an upstream without encryption. */
export function findPlain({ linked }: Scene): readonly Diagnostic[] {
  return Object.entries(linked.servers).flatMap(([name, server]) => {
    if (server.type !== 'http') return []
    const { protocol, hostname } = new URL(formatWritten(server.url, () => 'x'))
    if (protocol !== 'http:' || isLoopback(hostname)) return []
    const pointer = joinPointer('/servers', name, 'url')
    const sends =
      server.auth !== null ||
      Object.values(server.headers).some((value) => typeof value !== 'string')
    const what = sends ? 'gets its credential without encryption' : 'is reached'
    const message = `server \`${name}\` ${what} over http, at ${quote(hostname)}`
    return [finding('GW4011', pointer, message)]
  })
}

/** GW4016: an exposed name that some clients refuse. */
export function findLong(scene: Scene): readonly Diagnostic[] {
  const { servers } = scene.linked
  const { safe, most } = EXPOSED_LENGTH
  const told = new Set<string>()
  return scene.written.flatMap(({ side, server, kind, name, rule }) => {
    const to = servers[server]
    if (side !== 'allow' || kind === 'resource' || !to) return []
    const literal = name.includes('*') ? [] : [name]
    return (scene.matches(server, kind, name) ?? literal).flatMap((one) => {
      const own = kind === 'tool' && Object.hasOwn(to.rename, one)
      const exposed = exposeName(to, (own && to.rename[one]) || one)
      const { length } = exposed
      if (length <= safe || length > most || told.has(exposed)) return []
      told.add(exposed)
      const message = `${quote(`${server}/${one}`)} is exposed as ${quote(exposed)}, ${length} characters long; some clients accept only ${safe}`
      return [finding('GW4016', rule, message)]
    })
  })
}

/** More child processes of one server than a person expects. */
const MANY = 20

/** GW4018: one child process for each of many tokens. */
export function findForks(scene: Scene): readonly Diagnostic[] {
  const { linked, roleSets } = scene
  return listStdio(scene).flatMap(([name, { isolation, maxSessions }]) => {
    if (isolation === 'shared') return []
    const count = roleSets
      .filter(({ roles }) =>
        roles.some(
          (role) => entriesOf(linked.roles[role]?.allow, name).length > 0,
        ),
      )
      .reduce((sum, { tokens }) => sum + tokens.length, 0)
    const most = Math.min(MANY, maxSessions)
    if (count <= most) return []
    const message = `server \`${name}\` runs once for each of ${count} tokens, over ${most}`
    return [finding('GW4018', joinPointer('/servers', name), message)]
  })
}

/** GW4019: roots of a client replace the arguments written here. */
export function findRoots(scene: Scene): readonly Diagnostic[] {
  return listStdio(scene).flatMap(([name, { requests }]) => {
    if (!requests.includes('roots')) return []
    const message = `server \`${name}\` may use the roots of a client as its folders`
    const pointer = joinPointer('/servers', name, 'requests')
    return [finding('GW4019', pointer, message)]
  })
}

/** The folder of the config, or one that contains it. */
const AROUND = /^(?:\.{0,2}\/?|(?:\.\.\/)+(?:\.\.)?|\/|~\/?)$/

/** GW4020: a file server that can reach the gateway's own files. */
export function findExposedFolders(scene: Scene): readonly Diagnostic[] {
  return listStdio(scene).flatMap(([name, { command, args, cwd }]) => {
    const words = [command, ...args.map((arg) => formatWritten(arg))]
    if (
      cwd !== '' ||
      !words.some((word) => word.includes('server-filesystem'))
    ) {
      return []
    }
    return args.flatMap((arg, index) => {
      if (typeof arg !== 'string' || arg === '' || !AROUND.test(arg)) return []
      const pointer = joinPointer('/servers', name, 'args', index)
      const message = `server \`${name}\` serves ${quote(arg)}, which contains the gateway’s own files`
      return [finding('GW4020', pointer, message)]
    })
  })
}

function listStdio({
  linked,
}: Scene): readonly (readonly [string, StdioServer])[] {
  return Object.entries(linked.servers).flatMap(([name, server]) =>
    server.type === 'stdio' ? [[name, server] as const] : [],
  )
}

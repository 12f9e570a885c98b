// Lints of servers to which somebody signs in in a browser.
// In: the scene. Out: findings at the listener, and at the servers.
// INVARIANT: checks the config and the lock; contacts nobody.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { OAuth } from '../../contract/table.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import type { Scene } from './scene.ts'

/** GW4024: a redirect address with a port that the system chooses. */
export function findMoving(scene: Scene): readonly Diagnostic[] {
  const { port, publicUrl } = scene.linked.listen
  const [first] = listSignIns(scene)
  if (port !== 0 || publicUrl !== null || !first) return []
  const message = `the redirect address of server \`${first[0]}\` changes at each start, with the port`
  return [finding('GW4024', '/listen/port', message)]
}

/** GW4025: people would sign in without knowing what for. */
export function findUnlisted(scene: Scene): readonly Diagnostic[] {
  return listSignIns(scene).flatMap(([name, { as }]) => {
    if (as !== 'person' || Object.hasOwn(scene.linked.definitions, name)) {
      return []
    }
    const message = `server \`${name}\` is not locked, so people see its tools only after they have signed in`
    const help = `run \`gateway lock ${name}\`: it signs in with your own account, and keeps nothing of it`
    const pointer = joinPointer('/servers', name, 'auth')
    return [finding('GW4025', pointer, message, { help })]
  })
}

function listSignIns({ linked }: Scene): readonly (readonly [string, OAuth])[] {
  return Object.entries(linked.servers).flatMap(([name, server]) => {
    if (server.type !== 'http' || server.disabled) return []
    const { auth } = server
    return auth?.type === 'oauth' ? [[name, auth] as const] : []
  })
}

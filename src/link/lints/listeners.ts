// Lints of listeners: who reaches what is meant for operators.
// In: the scene. Out: findings at the listener's own keys.
// INVARIANT: judges the address as written; nothing is resolved.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { isLoopback } from '../../contract/hosts.ts'
import { quote } from '../../diagnostics/credential.ts'
import { finding } from '../../diagnostics/report.ts'
import type { Scene } from './scene.ts'

/** GW4022: an admin listener beyond this host, where no TLS is. */
export function findOpenAdmin({ linked }: Scene): readonly Diagnostic[] {
  const { host } = linked.admin
  if (isLoopback(host)) return []
  const message = `the admin listener, on ${quote(host)}, accepts its token from other hosts without encryption`
  return [finding('GW4022', '/admin/host', message)]
}

// Lints of listeners: who can reach the listener for operators.
// In: the scene. Out: findings at the listener's own keys.
// INVARIANT: checks the address as written; no name is resolved.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { isLoopback } from '../../contract/hosts.ts'
import { quote } from '../../diagnostics/credential.ts'
import { finding } from '../../diagnostics/report.ts'
import type { Scene } from './scene.ts'

/** GW4022: an admin listener beyond this host, without TLS. */
export function findOpenAdmin({ linked }: Scene): readonly Diagnostic[] {
  const { host } = linked.admin
  if (isLoopback(host)) return []
  const message = `the admin listener, on ${quote(host)}, accepts its token from other hosts without encryption`
  return [finding('GW4022', '/admin/host', message)]
}

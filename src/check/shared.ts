// Servers whose keys contradict each other.
// In: a config of valid shape. Out: findings.
// INVARIANT: a key that the runtime would ignore is reported.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic } from '../contract/diagnostic.ts'
import { joinPointer, showPath } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import { each } from './entries.ts'

/** A shared session has no client that could answer. */
export function checkShared(gateway: GatewayConfig): readonly Diagnostic[] {
  return each(gateway.servers, '/servers').flatMap(([server, at]) => {
    const { isolation, requests = [] } = server
    if (isolation !== 'shared' || requests.length === 0) return []
    const pointer = joinPointer(at, 'requests')
    const message = `${showPath(at)} is \`shared\`, so it cannot send requests to a client`
    const help = "remove `requests`, or write isolation: 'session'"
    const notes = [
      { message: 'it is shared here', pointer: joinPointer(at, 'isolation') },
    ]
    return [finding('GW2018', pointer, message, { help, notes })]
  })
}

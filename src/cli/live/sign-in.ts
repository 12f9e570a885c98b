// Whether somebody could sign in to the servers that want it.
// In: a table, where its gateway would run. Out: findings; how it would be.
// INVARIANT: nobody signs in, and nothing is registered.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import { publicOrigin } from '../../contract/origins.ts'
import type { RoutingTable } from '../../contract/table.ts'
import { joinPointer } from '../../diagnostics/pointer.ts'
import { finding } from '../../diagnostics/report.ts'
import { systemClock } from '../../runtime/base/clock.ts'
import { makeAlone } from '../../runtime/oauth/alone.ts'
import type { SignInFailure } from '../../runtime/oauth/problem.ts'
import { findWay, type Way } from '../../runtime/oauth/way.ts'
import { describeState } from '../../runtime/upstream/failure.ts'
import type { Scene } from './host.ts'

export interface WaysSeen {
  readonly findings: readonly Diagnostic[]
  readonly remarks: readonly string[]
}

export async function findSignInFaults(
  { artefact, secrets }: Pick<Scene, 'artefact' | 'secrets'>,
  servers: RoutingTable['servers'],
): Promise<WaysSeen> {
  const origin = publicOrigin(artefact.table.listen)
  const findings: Diagnostic[] = []
  const remarks: string[] = []
  for (const [name, server] of Object.entries(servers)) {
    if (server.type !== 'http' || server.auth?.type !== 'oauth') continue
    try {
      const way = await findWay(
        makeAlone({
          name,
          server,
          auth: server.auth,
          clock: systemClock,
          secrets,
          origin,
        }),
      )
      remarks.push(describeWay(name, way))
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown
      const failure = describeState(thrown as SignInFailure)
      const pointer = joinPointer('/servers', name, 'auth')
      findings.push(finding('GW8019', pointer, `\`${name}\` ${failure}`))
    }
  }
  return { findings, remarks }
}

const BY: Readonly<Record<Way['by'], string>> = Object.freeze({
  config: 'as the client of the config',
  document: 'as a client with a metadata document',
  registration: 'as a client that the gateway registers',
})

function describeWay(name: string, { issuer, by, redirect }: Way): string {
  if (redirect === null) {
    return `sign-in to ${name} is at ${issuer}, ${BY[by]}, and the provider of the login vouches for people`
  }
  return `sign-in to ${name} is at ${issuer}, ${BY[by]}, with the redirect address ${redirect}`
}

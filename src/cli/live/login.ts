// Whether people could come by the company's login.
// In: a table, where its gateway would run. Out: findings; how they would come.
// INVARIANT: metadata and keys are read, as the gateway does; nobody signs in,
// and nothing is registered.

import type { Diagnostic } from '../../contract/diagnostic.ts'
import type { Login } from '../../contract/login.ts'
import { publicOrigin } from '../../contract/origins.ts'
import type { RoutingTable } from '../../contract/table.ts'
import { finding } from '../../diagnostics/report.ts'
import { systemClock } from '../../runtime/base/clock.ts'
import { logoutOf, redirectOf } from '../../runtime/login/addresses.ts'
import { listLogoutAudience } from '../../runtime/login/logout-token.ts'
import {
  Provider,
  type ProviderMetadata,
} from '../../runtime/login/provider.ts'
import { canVerify } from '../../runtime/login/token-keys.ts'
import { readOfferedGrants } from '../../runtime/oauth/discovery.ts'
import { describeProblem } from '../../runtime/oauth/problem.ts'
import { TOKEN_EXCHANGE } from '../../runtime/oauth/vouch.ts'
import { findCommonOutward } from '../../runtime/outward/outward.ts'
import { hasVouched } from '../../table/vouched.ts'
import type { Scene } from './host.ts'
import type { WaysSeen } from './sign-in.ts'

const AT = '/login/issuer'

export async function findLoginFaults({
  artefact,
  secrets,
}: Pick<Scene, 'artefact' | 'secrets'>): Promise<WaysSeen> {
  const { login, listen } = artefact.table
  if (!login) return { findings: [], remarks: [] }
  const { monotonic } = systemClock
  const outward = () => findCommonOutward(artefact.table, secrets)
  const provider = new Provider({ login, monotonic, outward })
  try {
    const found = login.jwks === null ? await provider.find() : undefined
    const keys = await provider.readKeys()
    const fitting = login.algorithms.filter((algorithm) =>
      keys.some((key) => canVerify(key, algorithm)),
    )
    if (fitting.length === 0) {
      const wanted = login.algorithms.join(', ')
      return fail(`publishes no key for ${wanted}`, login)
    }
    const refuses = found && findVouchFault(artefact.table, found)
    if (refuses !== undefined) return fail(refuses, login)
    const resource = publicOrigin(listen) + login.path
    const wanted = login.audience?.join(' or ') ?? resource
    const remarks = [
      `people of ${login.issuer} come to ${resource}, with tokens for ${wanted}, signed by ${fitting.join(', ')}`,
      ...describeRegistration(login, found),
      ...describeOwnServer(login, publicOrigin(listen)),
      ...describeLogout(login, publicOrigin(listen), found),
    ]
    return { findings: [], remarks }
  } catch (error) {
    const { detail } = describeProblem(error, (text) => text)
    return fail(`cannot be used: ${detail}`, login)
  } finally {
    provider.close()
  }
}

/** Whether the provider could vouch for people where the config wants that. */
function findVouchFault(
  table: RoutingTable,
  { metadata }: ProviderMetadata,
): string | undefined {
  const { types } = readOfferedGrants(metadata)
  if (!hasVouched(table) || !types || types.includes(TOKEN_EXCHANGE)) {
    return undefined
  }
  return `does not offer the grant ${TOKEN_EXCHANGE}, by which it would vouch for people at servers with \`via: 'login'\`: turn it on there, or remove \`via\``
}

function fail(why: string, { issuer }: Login): WaysSeen {
  const message = `the identity provider ${issuer} ${why}`
  const findings: readonly Diagnostic[] = [finding('GW8040', AT, message)]
  return { findings, remarks: [] }
}

/** What must be registered at the provider by hand. */
function describeOwnServer({ server }: Login, origin: string) {
  if (!server) return []
  return [
    `the provider must send browsers back to ${redirectOf(origin)}: register this address there, for the client ${server.client.id}`,
  ]
}

/** Whether the provider says at once when somebody logs out there. */
function describeLogout(
  login: Login,
  origin: string,
  found: ProviderMetadata | undefined,
): readonly string[] {
  const canTell = found?.metadata.backchannel_logout_supported === true
  const clients = listLogoutAudience(login)
  if (!canTell) {
    return [
      'the provider does not say that it reports logouts (back-channel logout): a token is believed until it ends',
    ]
  }
  return clients.length === 0
    ? [
        'the provider can report logouts, but for a client: list its id in `login.clients`',
      ]
    : [
        `the provider can report logouts to ${logoutOf(origin)}: register this address there, for the client ${clients.join(', ')}`,
      ]
}

/** Whether clients can become known there by themselves. */
function describeRegistration(
  { server }: Login,
  found: ProviderMetadata | undefined,
): readonly string[] {
  if (server || !found) return []
  const { metadata } = found
  const canRegister =
    typeof metadata.registration_endpoint === 'string' ||
    metadata.client_id_metadata_document_supported === true
  return canRegister
    ? []
    : [
        'clients cannot register at that provider: register each one there, or write `login.server`',
      ]
}

// The check stage: what an authored config says by itself, without its names.
// In: what load gave. Out: a config that holds, and every finding at once.
// INVARIANT: a poisoned part is dropped after its one finding, so that no later
// stage reports it again.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic, Result } from '../contract/diagnostic.ts'
import type { Lock } from '../contract/lock.ts'
import type { TokenConfig } from '../contract/policy.ts'
import type { Code } from '../diagnostics/codes.ts'
import { checkExposure } from './exposure.ts'
import { checkHeaders } from './headers.ts'
import { addOffers, checkLock } from './lock.ts'
import { checkPaths } from './paths.ts'
import { findPending } from './pending.ts'
import { checkReferences } from './references.ts'
import { checkSecrets } from './secrets.ts'
import { checkShape } from './shape.ts'
import { checkShared } from './shared.ts'
import { checkSpans } from './spans.ts'
import { checkValues } from './values.ts'

/** What load hands over. */
export interface CheckInput {
  readonly authored: unknown
  readonly tokens: Readonly<Record<string, unknown>>
  readonly tokensFile: string
  readonly lock?: unknown
  readonly types?: string
  /** What unlocked servers offer, where they were asked. */
  readonly offers?: Lock['servers'] | undefined
}

export interface Checked {
  readonly gateway: GatewayConfig
  /** Records of the tokens file; the config's own are in `gateway`. */
  readonly fileTokens: Readonly<Record<string, TokenConfig>>
  readonly tokensFile: string
  /** Absent without a lock, or with one that is none. */
  readonly lock?: Lock
  /** The text of gateway-env.d.ts. */
  readonly types?: string
  readonly names: Names
  /** What is there, but faulty: nothing may follow from its absence. */
  readonly dropped: ReadonlySet<string>
}

/** What is declared, faulty or not; null where that cannot be known, so that
 * no reference is called unknown. */
export interface Names {
  readonly servers: readonly string[] | null
  readonly roles: readonly string[] | null
  readonly teams: readonly string[] | null
}

export function check(input: CheckInput): Result<Checked> {
  const shaped = checkShape(input.authored)
  const { config } = shaped
  if (!config) return { diagnostics: shaped.diagnostics }
  // Judged in the place where the config would have them.
  const records = { servers: {}, tokens: { grants: input.tokens } }
  const tokens = checkShape(records)
  const fileTokens = tokens.config?.tokens?.grants ?? {}
  const inFile = { servers: {}, tokens: { grants: fileTokens } }
  const checkedLock = checkLock(input.lock)
  const lock = addOffers(checkedLock.value, input.offers)
  const faulty = new Set([...shaped.dropped, ...tokens.dropped])
  const found = [
    ...shaped.diagnostics,
    ...tokens.diagnostics,
    ...[config, inFile].flatMap(checkValues),
    ...checkSecrets(input.authored),
    ...checkReferences(input.authored),
    ...checkHeaders(config),
    ...checkPaths(config),
    ...checkExposure(config, faulty),
    ...checkSpans(config),
    ...checkShared(config),
    ...findPending(config),
    ...checkedLock.diagnostics,
  ]
  const leaked = new Set(pointersOf(found, 'GW2015'))
  // What to do about a credential goes before the form of a reference.
  const diagnostics = found.filter(
    ({ code, pointer }) => code !== 'GW2013' || !leaked.has(pointer),
  )
  const odd = pointersOf(found, 'GW2009')
  const dropped = new Set([...faulty, ...odd])
  const declared = (section: 'servers' | 'roles' | 'teams') =>
    shaped.lost.has(section) ? null : keysOf(input.authored, section)
  const names = {
    servers: declared('servers'),
    roles: declared('roles'),
    teams: declared('teams'),
  }
  const { tokensFile, types } = input
  const value = {
    gateway: config,
    fileTokens,
    tokensFile,
    ...(lock && { lock }),
    ...(types !== undefined && { types }),
    names,
    dropped,
  }
  return { value, diagnostics }
}

function pointersOf(
  found: readonly Diagnostic[],
  code: Code,
): readonly string[] {
  return found.filter((one) => one.code === code).map(({ pointer }) => pointer)
}

function keysOf(authored: unknown, section: string): readonly string[] {
  const value = (authored as Record<string, unknown>)[section]
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

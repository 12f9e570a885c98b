// The check stage: faults of an authored config that need no resolved name.
// In: the result of load. Out: a valid config, and all findings at once.
// INVARIANT: a faulty part is dropped after its one finding, so that no later
// stage reports it again.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic, Result } from '../contract/diagnostic.ts'
import type { Lock } from '../contract/lock.ts'
import type { TokenConfig } from '../contract/policy.ts'
import type { Code } from '../diagnostics/codes.ts'
import { checkExposure } from './exposure.ts'
import { checkHeaders } from './headers.ts'
import { addOffers, checkLock } from './lock.ts'
import { checkLogin } from './login.ts'
import { checkOutward } from './outward.ts'
import { checkPaths } from './paths.ts'
import { checkPublicUrl } from './public-url.ts'
import { checkReferences } from './references.ts'
import { checkSecrets } from './secrets.ts'
import { checkShape } from './shape.ts'
import { checkShared } from './shared.ts'
import { checkSignIn } from './sign-in.ts'
import { checkSpans } from './spans.ts'
import { checkValues } from './values.ts'

/** The result of load. */
export interface CheckInput {
  readonly authored: unknown
  readonly tokens: Readonly<Record<string, unknown>>
  readonly tokensFile: string
  readonly lock?: unknown
  readonly types?: string
  /** What unlocked servers offer, if they were contacted. */
  readonly offers?: Lock['servers'] | undefined
}

export interface Checked {
  readonly gateway: GatewayConfig
  /** Records of the tokens file; the config's own records are in `gateway`. */
  readonly fileTokens: Readonly<Record<string, TokenConfig>>
  readonly tokensFile: string
  /** Absent without a lock, or with an invalid one. */
  readonly lock?: Lock
  /** The text of gateway-env.d.ts. */
  readonly types?: string
  readonly names: Names
  /** Faulty parts that were dropped: their absence is no further fault. */
  readonly dropped: ReadonlySet<string>
}

/** Declared names, faulty or not; null where they cannot be read, so that no
 * reference is reported as unknown. */
export interface Names {
  readonly servers: readonly string[] | null
  readonly roles: readonly string[] | null
  readonly teams: readonly string[] | null
}

export function check(input: CheckInput): Result<Checked> {
  const shaped = checkShape(input.authored)
  const { config } = shaped
  if (!config) return { diagnostics: shaped.diagnostics }
  // Checked at the place where the config would contain them.
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
    ...checkSignIn(config),
    ...checkLogin(config),
    ...checkOutward(config),
    ...checkPaths(config),
    ...checkExposure(config, faulty),
    ...checkPublicUrl(config, faulty),
    ...checkSpans(config),
    ...checkShared(config),
    ...checkedLock.diagnostics,
  ]
  const leaked = new Set(pointersOf(found, 'GW2015'))
  // The finding about a credential replaces the one about a reference's form.
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

// The check stage: what an authored config says by itself, without its names.
// In: what load gave. Out: a config that holds, and every finding at once.
// INVARIANT: a poisoned part is dropped after its one finding, so that no later
// stage reports it again.

import type { GatewayConfig } from '../contract/config.ts'
import type { Diagnostic, Result } from '../contract/diagnostic.ts'
import type { TokenConfig } from '../contract/policy.ts'
import { checkExposure } from './exposure.ts'
import { findPending } from './pending.ts'
import { checkSecrets } from './secrets.ts'
import { openShape } from './shape.ts'
import { checkValues } from './values.ts'

/** What load hands over. */
export interface CheckInput {
  readonly authored: unknown
  readonly tokens: Readonly<Record<string, unknown>>
  readonly tokensFile: string
  readonly schema: object
}

export interface Checked {
  readonly gateway: GatewayConfig
  /** Records of the tokens file; the config's own are in `gateway`. */
  readonly fileTokens: Readonly<Record<string, TokenConfig>>
  readonly tokensFile: string
  readonly names: Names
}

/** What is declared, faulty or not; null where that cannot be known, so that
 * no reference is called unknown. */
export interface Names {
  readonly servers: readonly string[] | null
  readonly roles: readonly string[] | null
  readonly teams: readonly string[] | null
}

export function check(input: CheckInput): Result<Checked> {
  const checkShape = openShape(input.schema)
  const shaped = checkShape(input.authored)
  const { config } = shaped
  if (!config) return { diagnostics: shaped.diagnostics }
  // Judged in the place where the config would have them.
  const records = { servers: {}, tokens: { grants: input.tokens } }
  const tokens = checkShape(records)
  const fileTokens = tokens.config?.tokens?.grants ?? {}
  const diagnostics = [
    ...shaped.diagnostics,
    ...tokens.diagnostics,
    ...checkBoth(config, fileTokens),
    ...checkSecrets(input.authored),
    ...checkExposure(config),
    ...findPending(config),
  ]
  const declared = (section: 'servers' | 'roles' | 'teams') =>
    shaped.lost.has(section) ? null : keysOf(input.authored, section)
  const names = {
    servers: declared('servers'),
    roles: declared('roles'),
    teams: declared('teams'),
  }
  const { tokensFile } = input
  const value = { gateway: config, fileTokens, tokensFile, names }
  return { value, diagnostics }
}

/** The same rules for the config and for the records of the tokens file. */
function checkBoth(
  config: GatewayConfig,
  grants: Readonly<Record<string, TokenConfig>>,
): readonly Diagnostic[] {
  const records: GatewayConfig = { servers: {}, tokens: { grants } }
  return [config, records].flatMap(checkValues)
}

function keysOf(authored: unknown, section: string): readonly string[] {
  const value = (authored as Record<string, unknown>)[section]
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

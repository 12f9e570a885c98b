// A random config through the pure stages, and who is in it.
// In: an authored config with its lock. Out: its artefact, or undefined where
// the compiler refuses it.

import { check } from '../../src/check/check.ts'
import { LOCK_FORMAT } from '../../src/contract/lock.ts'
import type { Artefact, RoutingTable } from '../../src/contract/table.ts'
import { hasErrors } from '../../src/diagnostics/report.ts'
import { link } from '../../src/link/link.ts'
import type { Principal } from '../../src/table/access.ts'
import { buildArtefact } from '../../src/table/build.ts'
import type { Grantee } from '../../src/table/decide.ts'
import { granteeOf, whoOf } from '../../src/table/expect.ts'
import { Discard } from './property.ts'
import type { Authored } from './random-config.ts'

export interface Judged {
  readonly codes: readonly string[]
  readonly artefact: Artefact | undefined
}

export function judgeConfig({ config, lock }: Authored): Judged {
  const files = { tokens: {}, tokensFile: 'gateway.tokens.toml' }
  const locked = { formatVersion: LOCK_FORMAT, servers: lock }
  const input = { authored: config, ...files, lock: locked }
  const { value, diagnostics } = check(input)
  const linked = value && link(value, () => '')
  const found = [...diagnostics, ...(linked?.diagnostics ?? [])]
  const codes = found.map(({ code }) => code)
  if (!linked?.value || hasErrors(found)) return { codes, artefact: undefined }
  return { codes, artefact: buildArtefact(linked.value) }
}

/** Of a config that compiles; another is no example. */
export function makeArtefact(authored: Authored): Artefact {
  const { artefact } = judgeConfig(authored)
  if (!artefact) throw new Discard()
  return artefact
}

export function makeTable(authored: Authored): RoutingTable {
  return makeArtefact(authored).table
}

export interface Holder {
  readonly principal: Principal
  readonly grantee: Grantee
  /** "token aaaaaaaaaaa1", for a message. */
  readonly title: string
}

/** Everybody of a table: its roles, teams and tokens. */
export function listHolders(table: RoutingTable): readonly Holder[] {
  const { roles, teams, tokens } = table
  const of = (kind: Principal['kind'], section: object) =>
    Object.keys(section).map((name) => {
      const principal = { kind, name }
      const grantee = granteeOf(table, whoOf(principal))
      return { principal, grantee, title: `${kind} ${name}` }
    })
  return [...of('role', roles), ...of('team', teams), ...of('token', tokens)]
}

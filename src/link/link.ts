// The link stage: names resolved, roles flattened, defaults filled in.
// In: the result of check. Out: the parts of a table, and all findings at once.
// INVARIANT: pure; with an error among the findings, the value serves only for
// further findings, never for a table.

import type { Checked, Names } from '../check/check.ts'
import type { Diagnostic, Result } from '../contract/diagnostic.ts'
import { MAX_OF_ONE_CODE } from '../diagnostics/bounded.ts'
import { findIdleConditions } from './conditions.ts'
import type { LinkContext, Linked } from './context.ts'
import { findExposureFaults } from './exposed.ts'
import { linkLimits } from './limits.ts'
import { linkLock } from './lock.ts'
import { findLockFaults } from './locked.ts'
import { linkLogin } from './login.ts'
import { linkRoles, linkTeams } from './roles.ts'
import { linkServers } from './servers.ts'
import { linkSettings } from './settings.ts'
import { linkTests } from './tests.ts'
import { linkTokens } from './tokens.ts'

export function link(
  checked: Checked,
  folderOf: (pointer: string) => string,
): Result<Linked> {
  const { diagnostics, ...reporting } = openReport()
  const isDeclared = indexNames(checked.names)
  const context = { checked, folderOf, isDeclared, ...reporting }

  const servers = linkServers(context)
  const locked = linkLock(context)
  const roles = linkRoles(context)
  const teams = linkTeams(context)
  const limits = linkLimits(context)
  const tokens = linkTokens(context, teams)
  const tests = linkTests(context, tokens, locked.lock)
  const login = linkLogin(context)
  const settings = linkSettings(context)
  const named = { servers, roles, teams, limits, tokens, tests }
  const value = { ...settings, ...named, ...locked, login }
  diagnostics.push(
    ...findIdleConditions(value),
    ...findExposureFaults(value),
    ...findLockFaults(value),
  )
  const { dropped } = checked
  const sound = diagnostics.filter(({ pointer }) => !dropped.has(pointer))
  return { value, diagnostics: sound }
}

function openReport() {
  const diagnostics: Diagnostic[] = []
  const counts = new Map<string, number>()
  const report = (finding: Diagnostic): void => {
    diagnostics.push(finding)
    counts.set(finding.code, (counts.get(finding.code) ?? 0) + 1)
  }
  const isEnough = (code: string) => (counts.get(code) ?? 0) > MAX_OF_ONE_CODE
  return { diagnostics, report, isEnough }
}

function indexNames(names: Names): LinkContext['isDeclared'] {
  const sets = {
    servers: new Set(names.servers),
    roles: new Set(names.roles),
    teams: new Set(names.teams),
  }
  return (section, name) => sets[section].has(name)
}

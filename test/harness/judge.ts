// The shortest way from a part of a config to what it decides.
// In: sections, beside servers `a` and `b`. Out: codes, the table, decisions.
// INVARIANT: goes by a file on the disk and compile(), as a user's config does.

import type { Test } from 'tap'
import { compile } from '../../src/compile.ts'
import type { Kind, RoutingTable } from '../../src/contract/table.ts'
import { decide } from '../../src/table/decide.ts'
import { granteeOf } from '../../src/table/expect.ts'

export const NOW = Date.UTC(2026, 10, 22)
export const HTTP = { type: 'http', url: 'https://example.com/mcp' }

export interface Answer {
  /** Of errors and warnings, each once; of lints only the one of names. */
  readonly codes: readonly string[]
  readonly digest: string | undefined
  readonly table: RoutingTable
  /** Whether that role may use it: `a/get_issue`. */
  readonly may: (role: string, use: string, args?: object) => boolean
}

export async function answer(t: Test, part: object): Promise<Answer> {
  const config = { servers: { a: HTTP, b: HTTP }, ...part }
  const text = JSON.stringify(config)
  const cwd = t.testdir({ 'gateway.config.json': text })
  const { artefact, diagnostics } = await compile({ cwd, now: NOW })
  // A test that expects codes asks no more.
  const table = artefact?.table as RoutingTable
  const codes = diagnostics
    .filter(({ severity }) => severity !== 'info')
    .map(({ code }) => code)
    .filter((code) => code === 'GW4016' || !code.startsWith('GW4'))
  return {
    codes: [...new Set(codes)],
    digest: artefact?.digest,
    table,
    may: (role, use, args) => isAllowed(table, role, 'tool', use, args),
  }
}

export function isAllowed(
  table: RoutingTable,
  role: string,
  kind: Kind,
  use: string,
  args?: object,
): boolean {
  const [server = '', ...name] = use.split('/')
  const grantee = granteeOf(table, { role })
  const given = args && { value: args }
  const path = name.join('/')
  return decide(table, grantee, server, kind, path, given).verdict === 'allow'
}

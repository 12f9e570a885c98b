// Unused grants, for people at a terminal and for programs.
// In: a report, the read calls. Out: text with roles to paste, or JSON.
// INVARIANT: warnings that the audit is incomplete come before the results.

import {
  formatJson,
  joinPlain,
  json,
  type Plain,
  plain,
  plainLines,
  type Shown,
  whole,
} from '../../diagnostics/shown.ts'
import type { Span } from '../../trail/instants.ts'
import type {
  EntryReport,
  NarrowRole,
  UnusedReport,
} from '../../trail/unused.ts'
import type { Coverage } from '../../trail/uses.ts'
import { joinBlocks, tabulate } from '../columns.ts'
import type { AuditUnusedDocument } from '../documents/running.ts'
import { countOf } from './diff-words.ts'
import { formatReach } from './replay.ts'

export interface Unused {
  readonly report: UnusedReport
  readonly calls: number
  readonly refused: number
  readonly span: Span
  readonly digest: string
  readonly coverage: Coverage
  readonly warnings: readonly string[]
}

export function formatUnusedVerdict({ report, calls }: Unused): string {
  const { entries, tokens } = report
  const idle = entries.filter((entry) => entry.calls === 0)
  const parts = [
    `${idle.length} of ${countOf(entries.length, 'grant') || '0 grants'}`,
    countOf(tokens.length, 'token'),
  ].filter((part) => part !== '')
  return `Unused: ${parts.join(', ')}, in ${calls === 1 ? '1 call' : `${calls} calls`}`
}

export function renderUnused(told: Unused): Plain {
  const { report, refused, coverage, warnings, digest } = told
  const { entries, tokens, idleRoles, roles, expectations } = report
  const idle = entries.filter(({ calls }) => calls === 0)
  const blocks = [
    [formatUnusedVerdict(told)],
    warnings.map((warning) => `warning: ${warning}`),
    idle.length === 0 ? [] : [tabulate(HEADS, idle.map(formatEntry))],
    tokens.length === 0
      ? []
      : [
          'tokens that called nothing:',
          ...tokens.map(
            ({ id, subject, team, created, at }) =>
              `  ${subject} (${id})${team === null ? '' : `, team ${team}`}, ` +
              `of ${created.slice(0, 10)}${at === null ? '' : `, ${at}`}`,
          ),
        ],
    idleRoles.length === 0
      ? []
      : [
          'tokens that used nothing of a role they have:',
          ...idleRoles.map(
            ({ id, subject, roles }) =>
              `  ${subject} (${id}): ${roles.join(', ')}`,
          ),
        ],
    describeRoles(told),
    roles.map(writeRole),
    expectations.length === 0
      ? []
      : [
          'expectations that need unused grants:',
          ...expectations.map((one) => `  ${one}`),
        ],
    [
      ...(refused === 0
        ? []
        : [
            `left out: ${countOf(refused, 'call')} that this config would refuse or cannot identify`,
          ]),
      `digest ${digest.slice(0, 12)}; ${formatReach(coverage)}`,
    ],
  ]
  return joinBlocks(blocks)
}

const HEADS = ['ROLE', 'SERVER', 'GRANT', 'HELD BY', 'RULE']

function formatEntry(told: EntryReport): readonly string[] {
  const { role, server, entry, holders, at, rule } = told
  const grant = typeof entry === 'string' ? entry : writeValue(entry)
  const held = countOf(holders, 'token') || 'nobody'
  return [role, server, grant, held, at ?? rule]
}

function describeRoles({ report, calls, refused }: Unused): readonly string[] {
  const { roles, judged } = report
  if (roles.length === 0) return []
  const kept = calls - refused
  return [
    `Narrower roles that allow ${kept === 1 ? 'the 1 recorded call' : `all ${kept} recorded calls`} ` +
      `(${countOf(judged, 'distinct use') || 'none'}, each checked with these roles before they were printed).`,
    'Write each in place of the `allow` of its role; the rest stays:',
  ]
}

function writeRole({ role, at, allow }: NarrowRole): Plain {
  const servers = Object.entries(allow).map(
    ([server, entries]) =>
      plain`    ${writeKey(server)}: ${wrap(entries.map(writeValue))},\n`,
  )
  const body =
    servers.length === 0 ? plain`{}` : plain`{\n${joinPlain(servers)}  }`
  const place = at === null ? plain`` : plain`  // ${at}\n`
  return whole(plain`${place}  ${writeKey(role)}: { allow: ${body} },\n`)
}

/** With more than these, each is on its own line, however short. */
const FEW = 3

function wrap(items: readonly string[]): Plain {
  if (items.length <= FEW) return plain`[${items.join(', ')}]`
  return plain`[\n${plainLines(items.map((item) => `      ${item},`))}    ]`
}

/** The authored form, in a TypeScript config. */
function writeValue(value: unknown): string {
  if (typeof value === 'string') return writeText(value)
  if (Array.isArray(value)) return `[${value.map(writeValue).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const pairs = Object.entries(value).map(
    ([key, one]) => `${writeKey(key)}: ${writeValue(one)}`,
  )
  return `{ ${pairs.join(', ')} }`
}

function writeKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : writeText(key)
}

function writeText(text: string): string {
  const inner = formatJson(text).slice(1, -1).replaceAll('\\"', '"')
  return `'${inner.replaceAll("'", "\\'")}'`
}

export function renderUnusedJson(told: Unused): Shown {
  const { report, calls, refused, digest, coverage, warnings, span } = told
  const { count, ...reach } = coverage
  const instant = (at: number) =>
    Number.isFinite(at) ? new Date(at).toISOString() : null
  const object: AuditUnusedDocument = {
    formatVersion: 1,
    command: 'audit unused',
    headline: formatUnusedVerdict(told),
    digest,
    since: instant(span.since),
    until: instant(span.until),
    warnings,
    calls,
    leftOut: refused,
    ...report,
    audit: { ...reach, lines: count.lines, damaged: count.damaged },
  }
  return json(object)
}

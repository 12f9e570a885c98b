// All that a principal may use, for people and programs.
// In: uses with their conditions and limits. Out: text.
// INVARIANT: one line for each use; no text of a config can forge a line.

import type { Places } from '../../contract/table.ts'
import {
  joinPlain,
  json,
  type Plain,
  plain,
  plainLines,
  type Shown,
} from '../../diagnostics/shown.ts'
import type { Access, Principal, Use } from '../../table/access.ts'
import { alignRows } from '../columns.ts'
import type { AccessDocument } from '../documents/answers.ts'
import { formatConditions, formatPrincipal } from './diff-words.ts'

export interface UsedAccess {
  readonly use: Use
  /** The name for clients. */
  readonly exposed: string
  readonly access: Access
  /** The names of the limits that count it. */
  readonly limits: readonly string[]
}

export interface AccessTold {
  readonly principal: Principal
  /** For a token. */
  readonly subject: string | null
  /** Why the token itself is refused; null if it is valid. */
  readonly state: string | null
  readonly used: readonly UsedAccess[]
  /** How many more uses there are. */
  readonly others: number
  readonly limits: readonly {
    readonly name: string
    readonly text: string
    readonly rule: string
  }[]
  readonly places: Places
}

export function renderAccess(told: AccessTold): Plain {
  const { principal, subject, state, used, others, limits, places } = told
  const subjects = subject === null ? {} : { [principal.name]: { subject } }
  const who = formatPrincipal(principal, subjects)
  const all = used.length + others
  const lines = [
    `${who} may use ${used.length} of ${all}`,
    ...(state ? [state] : []),
  ]
  const at = (rule: string | null) =>
    rule === null ? '' : (places[rule] ?? rule)
  const rows = used.map(({ use, access, limits: names }) => {
    const conditions = formatConditions(access)
    return [
      '',
      at(access.rule),
      nameUse(use),
      conditions === 'without a condition' ? '' : conditions,
      names.length === 0 ? '' : `limit ${names.join(', ')}`,
    ]
  })
  const limited = limits.map(({ name, text, rule }) => [
    '',
    at(rule),
    `limit ${name}: ${text}`,
  ])
  const gap = plain`\n`
  return joinPlain([
    plainLines(lines),
    ...(rows.length > 0 ? [gap, alignRows(rows)] : []),
    ...(limited.length > 0 ? [gap, alignRows(limited)] : []),
  ])
}

/** A tool without its kind, as most are tools; a pattern stands for all. */
function nameUse({ server, kind, name }: Use): string {
  return `${kind === 'tool' ? '' : `${kind} `}${server}/${name}`
}

export function renderAccessJson({ places, ...told }: AccessTold): Shown {
  const at = (rule: string | null) =>
    rule === null ? null : (places[rule] ?? null)
  const used = told.used.map(({ use, exposed, access, limits }) => ({
    ...use,
    exposed,
    rule: access.rule,
    at: at(access.rule),
    only: access.only,
    never: access.never,
    limits,
  }))
  const limits = told.limits.map((one) => ({ ...one, at: at(one.rule) }))
  const object: AccessDocument = {
    formatVersion: 1,
    command: 'explain',
    ...told,
    used,
    limits,
  }
  return json(object)
}

// A decision and its chain, or the holders of a use, for people and programs.
// In: an explanation with the places of its rules. Out: text.
// INVARIANT: a place comes before each step that has one, so that a terminal
// can open it; no text of a config can forge a line.

import type { Places, RoutingTable } from '../../contract/table.ts'
import {
  joinPlain,
  json,
  type Plain,
  plain,
  plainLines,
  type Shown,
} from '../../diagnostics/shown.ts'
import type { Access, Principal, Use } from '../../table/access.ts'
import type { Explanation, Step } from '../../table/explain.ts'
import { alignRows } from '../columns.ts'
import type { DecisionDocument, HoldersDocument } from '../documents/answers.ts'
import { formatConditions, formatPrincipal } from './diff-words.ts'

export interface Explained {
  readonly principal: Principal
  /** For a token. */
  readonly subject: string | null
  readonly use: Omit<Use, 'locked'>
  /** The name for clients. */
  readonly exposed: string
  /** Why the token itself is refused; null if it is valid. */
  readonly state: string | null
  /** Which arguments are allowed; '' for any, and for given ones. */
  readonly conditions: string
  /** The config disables the server: nobody can use it. */
  readonly disabled: boolean
  /** For `unknown`: the locked name that was probably meant. */
  readonly meant: string | null
  /** As whom the server sees the call; null: as nobody in particular. */
  readonly identity: string | null
  readonly places: Places
  readonly explanation: Explanation
}

const WORDS = Object.freeze({
  allowed: 'may use',
  denied: 'may not use',
  constrained: 'may not use, with these arguments,',
  withheld: 'cannot see',
  unknown: 'has no',
})

export function renderExplanation(told: Explained): Plain {
  const { principal, subject, use, exposed, explanation, places } = told
  const { verdict, steps, limits, nearest, decision } = explanation
  const subjects = subject === null ? {} : { [principal.name]: { subject } }
  const who = formatPrincipal(principal, subjects)
  const what = `${use.server}/${use.name}`
  const seen = exposed === use.name ? '' : ` (clients see ${exposed})`
  const when = told.conditions === '' ? '' : `, ${told.conditions}`
  const lines = [
    `${verdict}: ${who} ${WORDS[verdict]} ${what}${seen}${when}`,
    ...(told.state ? [told.state] : []),
    ...(told.disabled ? [tellDisabled(use)] : []),
    ...(told.identity && verdict === 'allowed'
      ? [`${use.server} sees ${told.identity}`]
      : []),
    ...(told.meant ? [`did you mean ${use.server}/${told.meant}?`] : []),
  ]
  const rows = showSteps(steps, decision.rule).map((step) => [
    '',
    step.rule === null ? '' : (places[step.rule] ?? step.rule),
    `${step.rule !== null && step.rule === decision.rule ? '→' : ' '} ${step.text}`,
  ])
  const limited = limits.map(({ name, text, rule, counts }) => [
    '',
    places[rule] ?? rule,
    `  limit ${name}: ${text}${describeCounts(counts)}`,
  ])
  return joinPlain([
    plainLines(lines),
    plain`\n`,
    alignRows([...rows, ...limited]),
    plainLines(describeNearest(nearest, places)),
  ])
}

function tellDisabled({ server }: Explained['use']): string {
  return `server ${server} is disabled: all calls to it are refused, whatever the rules say`
}

/** Entries that do not match are only counted if they are many. */
const FEW = 12

function showSteps(steps: readonly Step[], rule: string | null) {
  const idle = steps.filter(
    (step) =>
      !step.matches &&
      step.rule !== rule &&
      (step.what === 'allow' || step.what === 'deny'),
  )
  if (idle.length <= FEW) return steps
  const rest = {
    text: `${idle.length} more entries do not match`,
    rule: null,
  }
  return [...steps.filter((step) => !idle.includes(step)), rest]
}

function describeCounts(counts: boolean | null): string {
  if (counts === null) return ''
  return counts ? ', counts this call' : ', does not count these arguments'
}

function describeNearest(
  nearest: Explanation['nearest'],
  places: Places,
): readonly string[] {
  if (!nearest) return []
  const { text, rule, edit } = nearest
  const place = rule === null ? '' : ` (${places[rule] ?? rule})`
  return [
    '',
    `nearest: ${text}${place}`,
    ...(edit ? [`to allow it: ${edit}`] : []),
  ]
}

export function renderExplanationJson(told: Explained): Shown {
  const { places, explanation, ...rest } = told
  const at = (rule: string | null) =>
    rule === null ? null : (places[rule] ?? null)
  const { decision, steps, limits, nearest, verdict } = explanation
  const object: DecisionDocument = {
    formatVersion: 1,
    command: 'explain',
    verdict,
    ...rest,
    decision: { ...decision, at: at(decision.rule) },
    steps: steps.map((step) => ({ ...step, at: at(step.rule) })),
    limits: limits.map((limit) => ({ ...limit, at: at(limit.rule) })),
    nearest: nearest && { ...nearest, at: at(nearest.rule) },
  }
  return json(object)
}

export interface Holders {
  readonly use: Omit<Use, 'locked'>
  readonly exposed: string
  readonly holders: readonly {
    readonly principal: Principal
    readonly access: Access
  }[]
  /** Tokens that are revoked, expired or not valid yet. */
  readonly idle: number
  readonly tokens: RoutingTable['tokens']
  readonly places: Places
  /** Its server is locked, but the name is not in the lock. */
  readonly unlocked: boolean
  /** The config disables the server: nobody can use it. */
  readonly disabled: boolean
}

export function renderHolders(told: Holders): Plain {
  const { use, exposed, holders, idle, tokens, places } = told
  const what = `${use.server}/${use.name}`
  const seen = exposed === use.name ? '' : ` (clients see ${exposed})`
  const left =
    idle === 0 ? plain`` : plain`${idle} more token(s) are not valid now\n`
  const absent = told.unlocked
    ? plain`the lock of ${use.server} has no ${use.kind} ${use.name}: hidden from all clients\n`
    : plain``
  const off = told.disabled ? plain`${tellDisabled(use)}\n` : plain``
  if (holders.length === 0) {
    return plain`no principal may use ${what}${seen}\n${off}${absent}${left}`
  }
  const rows = holders.map(({ principal, access }) => {
    const conditions = formatConditions(access)
    return [
      '',
      access.rule === null ? '' : (places[access.rule] ?? access.rule),
      formatPrincipal(principal, tokens),
      conditions === 'without a condition' ? '' : conditions,
    ]
  })
  return plain`${what}${seen} may be used by:\n${off}\n${alignRows(rows)}${left}`
}

export function renderHoldersJson({ places, tokens, ...told }: Holders): Shown {
  const holders = told.holders.map(({ principal, access }) => ({
    ...principal,
    ...(principal.kind === 'token' && {
      subject: tokens[principal.name]?.subject ?? '',
    }),
    rule: access.rule,
    at: access.rule === null ? null : (places[access.rule] ?? null),
    only: access.only,
    never: access.never,
  }))
  const object: HoldersDocument = {
    formatVersion: 1,
    command: 'explain',
    ...told,
    holders,
  }
  return json(object)
}

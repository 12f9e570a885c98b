// Argument constraints: whether one `when` holds for these arguments.
// In: constraints by argument, the arguments. Out: the constraints that fail.
// INVARIANT: a constraint that cannot be judged fails an allow and satisfies a
// deny, so doubt never allows anything.

import type { Constraint, When } from '../contract/table.ts'
import { type Args, toArguments } from './arguments.ts'
import { isEvasive } from './evasion.ts'
import { isTooLong, makeTest } from './judge.ts'

/** The side of a constraint: doubt is decided against the caller. */
export type Side = 'allow' | 'deny'

/** The arguments of `when` that do not hold on `side`; none: it matches. */
export function unmetArguments(
  when: When,
  args: Args,
  side: Side,
): readonly string[] {
  const given = toArguments(args)
  return Object.keys(when).filter(
    (name) => !holds(when[name] as Constraint, given.find(name), side),
  )
}

/** Why the constraints on these arguments could not be judged. */
export function explainDoubt(
  when: When,
  args: Args,
  names: readonly string[],
): string | undefined {
  const twin = explainTwin(args, names)
  if (twin !== undefined) return twin
  const given = toArguments(args)
  const long = names.find((name) => isTooLong([given.find(name)].flat()))
  if (long !== undefined) return `\`${long}\` is too long to be checked`
  const evasive = names
    .filter((name) => when[name]?.glob !== undefined)
    .flatMap((name) => [given.find(name)].flat())
    .some((value) => typeof value === 'string' && isEvasive(value))
  return evasive ? EVASIVE : undefined
}

/** Arguments with another spelling beside them, or with too many others to
 * compare. */
export function explainTwin(
  args: Args,
  names: readonly string[],
): string | undefined {
  const given = toArguments(args)
  for (const name of names) {
    const problem = given.explain(name)
    if (problem !== undefined) return `\`${name}\` ${problem}`
  }
  return undefined
}

const EVASIVE =
  'no pattern matches a text with a `.` or `..` segment, or a backslash'

/** "`owner` must be one of acme, beta", for an agent. */
export function describeConstraint(name: string, rule: Constraint): string {
  const parts: string[] = []
  if (rule.equals !== undefined) parts.push(`be ${formatValue(rule.equals)}`)
  if (rule.in) parts.push(`be one of ${rule.in.map(formatValue).join(', ')}`)
  if (rule.glob !== undefined) {
    parts.push(`match \`${rule.glob}\` without \`.\` or \`..\` segments`)
  }
  const { min, max } = rule
  const bounds = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ]
  if (bounds.length > 0) parts.push(`be ${bounds.join(' and ')}`)
  return `\`${name}\` must ${parts.join(' and ')}`
}

/** "owner in `acme`, `beta`; force = false", for a reviewer; equal for equal
 * constraints, whatever their order. */
export function describeWhen(when: When): string {
  return Object.keys(when)
    .sort()
    .map((name) => {
      const { equals, in: among, glob, min, max } = when[name] as Constraint
      const parts: string[] = []
      if (equals !== undefined) parts.push(`= ${formatValue(equals)}`)
      if (among) parts.push(`in ${among.map(formatValue).sort().join(', ')}`)
      if (glob !== undefined) parts.push(`like ${formatValue(glob)}`)
      if (min !== undefined) parts.push(`>= ${min}`)
      if (max !== undefined) parts.push(`<= ${max}`)
      return `${name} ${parts.join(' and ')}`
    })
    .join('; ')
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? `\`${value}\`` : String(value)
}

/** Absent, null or undecided: against the caller. */
function holds(rule: Constraint, value: unknown, side: Side): boolean {
  const test = makeTest(rule)
  const doubt = side === 'deny'
  if (!Array.isArray(value)) return test(value) ?? doubt
  if (value.length === 0 || isTooLong(value)) return doubt
  return side === 'deny'
    ? value.some((item) => test(item) ?? doubt)
    : value.every((item) => test(item) ?? doubt)
}

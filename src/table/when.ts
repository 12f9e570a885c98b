// Argument constraints: does one `when` hold for these arguments?
// In: constraints by argument, the parsed arguments. Out: the first that fails.
// INVARIANT: what a constraint cannot judge fails an allow and satisfies a
// deny, so doubt never opens anything.

import type { Constraint, When } from '../contract/table.ts'
import { isEvasive, matchPattern } from './match.ts'

/** The side a constraint stands on: doubt is resolved against the caller. */
type Side = 'allow' | 'deny'

/** The arguments of `when` that do not hold on `side`; none: it matches. */
export function unmetArguments(
  when: When,
  args: unknown,
  side: Side,
): readonly string[] {
  return Object.keys(when).filter(
    (name) => !holds(when[name] as Constraint, findArgument(args, name), side),
  )
}

/** Whether one of these is a text that no pattern matches, however it reads. */
export function isAnyEvasive(
  when: When,
  args: unknown,
  names: readonly string[],
): boolean {
  return names
    .filter((name) => when[name]?.glob !== undefined)
    .flatMap((name) => [findArgument(args, name)].flat())
    .some((value) => typeof value === 'string' && isEvasive(value))
}

/** "`owner` must be one of acme, beta", for an agent to read. */
export function describeConstraint(name: string, rule: Constraint): string {
  const parts: string[] = []
  if (rule.equals !== undefined) parts.push(`be ${spell(rule.equals)}`)
  if (rule.in) parts.push(`be one of ${rule.in.map(spell).join(', ')}`)
  if (rule.glob !== undefined) {
    parts.push(`match \`${rule.glob}\` without \`.\` or \`..\` segments`)
  }
  if (rule.min !== undefined) parts.push(`be at least ${rule.min}`)
  if (rule.max !== undefined) parts.push(`be at most ${rule.max}`)
  return `\`${name}\` must ${parts.join(' and ')}`
}

/** "owner in `acme`, `beta`; force = false", for a reviewer to read; equal for
 * equal constraints, whatever their order. */
export function describeWhen(when: When): string {
  return Object.keys(when)
    .sort()
    .map((name) => {
      const { equals, in: among, glob, min, max } = when[name] as Constraint
      const parts: string[] = []
      if (equals !== undefined) parts.push(`= ${spell(equals)}`)
      if (among) parts.push(`in ${among.map(spell).sort().join(', ')}`)
      if (glob !== undefined) parts.push(`like ${spell(glob)}`)
      if (min !== undefined) parts.push(`>= ${min}`)
      if (max !== undefined) parts.push(`<= ${max}`)
      return `${name} ${parts.join(' and ')}`
    })
    .join('; ')
}

function spell(value: unknown): string {
  return typeof value === 'string' ? `\`${value}\`` : String(value)
}

/** The members that lead to an argument: a name, or a JSON pointer's parts. */
export function splitArgument(name: string): readonly string[] {
  if (!name.startsWith('/')) return [name]
  return name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function findArgument(args: unknown, name: string): unknown {
  let here = args
  for (const part of splitArgument(name)) {
    if (typeof here !== 'object' || here === null) return undefined
    if (!Object.hasOwn(here, part)) return undefined
    here = (here as Record<string, unknown>)[part]
  }
  return here
}

function holds(rule: Constraint, value: unknown, side: Side): boolean {
  if (value === undefined) return side === 'deny'
  if (!Array.isArray(value)) return judge(rule, value) ?? side === 'deny'
  if (value.length === 0) return side === 'deny'
  const judged = value.map((item) => judge(rule, item) ?? side === 'deny')
  return side === 'deny' ? judged.some(Boolean) : judged.every(Boolean)
}

/** Undefined: the value has a type that the constraint cannot judge. */
function judge(rule: Constraint, value: unknown): boolean | undefined {
  if (typeof value === 'object' && value !== null) return undefined
  if (typeof value === 'number' && !isExact(value)) return undefined
  const checks: (boolean | undefined)[] = []
  if (rule.equals !== undefined) checks.push(equal(rule.equals, value))
  if (rule.in) {
    const each = rule.in.map((wanted) => equal(wanted, value))
    checks.push(
      each.includes(true) ? true : each.includes(false) ? false : undefined,
    )
  }
  if (rule.glob !== undefined) {
    // A value that could mean another place than it spells cannot be judged.
    const plain = typeof value === 'string' && !isEvasive(value)
    checks.push(plain ? matchPattern(rule.glob, value) : undefined)
  }
  const { min, max } = rule
  if (min !== undefined || max !== undefined) {
    checks.push(
      typeof value === 'number'
        ? value >= (min ?? -Infinity) && value <= (max ?? Infinity)
        : undefined,
    )
  }
  if (checks.includes(undefined)) return undefined
  return checks.every(Boolean)
}

/** Beyond this, parsing has rounded: the server may read another number. */
function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

function equal(wanted: unknown, value: unknown): boolean | undefined {
  if (wanted === null || value === null) return wanted === value
  return typeof wanted === typeof value ? wanted === value : undefined
}

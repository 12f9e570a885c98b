// One constraint on one value: it holds, does not hold, or cannot be judged.
// In: a constraint, a value. Out: true, false, or undefined for doubt.
// INVARIANT: only this module decides what can be judged, for every operator;
// an ambiguous value, or a null, cannot (docs/conditions.md).

import type { Constraint } from '../contract/table.ts'
import { judgePath, MAX_TEXT } from './evasion.ts'
import { foldText } from './fold.ts'
import { isExactValue } from './number.ts'

type Scalar = string | number | boolean | null
export type Test = (value: unknown) => boolean | undefined

/** Made once for an argument, for any number of items. */
export function makeTest(rule: Constraint): Test {
  const tests: ((value: NonNullable<Scalar>) => boolean | undefined)[] = []
  const { equals, in: among, glob, min, max } = rule
  if (equals !== undefined) tests.push(testAmong([equals]))
  if (among) tests.push(testAmong(among))
  if (glob !== undefined) tests.push((value) => testGlob(glob, value))
  if (min !== undefined || max !== undefined) {
    tests.push((value) => testRange(min ?? -Infinity, max ?? Infinity, value))
  }
  const named = equals === null || among?.includes(null)
  return (value) => {
    if (value === null) return named ? true : undefined
    if (!isScalar(value)) return undefined
    let holds = true
    for (const test of tests) {
      const one = test(value)
      if (one === undefined) return undefined
      holds &&= one
    }
    return holds
  }
}

/** Items of a list, and keys of an object, that are judged. */
export const MAX_ITEMS = 10_000

/** Whether a list exceeds what conditions judge: by its items, or by the length
 * of their texts. */
export function isTooLong(items: readonly unknown[]): boolean {
  if (items.length > MAX_ITEMS) return true
  let length = 0
  for (const item of items) {
    if (typeof item === 'string') length += item.length
  }
  return length > MAX_TEXT
}

/** A value that every server reads in the same way. */
function isScalar(value: unknown): value is NonNullable<Scalar> {
  if (typeof value === 'number') return isExactValue(value)
  return typeof value === 'string' || typeof value === 'boolean'
}

function testGlob(pattern: string, value: unknown): boolean | undefined {
  if (typeof value !== 'string') return undefined
  const judged = judgePath(pattern, value)
  if (judged === undefined) return undefined
  // As a reader that drops blanks and invisible characters would read it.
  const folded = foldText(value)
  if (folded === value) return judged
  if (folded === undefined) return undefined
  return judgePath(pattern, folded) === judged ? judged : undefined
}

function testRange(
  min: number,
  max: number,
  value: unknown,
): boolean | undefined {
  if (typeof value !== 'number') return undefined
  return value >= min && value <= max
}

function testAmong(
  wanted: readonly Scalar[],
): (value: NonNullable<Scalar>) => boolean | undefined {
  const values = new Set(wanted)
  const types = new Set(wanted.map((one) => typeof one))
  const texts = wanted.filter((one) => typeof one === 'string')
  const folded: ReadonlySet<string | undefined> = new Set(texts.map(foldText))
  const paths = texts.filter((one) => one.includes('/') && !one.includes('*'))
  const others = wanted.filter(
    (one) => typeof one === 'number' || typeof one === 'boolean',
  )
  return (value) => {
    if (values.has(value)) return true
    // Only null is accepted: any other value is different.
    if (wanted.every((one) => one === null)) return false
    if (!types.has(typeof value)) return undefined
    if (typeof value === 'string' && value.length > MAX_TEXT) return undefined
    const doubtful =
      typeof value === 'string'
        ? mayBeText(value, folded, paths) ||
          others.some((one) => mayMean(value, one))
        : texts.some((one) => mayMean(one, value)) ||
          others.some((one) => typeof one !== typeof value)
    return doubtful ? undefined : false
  }
}

/** Whether a text that is none of these may be read as one of them. */
function mayBeText(
  value: string,
  folded: ReadonlySet<string | undefined>,
  paths: readonly string[],
): boolean {
  const read = foldText(value)
  if (value.includes('\0') || read === undefined) return true
  if (folded.has(read)) return true
  return paths.some((path) => judgePath(path, value) !== false)
}

/** Whether a text may be read as this number or flag. */
function mayMean(text: string, wanted: unknown): boolean {
  if (typeof wanted === 'boolean') return true
  const read = foldText(text)?.replaceAll(/[\s_,']/g, '')
  return (
    read === undefined ||
    !/^[ -~]*$/.test(read) ||
    Number(read) === wanted ||
    Number.parseFloat(read) === wanted
  )
}

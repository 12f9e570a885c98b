// The arguments of one call, as every constraint looks at them.
// In: a parsed value, or its JSON text. Out: what stands at a name or pointer.
// INVARIANT: an argument that another reader may find elsewhere is not found
// at all: absent, null's parent missing, or spelt in two ways.

import { foldKey } from './fold.ts'
import { parseExact } from './number.ts'

/** Arguments of a call; what decide() and the limits are given. */
export interface Args {
  readonly value: unknown
}

/** Reads each object's keys once, however many constraints ask. */
export class CallArguments implements Args {
  readonly value: unknown
  readonly #twins = new Map<object, ReadonlySet<string>>()

  constructor(value: unknown) {
    this.value = value
  }

  /** The value at a name or pointer; undefined where no reader is sure to find
   * one. */
  find(name: string): unknown {
    return this.#walk(name).found
  }

  /** Whether a member on the way has another spelling of itself beside it: the
   * server's parser may read that one (design §6). */
  isAmbiguous(name: string): boolean {
    return this.#walk(name).ambiguous
  }

  #walk(name: string): { found: unknown; ambiguous: boolean } {
    let here = this.value
    for (const part of splitArgument(name)) {
      const object = asObject(here)
      if (!object || !Object.hasOwn(object, part)) return ABSENT
      if (Array.isArray(object)) {
        if (!/^(?:0|[1-9]\d*)$/.test(part)) return ABSENT
      } else if (this.#twinsOf(object).has(foldKey(part))) {
        return AMBIGUOUS
      }
      here = object[part]
    }
    return { found: here, ambiguous: false }
  }

  /** Folded keys of an object that two of its members have. */
  #twinsOf(object: object): ReadonlySet<string> {
    const known = this.#twins.get(object)
    if (known) return known
    const seen = new Set<string>()
    const twins = new Set<string>()
    for (const key of Object.keys(object)) {
      const folded = foldKey(key)
      if (seen.has(folded)) twins.add(folded)
      seen.add(folded)
    }
    this.#twins.set(object, twins)
    return twins
  }
}

const ABSENT = { found: undefined, ambiguous: false }
const AMBIGUOUS = { found: undefined, ambiguous: true }

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined
}

/** Of JSON text. A number that a double would round stands there as an object,
 * which no constraint can judge. */
export function parseArguments(text: string): CallArguments {
  return new CallArguments(parseExact(text, () => '{}'))
}

export function toArguments(args: Args): CallArguments {
  return args instanceof CallArguments ? args : new CallArguments(args.value)
}

/** The members that lead to an argument: a name, or a JSON pointer's parts. */
export function splitArgument(name: string): readonly string[] {
  if (!name.startsWith('/')) return [name]
  return name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

// The arguments of one call, as every constraint looks at them.
// In: a parsed value, or its JSON text. Out: what stands at a name or pointer.
// INVARIANT: an argument that another reader may find elsewhere is not found
// at all: absent, null's parent missing, spelt in two ways, or one of too many.

import { MAX_TEXT } from './evasion.ts'
import { foldKey } from './fold.ts'
import { MAX_ITEMS } from './judge.ts'
import { parseExact } from './number.ts'

/** Arguments of a call; what decide() and the limits are given. */
export interface Args {
  readonly value: unknown
}

/** Reads each object's keys once, however many constraints ask. */
export class CallArguments implements Args {
  readonly value: unknown
  readonly #spellings = new Map<object, Spellings>()

  constructor(value: unknown) {
    this.value = value
  }

  /** The value at a name or pointer; undefined where no reader is sure to find
   * one. */
  find(name: string): unknown {
    return this.#walk(name).found
  }

  /** Why none is found though it is there: a member on the way has another
   * spelling of itself beside it, which the server's parser may read (design
   * §6), or nobody can tell. */
  explain(name: string): string | undefined {
    return this.#walk(name).problem
  }

  #walk(name: string): Found {
    let here = this.value
    for (const part of splitArgument(name)) {
      const object = asObject(here)
      if (!object || !Object.hasOwn(object, part)) return ABSENT
      if (Array.isArray(object)) {
        if (!/^(?:0|[1-9]\d*)$/.test(part)) return ABSENT
      } else {
        const { twins, problem } = this.#spellingsOf(object)
        if (problem !== undefined) return { found: undefined, problem }
        if (twins.has(foldKey(part))) return AMBIGUOUS
      }
      here = object[part]
    }
    return { found: here, problem: undefined }
  }

  #spellingsOf(object: object): Spellings {
    const known = this.#spellings.get(object)
    if (known) return known
    const spellings = readSpellings(Object.keys(object))
    this.#spellings.set(object, spellings)
    return spellings
  }
}

interface Found {
  readonly found: unknown
  readonly problem: string | undefined
}

interface Spellings {
  /** Folded keys of an object that two of its members have. */
  readonly twins: ReadonlySet<string | undefined>
  /** Why the keys cannot be told apart. */
  readonly problem: string | undefined
}

const ABSENT: Found = { found: undefined, problem: undefined }
const AMBIGUOUS: Found = { found: undefined, problem: 'is written in two ways' }

function readSpellings(keys: readonly string[]): Spellings {
  const twins = new Set<string>()
  if (keys.length > MAX_ITEMS) {
    return { twins, problem: 'is one of too many arguments' }
  }
  const seen = new Set<string>()
  let length = 0
  for (const key of keys) {
    length += key.length
    const folded = length > MAX_TEXT ? undefined : foldKey(key)
    if (folded === undefined) {
      return {
        twins,
        problem: 'is in an object with a key that cannot be checked',
      }
    }
    if (seen.has(folded)) twins.add(folded)
    seen.add(folded)
  }
  return { twins, problem: undefined }
}

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

// The arguments of a call, in the form in which constraints read them.
// In: a parsed value, or its JSON text. Out: the value at a name or pointer.
// INVARIANT: an argument that another reader may find elsewhere is not found at
// all: under a null, spelled in two ways, or one of too many.

import { MAX_TEXT } from './evasion.ts'
import { foldKey } from './fold.ts'
import { MAX_ITEMS } from './judge.ts'
import { parseExact } from './number.ts'

/** Arguments of a call, for decide() and the limits. */
export interface Args {
  readonly value: unknown
}

/** Reads the keys of each object once, for any number of constraints. */
export class CallArguments implements Args {
  readonly value: unknown
  readonly #spellings = new Map<object, Spellings>()

  constructor(value: unknown) {
    this.value = value
  }

  /** The value at a name or pointer; undefined if a reader may not find it. */
  find(name: string): unknown {
    return this.#walk(name).found
  }

  /** Why a value that is there is not found: a member on its path has another
   * spelling beside it, which the server's parser may read, or there are too
   * many members to compare. */
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
  /** Folded keys that two members of an object share. */
  readonly twins: ReadonlySet<string | undefined>
  /** Why the keys cannot be distinguished. */
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

/** From JSON text. A number that a double would round becomes an object, which
 * no constraint can judge. */
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

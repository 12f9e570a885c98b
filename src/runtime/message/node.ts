// What the scanner found: values by their place in the bytes.
// In: nothing. Out: the types, and the text of a string.
// INVARIANT: nothing is copied or decoded before somebody asks.

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'literal'

/** A value's place in the bytes: `[start, end)`, quotes and braces included. */
export interface Node {
  readonly type: JsonType
  readonly start: number
  readonly end: number
  /** Of an object or array that lies within the kept depth. */
  readonly members: readonly Member[] | undefined
  readonly items: readonly Node[] | undefined
}

export interface Member {
  readonly key: string
  /** Offset of the key's opening quote. */
  readonly start: number
  readonly node: Node
}

/** One shape for all nodes keeps their reading fast. */
export function makeNode(
  type: JsonType,
  start: number,
  end: number,
  members?: readonly Member[],
  items?: readonly Node[],
): Node {
  return { type, start, end, members, items }
}

/** The text of a scanned string whose quotes lie at `start` and `end - 1`. */
export function decodeString(
  bytes: Buffer,
  start: number,
  end: number,
): string {
  const raw = bytes.toString('utf8', start + 1, end - 1)
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

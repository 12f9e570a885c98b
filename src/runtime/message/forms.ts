// Reads a text that has the form of an earlier one, which differs in its values.
// In: bytes. Out: what a scan would find. INVARIANT: all that is around the values
// is compared, byte for byte, with a text that was accepted with the same options;
// of the values of that one, only `jsonrpc` and `method` are kept.

import { type Member, makeNode, type Node, type Values } from './scan.ts'

/** Bytes of a text whose form is kept. */
const LONGEST = 1_024

/** Bytes of a text that may have one. A longer one costs more than its form
 * saves, read in vain; and it may hold more values than are accepted. */
const LONGEST_READ = 4 * 1024

/** Most forms that are kept: a client writes few, and a server too. */
const MOST = 8

/** Of so many short texts without a known form, the first one's is kept. */
const RARE = 8

/** Levels below those that are kept in which a form knows the keys too. */
export const BELOW = 2

/** Most members of an object there, if all of them are texts: what a client says
 * of itself, and the text of an answer. */
const FEW = 4

/** A text that was accepted. */
export interface Example {
  readonly bytes: Buffer
  readonly root: Node
  /** The same, with the members of more levels. */
  readonly deep: Node
  /** '' for a response. */
  readonly method: string
  /** Those of its values that are of the form. */
  readonly fixed: readonly (Node | undefined)[]
}

export class Forms {
  readonly #known: TextForm[] = []
  /** The form of the last text: most likely of the next too. */
  #last = 0
  #misses = 0

  /** The form of these bytes, which has read them. */
  find(bytes: Buffer, values: Values): TextForm | undefined {
    const known = this.#known
    if (bytes.length > LONGEST_READ) return undefined
    for (let i = 0; i < known.length; i++) {
      const at = (this.#last + i) % known.length
      const form = known[at] as TextForm
      if (!form.follow(bytes, values)) continue
      this.#last = at
      return form
    }
    return undefined
  }

  /** Whether the form of a text that has none yet is to be kept. */
  learns(bytes: Buffer): boolean {
    return bytes.length <= LONGEST && this.#misses++ % RARE === 0
  }

  learn(example: Example): void {
    const at = Math.floor((this.#misses - 1) / RARE) % MOST
    this.#known[at] = new TextForm(example)
  }
}

/** A value that differs. */
interface Slot {
  readonly type: Node['type']
  readonly level: number
  /** In the text. */
  readonly start: number
  readonly end: number
}

export class TextForm {
  readonly method: string
  readonly #text: Buffer
  readonly #slots: readonly Slot[]
  readonly #root: Node
  /** Of the last text: where its values are, and what was made of it. */
  readonly #starts: number[]
  readonly #ends: number[]
  #made: Node | undefined
  /** The first slot that is not yet made. */
  #next = 0

  constructor({ bytes, root, deep, method, fixed }: Example) {
    this.method = method
    this.#text = Buffer.from(bytes)
    this.#root = root
    this.#slots = listSlots(root, deep, 0, fixed)
    for (const { start, end } of this.#slots) this.#text.fill(0, start, end)
    this.#starts = this.#slots.map(({ start }) => start)
    this.#ends = this.#slots.map(({ end }) => end)
  }

  /** The nodes of the text that was followed last. They hold places alone: a text
   * with the same places has the same. */
  get root(): Node {
    this.#next = 0
    this.#made ??= this.#make(this.#root)
    return this.#made
  }

  follow(bytes: Buffer, values: Values): boolean {
    const text = this.#text
    const slots = this.#slots
    const starts = this.#starts
    const ends = this.#ends
    let at = 0
    let from = 0
    for (let i = 0; i < slots.length; i++) {
      const { type, level, start, end } = slots[i] as Slot
      at = compare(bytes, at, text, from, start)
      if (at === -1 || typeOf(bytes[at]) !== type) return false
      const after = values.skip(at, level)
      if (starts[i] !== at || ends[i] !== after) {
        starts[i] = at
        ends[i] = after
        this.#made = undefined
      }
      at = after
      from = end
    }
    return compare(bytes, at, text, from, text.length) === bytes.length
  }

  #make({ type, start: from, end, members, items }: Node): Node {
    const start = this.#place(from)
    // Copies have their length at once.
    const ownMembers = members?.slice()
    for (let i = 0; ownMembers && i < ownMembers.length; i++) {
      const { key, start, node } = ownMembers[i] as Member
      const at = this.#place(start)
      ownMembers[i] = { key, start: at, node: this.#make(node) }
    }
    const ownItems = items?.slice()
    for (let i = 0; ownItems && i < ownItems.length; i++) {
      ownItems[i] = this.#make(ownItems[i] as Node)
    }
    const slots = this.#slots
    while ((slots[this.#next]?.end ?? Infinity) <= end) this.#next++
    return makeNode(type, start, this.#place(end), ownMembers, ownItems)
  }

  /** Where a place of the text is in the last one: behind the same value. */
  #place(at: number): number {
    const last = this.#next - 1
    if (last < 0) return at
    return at - (this.#slots[last] as Slot).end + (this.#ends[last] as number)
  }
}

/** Where the bytes go on behind a part of the text; -1: they have another one. */
function compare(
  bytes: Buffer,
  start: number,
  text: Buffer,
  from: number,
  end: number,
): number {
  const after = start + end - from
  if (after > bytes.length) return -1
  const shift = start - from
  for (let at = from; at < end; at++) {
    if (bytes[at + shift] !== text[at]) return -1
  }
  return after
}

/** The values of which nothing is kept, in their order. */
function listSlots(
  root: Node | undefined,
  deep: Node,
  level: number,
  fixed: Example['fixed'],
): readonly Slot[] {
  const { type, start, end, members, items } = deep
  if (fixed.some((one) => one?.start === start)) return []
  const isKept = root?.members || root?.items
  if (!isKept && !isPlain(deep)) return [{ type, level, start, end }]
  const own = members?.map(({ node }) => node) ?? items ?? []
  return own.flatMap((one, i) => {
    const kept = root?.members?.[i]?.node ?? root?.items?.[i]
    return listSlots(kept, one, level + 1, fixed)
  })
}

/** Whether the form knows the keys of a value that keeps no members: an object of
 * texts, alone or in a list. */
function isPlain({ members, items }: Node): boolean {
  const [only] = items ?? []
  if (items) return items.length === 1 && only?.members ? isPlain(only) : false
  if (!members || members.length === 0 || members.length > FEW) return false
  return members.every(({ node }) => node.type === 'string')
}

function typeOf(byte: number | undefined): Node['type'] {
  switch (byte) {
    case 0x22:
      return 'string'
    case 0x7b:
      return 'object'
    case 0x5b:
      return 'array'
    case 0x74:
    case 0x66:
    case 0x6e:
      return 'literal'
    default:
      return 'number'
  }
}

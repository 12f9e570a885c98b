// Reads a text that has the form of an earlier one: only values without kept
// members differ. In: bytes. Out: what a scan would find.
// INVARIANT: all that is around these values is compared, byte for byte, with a
// text that was accepted with the same options; no value of that text is kept.

import { type Form, type Member, makeNode, type Node } from './scan.ts'

type Values = Parameters<Form['follow']>[1]

/** Bytes of a text whose form is kept. */
const LONGEST = 1_024

/** Bytes of a text that may have one. A longer one costs more than its form
 * saves, read in vain; and it may hold more values than are accepted. */
const LONGEST_READ = 4 * 1024

/** Most forms that are kept: a client writes few, and a server too. */
const MOST = 4

/** Of so many short texts without a known form, the first one's is kept. */
const RARE = 8

export class Forms {
  readonly #known: TextForm[] = []
  /** The form of the last text: most likely of the next too. */
  #last = 0
  #misses = 0

  /** Gives `read` one form after the other, until it returns something. */
  find(
    bytes: Buffer,
    read: (form: Form) => Node | undefined,
  ): Node | undefined {
    const known = this.#known
    if (bytes.length > LONGEST_READ) return undefined
    for (let i = 0; i < known.length; i++) {
      const at = (this.#last + i) % known.length
      const root = read(known[at] as TextForm)
      if (!root) continue
      this.#last = at
      return root
    }
    return undefined
  }

  /** `root`: of a text that was accepted, and has no known form. */
  learn(bytes: Buffer, root: Node): void {
    if (bytes.length > LONGEST) return
    const miss = this.#misses++
    if (miss % RARE !== 0) return
    this.#known[(miss / RARE) % MOST] = new TextForm(bytes, root)
  }
}

class TextForm implements Form {
  readonly #text: Buffer
  readonly #root: Node
  /** How far the text and the bytes were compared. */
  #from = 0
  #at = 0

  constructor(bytes: Buffer, root: Node) {
    this.#text = Buffer.from(bytes)
    this.#root = root
    blank(this.#text, root)
  }

  follow(bytes: Buffer, values: Values): Node | undefined {
    this.#from = 0
    this.#at = 0
    const root = this.#read(this.#root, 0, bytes, values)
    if (!root || !this.#compare(bytes, this.#text.length)) return undefined
    return this.#at === bytes.length ? root : undefined
  }

  #read(
    node: Node,
    level: number,
    bytes: Buffer,
    values: Values,
  ): Node | undefined {
    const { type, members, items } = node
    if (!members && !items) return this.#readValue(node, level, bytes, values)
    // What stands before a value within is compared with it.
    const start = this.#place(node.start)
    // Copies have their length at once.
    const ownMembers = members?.slice()
    for (let i = 0; ownMembers && i < ownMembers.length; i++) {
      const { key, start, node } = ownMembers[i] as Member
      const from = this.#place(start)
      const own = this.#read(node, level + 1, bytes, values)
      if (!own) return undefined
      ownMembers[i] = { key, start: from, node: own }
    }
    const ownItems = items?.slice()
    for (let i = 0; ownItems && i < ownItems.length; i++) {
      const item = ownItems[i] as Node
      const own = this.#read(item, level + 1, bytes, values)
      if (!own) return undefined
      ownItems[i] = own
    }
    return makeNode(type, start, this.#place(node.end), ownMembers, ownItems)
  }

  #readValue(
    { type, start, end }: Node,
    level: number,
    bytes: Buffer,
    values: Values,
  ): Node | undefined {
    if (!this.#compare(bytes, start)) return undefined
    const at = this.#at
    if (typeOf(bytes[at]) !== type) return undefined
    this.#from = end
    this.#at = values.skip(at, level)
    return makeNode(type, at, this.#at)
  }

  /** Where a place of the text is in the bytes, if all up to there is equal. */
  #place(at: number): number {
    return at - this.#from + this.#at
  }

  /** Compares up to a place of the text. */
  #compare(bytes: Buffer, to: number): boolean {
    const text = this.#text
    let at = this.#at
    for (let from = this.#from; from < to; from++) {
      if (bytes[at] !== text[from]) return false
      at++
    }
    this.#from = to
    this.#at = at
    return true
  }
}

/** Overwrites the values of which nothing is kept. */
function blank(text: Buffer, { members, items, start, end }: Node): void {
  if (!members && !items) text.fill(0, start, end)
  for (const { node } of members ?? []) blank(text, node)
  for (const node of items ?? []) blank(text, node)
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

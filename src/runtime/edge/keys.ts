// Tells whether an object names a key twice.
// In: its keys, one after another. Out: whether each is new.
// INVARIANT: linear in the number of keys; no key is anything but data.

/** The keys of one object: a list while short, a set when long. */
export class Keys {
  #first: string | undefined
  #few: string[] | undefined
  #many: Set<string> | undefined

  /** False when the key was there already. */
  add(key: string): boolean {
    if (this.#many) {
      return this.#many.size !== this.#many.add(key).size
    }
    if (this.#first === undefined) {
      this.#first = key
      return true
    }
    this.#few ??= [this.#first]
    if (this.#few.includes(key)) return false
    this.#few.push(key)
    if (this.#few.length > 16) this.#many = new Set(this.#few)
    return true
  }
}

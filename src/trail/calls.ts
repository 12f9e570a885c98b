// Joins intents and outcomes into calls, in the order of their start.
// In: lines of the audit. Out: calls, one after another, each once.
// INVARIANT: memory is bounded by the running calls and by WINDOW; a call that
// outlasts the window, or never ends, comes late, but is not lost.

import { type Head, readHead, readText } from './line.ts'
import type { Line } from './scan.ts'

/** The lines of the file; at least one of the two. */
export interface Call {
  readonly intent: string | undefined
  /** An outcome, or a refusal. */
  readonly end: string | undefined
}

/** Calls that may begin while one is open, before the order no longer waits for
 * that one. */
const WINDOW = 20_000

interface Slot {
  intent: string | undefined
  end: string | undefined
  state: 'open' | 'done' | 'dropped' | 'told'
}

/** A text in every line that is read: the end of a process's records. */
export const START = '"notice":"start"'

export class CallJoiner {
  readonly #open = new Map<string, Slot>()
  readonly #tell: (call: Call) => void
  readonly #wantsEnd: (line: Line) => boolean
  readonly #ordered: boolean
  readonly #window: number
  #queue: Slot[] = []
  #first = 0

  /** `wantsEnd` may reject the call of an outcome; without order, a call comes
   * when it ends. */
  constructor(
    tell: (call: Call) => void,
    ordered: boolean,
    wantsEnd: (line: Line) => boolean = () => true,
    window = WINDOW,
  ) {
    this.#tell = tell
    this.#ordered = ordered
    this.#wantsEnd = wantsEnd
    this.#window = window
  }

  /** Calls without an end so far. */
  get open(): number {
    return this.#open.size
  }

  /** False for a line that is not a record. */
  take(line: Line): boolean {
    const head = readHead(line)
    if (!head) return false
    const { event, requestId } = head
    if (event === 'notice') this.#takeNotification(line)
    else if (event === 'intent') this.#begin(requestId, readText(line))
    else if (event === 'outcome') this.#end(requestId, line)
    else this.#place({ intent: undefined, end: readText(line), state: 'done' })
    return true
  }

  /** Calls that are open now stay open. */
  finish(): void {
    for (const slot of this.#open.values()) this.#leave(slot)
    this.#open.clear()
    this.#flush()
  }

  /** Its end will not come. */
  #leave(slot: Slot): void {
    if (slot.state === 'told') this.#tell(slot)
    else slot.state = 'done'
  }

  /** Another process begins: the calls of the previous one have no end. */
  #takeNotification(line: Line): void {
    if (this.#open.size > 0 && readText(line).includes(START)) this.finish()
  }

  #begin(requestId: Head['requestId'], text: string): void {
    const slot: Slot = { intent: text, end: undefined, state: 'open' }
    // No id occurs twice, unless somebody copied lines.
    const same = this.#open.get(requestId ?? '')
    if (same) this.#leave(same)
    if (requestId === undefined) slot.state = 'done'
    else this.#open.set(requestId, slot)
    this.#place(slot)
  }

  #end(requestId: Head['requestId'], line: Line): void {
    const slot = this.#open.get(requestId ?? '')
    const wanted = this.#wantsEnd(line)
    if (!slot) {
      if (!wanted) return
      const end = readText(line)
      return this.#place({ intent: undefined, end, state: 'done' })
    }
    this.#open.delete(requestId ?? '')
    if (wanted) slot.end = readText(line)
    // It was removed from the queue.
    if (slot.state === 'told') {
      if (wanted) this.#tell(slot)
      return
    }
    slot.state = wanted ? 'done' : 'dropped'
    if (this.#ordered) this.#flush()
    else if (wanted) this.#tell(slot)
  }

  #place(slot: Slot): void {
    if (this.#ordered) {
      this.#queue.push(slot)
      this.#flush()
    } else if (slot.state === 'done') this.#tell(slot)
    else slot.state = 'told'
  }

  #flush(): void {
    while (this.#first < this.#queue.length) {
      const slot = this.#queue[this.#first] as Slot
      const full = this.#queue.length - this.#first > this.#window
      if (slot.state === 'open' && !full) break
      this.#first++
      if (slot.state === 'done') this.#tell(slot)
      else if (slot.state === 'open') slot.state = 'told'
    }
    if (this.#first > this.#window) {
      this.#queue = this.#queue.slice(this.#first)
      this.#first = 0
    }
  }
}

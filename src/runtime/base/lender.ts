// Lends the memory of large messages, and lends it again when they are over: to
// collect that of each one costs more than all that is done with it.
// INVARIANT: before memory is lent again, it is detached from all who had it: a
// forgotten reference reads nothing, and never the bytes of another message.

import { LONG } from './pieces.ts'

/** Bytes that wait to be lent again, at most. */
const MOST_KEPT = 32 * 1024 * 1024

/** Sizes are rounded up to it, so that they fit messages of about one length. */
const STEP = 64 * 1024

const LOAN = Symbol('loan')

interface Memory extends ArrayBuffer {
  [LOAN]?: Loan
}

export class Lender {
  #kept: Memory[] = []
  #bytes = 0
  /** Since the last look. */
  #hasLent = false

  /** Bytes that wait to be lent again. */
  get kept(): number {
    return this.#bytes
  }

  take(size: number): Buffer {
    if (size < LONG) return Buffer.allocUnsafe(size)
    this.#hasLent = true
    const memory = this.#find(size) ?? allocate(size)
    memory[LOAN] = new Loan(this, memory, size)
    return Buffer.from(memory, 0, size)
  }

  /** Gives all up if nothing was lent since the last call. */
  look(): void {
    if (!this.#hasLent) {
      this.#kept = []
      this.#bytes = 0
    }
    this.#hasLent = false
  }

  /** The last one first: it is still in the caches of the processor. */
  #find(size: number): Memory | undefined {
    for (let at = this.#kept.length - 1; at >= 0; at--) {
      const { byteLength } = this.#kept[at] as Memory
      if (byteLength < size || byteLength > 2 * size) continue
      this.#bytes -= byteLength
      return this.#kept.splice(at, 1)[0]
    }
    return undefined
  }

  /** Called by a loan. */
  takeBack(memory: ArrayBuffer): void {
    if (this.#bytes + memory.byteLength > MOST_KEPT) return
    const fresh = structuredClone(memory, { transfer: [memory] })
    this.#bytes += fresh.byteLength
    this.#kept.push(fresh)
  }
}

function allocate(size: number): Memory {
  const rounded = Math.ceil(size / STEP) * STEP
  return Buffer.allocUnsafeSlow(rounded).buffer as Memory
}

/** The memory of one message. Who neither holds nor spends one leaves it to the
 * garbage collector. */
export class Loan {
  readonly #lender: Lender
  #memory: ArrayBuffer | undefined
  readonly #size: number
  #holds = 0
  #isSpent = false

  constructor(lender: Lender, memory: ArrayBuffer, size: number) {
    this.#lender = lender
    this.#memory = memory
    this.#size = size
  }

  /** Until as many releases: its bytes are being written, or may be wanted. */
  hold(): void {
    this.#holds++
  }

  release(): void {
    this.#holds--
    if (this.#holds === 0 && this.#isSpent) this.giveBack()
  }

  /** Only by its owner, where nobody else has ever had the bytes. */
  giveBack(): void {
    if (!this.#memory) return
    const memory = this.#memory
    this.#memory = undefined
    this.#lender.takeBack(memory)
  }

  /** Nobody but its holders will read its bytes. Only of a message that is all
   * that the memory holds, but for a mark or the name of a field before it. */
  spend(message: Buffer): void {
    if (message.length + MARGIN >= this.#size) this.#isSpent = true
  }
}

/** Shorter than any message. */
const MARGIN = 16

export function loanOf({ buffer }: Buffer): Loan | undefined {
  return (buffer as Memory)[LOAN]
}

/** As `loanOf`, for a whole message: a shorter one is never spent, and to ask for
 * its memory costs a call of native code. */
export function loanOfMessage(message: Buffer): Loan | undefined {
  return message.length < LONG - MARGIN ? undefined : loanOf(message)
}

/** Holds the memory of a whole message; returns what releases it, if any. */
export function holdMessage(message: Buffer): (() => void) | undefined {
  const loan = loanOfMessage(message)
  if (!loan) return undefined
  loan.hold()
  return () => loan.release()
}

/** Holds the memory of what is written; returns what releases it, if any. */
export function holdLoans(pieces: readonly Buffer[]): (() => void) | undefined {
  if (!pieces.some(loanOf)) return undefined
  const loans = pieces.map(loanOf)
  for (const loan of loans) loan?.hold()
  return () => {
    for (const loan of loans) loan?.release()
  }
}

/** Of pieces that were held one by one. */
export function releaseLoans(pieces: readonly Buffer[]): void {
  const loans = pieces.map(loanOf)
  for (const loan of loans) loan?.release()
}

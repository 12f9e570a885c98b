// Skips the text of long JSON strings with the instructions of the processor for
// many bytes at once.
// INVARIANT: it ends at, or before, the first byte that a string may not hold as
// it stands; where the program cannot run, it skips nothing.

import { PROGRAM } from './text-program.js'

/** Bytes that are examined at once: they stay in the nearest cache. */
const CHUNK = 8 * 1024

/** Where the program has, for each byte, what it may be in an escape. */
const TABLE = 16 * 1024
/** It may follow a backslash; it is a hexadecimal digit. */
const ESCAPE = 1
const HEX = 2

interface Program {
  readonly memory: Buffer
  /** Returns where the text in `[at, end)` of the memory ends. */
  find(at: number, end: number): number
}

class LongText {
  #program: Program | undefined
  #isTried = false

  /** Returns the offset of the next byte to examine: `from`, or behind it. */
  skip(bytes: Buffer, from: number): number {
    const program = this.#program ?? this.#start()
    if (!program) return from
    const { memory } = program
    for (let at = from; at < bytes.length; ) {
      const size = bytes.copy(memory, 0, at, Math.min(at + CHUNK, bytes.length))
      const end = program.find(0, size)
      at += end
      if (end < size) return at
    }
    return bytes.length
  }

  /** At the first long text: it takes memory, and half a millisecond. */
  #start(): Program | undefined {
    if (this.#isTried) return undefined
    this.#isTried = true
    this.#program = compile()
    return this.#program
  }
}

export const LONG_TEXT = new LongText()

/** The part of the global that is used; Node's types have none of it. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer }
      readonly find: (at: number, end: number) => number
    }
  }
}

/** Undefined where Node may not compile, or its address space is limited. */
function compile(): Program | undefined {
  const { WebAssembly: wasm } = globalThis as {
    readonly WebAssembly?: WebAssemblyLike
  }
  if (!wasm) return undefined
  try {
    const { exports } = new wasm.Instance(new wasm.Module(PROGRAM))
    const memory = Buffer.from(exports.memory.buffer)
    for (const one of '"\\/bfnrt') memory[TABLE + one.charCodeAt(0)] = ESCAPE
    for (const one of '0123456789abcdefABCDEF') {
      const at = TABLE + one.charCodeAt(0)
      memory[at] = Number(memory[at]) | HEX
    }
    return { memory, find: exports.find }
  } catch {
    return undefined
  }
}

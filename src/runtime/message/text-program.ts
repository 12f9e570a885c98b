// A WebAssembly program that skips the text of a JSON string, 64 bytes at a time;
// JavaScript has no such instructions.
// In: nothing. Out: PROGRAM, the bytes of a module with one function and memory.
// INVARIANT: it reads its own memory only, and writes nothing.

/** Where its memory has, for each byte, what it may be in an escape. */
export const TABLE = 16 * 1024
/** It may follow a backslash; it is a hexadecimal digit. */
export const ESCAPE = 1
export const HEX = 2

/** Bytes of one step. */
const LANES = 16
const STEP = 4 * LANES

/** Bytes of the longest escape. */
const LONGEST = 6

type Code = readonly number[]

const I32 = 0x7f
const V128 = 0x7b
const NOTHING = 0x40

// Parameters and locals of the function.
const AT = 0
const END = 1
const BYTES = 2
const QUOTES = 3
const SLASHES = 4
const SPACES = 5
const FOUND = 6

/** LEB128, as the format writes numbers that have no sign. */
function number(value: number): Code {
  const rest = value >>> 7
  return rest === 0 ? [value] : [(value & 0x7f) | 0x80, ...number(rest)]
}

/** The same with a sign; of constants. */
function constant(value: number): Code {
  const digits = (left: number): Code => {
    const isLast = left < 0x40
    return isLast ? [left] : [(left & 0x7f) | 0x80, ...digits(left >>> 7)]
  }
  return [0x41, ...digits(value)]
}

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const tee = (local: number): Code => [0x22, local]
const vector = (code: number): Code => [0xfd, ...number(code)]
const block = (...codes: Code[]): Code => [0x02, NOTHING, ...codes.flat(), 0x0b]
const loop = (...codes: Code[]): Code => [0x03, NOTHING, ...codes.flat(), 0x0b]
const when = (...codes: Code[]): Code => [0x04, NOTHING, ...codes.flat(), 0x0b]
/** To the begin of a loop, or the end of a block, so many levels up. */
const go = (level: number): Code => [0x0c, level]
const goIf = (level: number): Code => [0x0d, level]
const RETURN: Code = [0x0f]
const IS_ZERO: Code = [0x45]
const DIFFERS: Code = [0x47]
const IS_MORE: Code = [0x4b]
const IS_LESS: Code = [0x49]
const ADD: Code = [0x6a]
const AND: Code = [0x71]
const LOWEST_BIT: Code = [0x68]
const SPREAD = vector(15)
const EQUALS = vector(35)
const BELOW = vector(38)
const OR = vector(80)
const ANY = vector(83)
const BITS = vector(100)

const addTo = (local: number, value: number): Code => [
  ...get(local),
  ...constant(value),
  ...ADD,
  ...set(local),
]
const load = (offset: number): Code => [...vector(0), 0, ...number(offset)]
/** One byte at an address, and at AT. */
const byteAt = (offset: number): Code => [0x2d, 0, ...number(offset)]
const byte = (offset: number): Code => [...get(AT), ...byteAt(offset)]
const kind = (offset: number): Code => [...byte(offset), ...byteAt(TABLE)]

/** All ones in each lane that is a quote, a backslash or a control character. */
const mark = (offset: number): Code => [
  ...[get(AT), load(offset), tee(BYTES), get(QUOTES), EQUALS].flat(),
  ...[get(BYTES), get(SLASHES), EQUALS, OR].flat(),
  ...[get(BYTES), get(SPACES), BELOW, OR].flat(),
]

const all = (local: number, value: number): Code =>
  [constant(value), SPREAD, set(local)].flat()

/** (at, end) → the first offset that is not of the text: of its end, of what no
 * string may hold, of an escape that may go on behind the end; or the end. */
const BODY: Code = [
  ...all(QUOTES, 0x22),
  ...all(SLASHES, 0x5c),
  ...all(SPACES, 0x20),
  ...loop(
    block(
      // Where escapes are many, the next one is near.
      [mark(0), BITS, tee(FOUND), goIf(0)].flat(),
      addTo(AT, LANES),
      block(
        loop(
          [get(AT), constant(STEP), ADD, get(END), IS_MORE, goIf(1)].flat(),
          [mark(0), mark(LANES), OR, mark(2 * LANES), OR].flat(),
          [mark(3 * LANES), OR, ANY, goIf(1)].flat(),
          addTo(AT, STEP),
          go(0),
        ),
      ),
      loop(
        [mark(0), BITS, tee(FOUND), goIf(1)].flat(),
        addTo(AT, LANES),
        [get(AT), get(END), IS_LESS, goIf(0)].flat(),
        [get(END), RETURN].flat(),
      ),
    ),
    [get(AT), get(FOUND), LOWEST_BIT, ADD, tee(AT)].flat(),
    // What is behind the end is not its own.
    [constant(LONGEST), ADD, get(END), IS_MORE].flat(),
    when(
      [get(AT), get(END), IS_LESS].flat(),
      when(get(AT), RETURN),
      get(END),
      RETURN,
    ),
    [byte(0), constant(0x5c), DIFFERS].flat(),
    when(get(AT), RETURN),
    [kind(1), constant(ESCAPE), AND].flat(),
    when(addTo(AT, 2), go(1)),
    [byte(1), constant(0x75), DIFFERS].flat(),
    when(get(AT), RETURN),
    [kind(2), kind(3), AND, kind(4), AND, kind(5), AND].flat(),
    [constant(HEX), AND, IS_ZERO].flat(),
    when(get(AT), RETURN),
    addTo(AT, LONGEST),
    go(0),
  ),
  ...get(AT),
  0x0b,
]

const section = (id: number, ...content: Code[]): Code => {
  const bytes = content.flat()
  return [id, ...number(bytes.length), ...bytes]
}
const name = (letter: string): Code => [1, letter.charCodeAt(0)]
const LOCALS: Code = [2, ...[4, V128], ...[1, I32]]
const SIZE = LOCALS.length + BODY.length

export const PROGRAM = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  // Its type: two numbers, and one that it returns.
  ...section(1, [1, 0x60, 2, I32, I32, 1, I32]),
  ...section(3, [1, 0]),
  // One page of memory, and no more.
  ...section(5, [1, 1, 1, 1]),
  ...section(7, [2], name('m'), [2, 0], name('f'), [0, 0]),
  ...section(10, [1], number(SIZE), LOCALS, BODY),
])

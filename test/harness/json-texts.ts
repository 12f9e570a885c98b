// JSON texts, sound and broken, as bytes among hostile ones.
// In: a seed's chance. Out: arbitraries of fast-check.
// INVARIANT: most are valid: one slip is what makes the others.

import fc from 'fast-check'

/** A text in Latin-1, of which each sign is a byte. */
export type Text = string

export interface Placed {
  readonly text: Text
  /** Where it begins in its buffer, and what is around it. */
  readonly offset: number
  readonly around: string
}

export const toBytes = ({ text, offset, around }: Placed): Buffer => {
  const size = offset + text.length + 16
  const whole = Buffer.from(new ArrayBuffer(size)).fill(around, 'latin1')
  whole.write(text, offset, 'latin1')
  return whole.subarray(offset, offset + text.length)
}

const utf8 = (text: string): Text => Buffer.from(text).toString('latin1')

export const mostly = <T>(
  usual: fc.Arbitrary<T>,
  odd: fc.Arbitrary<T>,
  weight: number,
) => fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd })

/** Around the word of four, and the run that is read one by one. */
const SIZES: readonly number[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33],
  ...[60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 76, 80],
  ...[124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 191, 192, 193],
  ...[255, 256, 257, 258, 259, 300, 511, 513],
]

const LONG_SIZES: readonly number[] = [2_000, 4_099, 65_530, 65_537, 70_001]

const ESCAPES: readonly Text[] = [
  ...['\\n', '\\"', '\\\\', '\\/', '\\b', '\\f', '\\r', '\\t'],
  ...['\\u0041', '\\u00e9', '\\u0000', '\\uFFFF', '\\uabCD', '\\u0022'],
  ...['\\ud83d\\ude00', '\\uD83D\\uDE00', '\\ud83d', '\\ude00\\ud83d'],
  ...['\\ud83d\\ud83d\\ude00', '\\ud83d\\n', '\\\\\\"', '\\\\\\\\'],
]

const SIGNS: readonly Text[] = [
  ...['é', '€', '😀', '\u2028', '\x7f', '\x80', '\u{10ffff}', '\ufeff'],
  ...[' ', '!', '#', '[', ']', '{', '}', ':', ',', '/', "'", '0', '\ufffd'],
].map(utf8)

const BAD_IN_STRINGS: readonly Text[] = [
  ...['\\', '\\u', '\\u1', '\\u12', '\\u123', '\\x41', '\\u00g0', '\\U0041'],
  ...["\\'", '\\0', '\\a', '\\ ', '\\u+041', '\\ud83d\\u', '\\ud83d\\ude0'],
  ...['\0', '\x01', '\x08', '\t', '\n', '\r', '\x1b', '\x1f', '"'],
  ...[
    '\xff',
    '\x80',
    '\xc0\xaf',
    '\xed\xa0\x80',
    '\xf4\x90\x80\x80',
    '\xe2\x82',
  ],
  ...['\\\xc3\xa9', '\\u00\xc3\xa9', '\\\n'],
]

const plain = fc
  .tuple(
    mostly(fc.constantFrom(...SIZES), fc.constantFrom(...LONG_SIZES), 300),
    fc.constantFrom('x', ' ', '\x7f', utf8('é'), '!', '#', '[', ']'),
  )
  .map(([size, sign]) => sign.repeat(Math.ceil(size / sign.length)))

/** Digits, and what stands beside them in ASCII. */
const HEX_SIGNS = [...'0099afAFafdDcC', ...'/:@G`g"\\ ']

/** Four signs, of which mostly all are digits. */
const unicodeEscape = fc
  .array(
    mostly(
      fc.constantFrom(...HEX_SIGNS.slice(0, 14)),
      fc.constantFrom(...HEX_SIGNS.slice(14)),
      60,
    ),
    { minLength: 4, maxLength: 4 },
  )
  .map((signs) => `\\u${signs.join('')}`)

const piece = mostly(
  fc.oneof(
    plain,
    fc.constantFrom(...ESCAPES),
    fc.constantFrom(...SIGNS),
    unicodeEscape,
  ),
  fc.constantFrom(...BAD_IN_STRINGS),
  60,
)

export const string = fc
  .array(piece, { maxLength: 5 })
  .map((pieces) => `"${pieces.join('')}"`)

/** Longer than what is examined in small steps: one unit over and over, then
 * what a string may end with. */
export const longString = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom('x', 'some text ', 'x'.repeat(70), 'x'.repeat(300)),
        fc.constantFrom(...ESCAPES),
        fc.constantFrom(...SIGNS),
      ),
      { minLength: 1, maxLength: 6 },
    ),
    fc.integer({ min: 900, max: 20_000 }),
    string,
  )
  .map(([units, size, rest]) => {
    const unit = units.join('')
    const times = Math.ceil(size / unit.length)
    return `"${unit.repeat(times)}${rest.slice(1)}`
  })

const NUMBERS: readonly Text[] = [
  ...['0', '-0', '7', '-7', '1.5', '0.0', '-0.0', '1e5', '1E+5', '0e0'],
  ...['-1.25e-10', '123456789012345678901234567890', '1e400', '-1e-400'],
  ...['9007199254740991', '9007199254740993', '1.0', '10', '100'],
]

const BAD_VALUES: readonly Text[] = [
  ...['00', '01', '-01', '-', '.5', '5.', '1e', '1e+', '1.e5', '+1', '0x1'],
  ...['NaN', 'Infinity', '-Infinity', '1_0', '1 0', '--1', '1.2.3', '1e5.0'],
  ...['True', 'nul', 'nulll', 'truefalse', 'undefined', 'tru\x65e', "'a'"],
  ...['', ',', ':', '"', '\\', '/**/1', '1//', '\xd9\xa1', '\0', '{', '[', '}'],
]

const KEYS: readonly Text[] = [
  ...['a', '\\u0061', 'A', '', '__proto__', 'constructor', 'toString'],
  ...['\\/', '/', '\\b', '\\u0008', 'a\\u0000', 'a\\u0000b', '\\u0022', '\\"'],
  ...[
    '\\ud800',
    '\\uD800',
    '\\ud83d\\ude00',
    '\\uD83D\\uDE00',
    '\\ude00\\ud83d',
  ],
  ...[
    '\\u00e9',
    '\\u00E9',
    '\\u0065\\u0301',
    'ab',
    'ba',
    '\\u0061b',
    'a\\u0062',
  ],
  ...['id', 'i\\u0064', 'name', 'params', 'p\\u0061rams', '_meta', 'arguments'],
  ...['argument\\u0073', 'method', 'jsonrpc', 'progressToken', 'Id', '\\u20ac'],
  ...[utf8('é'), utf8('😀'), utf8('e\u0301'), utf8('€'), utf8('\ufffd')],
]

/** Enough of them make an index. */
const numbered = fc
  .tuple(fc.nat(60), fc.boolean())
  .map(([n, escaped]) =>
    escaped ? `\\u006b${n}` : n % 7 === 0 ? `k\\u003${n % 10}` : `k${n}`,
  )

/** Where UTF-8 takes another byte, and where pairs begin and end. */
const BORDERS: readonly string[] = [
  ...['A', '\x7f', '\x80', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff'],
  ...['\u{10000}', '\u{10ffff}', '\ud83d', '\ude00'],
]

const isLone = (sign: string) => /^[\ud800-\udfff]$/.test(sign)

const escapeSign = (sign: string): Text =>
  Array.from({ length: sign.length }, (_, i) => sign.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')

type Signs = readonly (readonly [sign: string, isPlain: boolean])[]

/** Each sign as it is, or escaped. */
const writeKey = (signs: Signs): Text =>
  signs
    .map(([sign, isPlain]) =>
      isPlain && !isLone(sign) ? utf8(sign) : escapeSign(sign),
    )
    .join('')

const borderSigns: fc.Arbitrary<Signs> = fc.array(
  fc.tuple(fc.constantFrom(...BORDERS), fc.boolean()),
  { minLength: 1, maxLength: 2 },
)

const borderKey = borderSigns.map(writeKey)

/** One key in two notations. */
const twins = borderSigns
  .map((signs) => {
    const others = signs.map(([sign, isPlain]) => [sign, !isPlain] as const)
    return [signs, others].map((one) => `"${writeKey(one)}":0`)
  })
  .map((parts) => `{${parts.join(',')}}`)

export const key = mostly(
  fc.oneof(fc.constantFrom(...KEYS), borderKey).map((text) => `"${text}"`),
  string,
  6,
)
const wideKey = numbered.map((text) => `"${text}"`)

const SPACES: readonly Text[] = [
  ...['', '', '', '', ' ', '\n', '\r\n', '\t', '  \t\n ', ' '.repeat(65)],
]
const BAD_SPACES: readonly Text[] = [
  ...['\x0b', '\x0c', '\xa0', '\xc2\xa0', '\xef\xbb\xbf', '/**/', '\0', '//\n'],
  ...['\xe2\x80\xa8', '\x85', '#', ','],
]

const space = mostly(
  fc.constantFrom(...SPACES),
  fc.constantFrom(...BAD_SPACES),
  400,
)

export const scalar = mostly(
  fc.oneof(
    { weight: 3, arbitrary: string },
    { weight: 1, arbitrary: fc.constantFrom(...NUMBERS) },
    { weight: 1, arbitrary: fc.constantFrom('true', 'false', 'null') },
  ),
  fc.constantFrom(...BAD_VALUES),
  60,
)

export const joinAll = (parts: readonly Text[], [open, close]: string): Text =>
  `${open}${parts.join(',')}${close}`

export const writeMember = (
  key: fc.Arbitrary<Text>,
  value: fc.Arbitrary<Text>,
) =>
  fc
    .tuple(space, key, space, space, value, space)
    .map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`)

const nest = (levels: number, inner: Text, open: string): Text =>
  open.repeat(levels) + inner + (open === '[' ? ']' : '}').repeat(levels)

export const { value } = fc.letrec<{ value: Text }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: scalar },
    {
      weight: 3,
      arbitrary: fc
        .array(writeMember(key, tie('value')), { maxLength: 4 })
        .map((parts) => joinAll(parts, '{}')),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.tuple(space, tie('value'), space), { maxLength: 4 })
        .map((parts) =>
          joinAll(
            parts.map((one) => one.join('')),
            '[]',
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.nat(9),
          scalar,
          fc.constantFrom('[', '{"a":', '{"arguments":'),
        )
        .map(([levels, inner, open]) => nest(levels, inner, open)),
    },
  ),
}))

const wide = fc
  .array(writeMember(wideKey, fc.constantFrom('1', '[]', '{"k0":0}')), {
    minLength: 10,
    maxLength: 80,
    size: 'max',
  })
  .map((parts) => joinAll(parts, '{}'))

const few = fc
  .uniqueArray(fc.nat(400), { minLength: 14, maxLength: 250, size: 'max' })
  .map((all) =>
    joinAll(
      all.map((n) => `"${n}":${n}`),
      '{}',
    ),
  )

/** Objects that may have the same index, one after another. */
const crowds = fc
  .array(fc.oneof(wide, few), { minLength: 1, maxLength: 3 })
  .map((all) => (all.length === 1 ? (all[0] ?? '') : joinAll(all, '[]')))

interface Slip {
  readonly share: number
  readonly removed: number
  readonly bytes: Text
}

/** A change of a few bytes, anywhere. */
export const slip = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.constantFrom(0, 0, 1, 1, 2, 5),
  bytes: fc.constantFrom(
    ...['', '', '"', '\\', '\\"', '{', '}', '[', ']', ',', ':', '\0', '\x1f'],
    ...['\x20', '0', '-', 'u', 'e', '\x80', '\xc3', '\xff', '\t', '\n', '.'],
  ),
})

export function spoil(text: Text, { share, removed, bytes }: Slip): Text {
  const at = Math.floor(text.length * share)
  return text.slice(0, at) + bytes + text.slice(at + removed)
}

const CUT = 'cut'

/** `value`, mostly as it is. */
export const spoilt = (value: fc.Arbitrary<Text>) =>
  mostly(
    value,
    fc
      .tuple(
        value,
        slip,
        fc.constantFrom('', '', CUT, '1', ']', ' x', '\0', '"'),
      )
      .map(([text, slip, end]) => {
        if (end !== CUT) return spoil(text, slip) + end
        return text.slice(0, Math.floor(text.length * slip.share))
      }),
    3,
  )

const around = fc.constantFrom(
  '"',
  '\\',
  '\\"',
  'x',
  '\0',
  '1',
  ' ',
  '}]',
  'u00',
)

export const place = (text: fc.Arbitrary<Text>): fc.Arbitrary<Placed> =>
  fc.record({ text, offset: fc.nat(9), around })

const edged = (text: fc.Arbitrary<Text>) =>
  fc.tuple(space, text, space).map((parts) => parts.join(''))

export const texts = place(
  spoilt(
    edged(
      fc.oneof(
        { weight: 12, arbitrary: value },
        { weight: 4, arbitrary: string },
        { weight: 1, arbitrary: crowds },
        { weight: 1, arbitrary: twins },
      ),
    ),
  ),
)

// Messages of JSON-RPC, sound and broken, and what is put into them.
// In: a seed's chance. Out: arbitraries of fast-check.
// INVARIANT: as in json-texts.ts.

import fc from 'fast-check'
import {
  joinAll,
  key,
  mostly,
  place,
  scalar,
  spoilt,
  string,
  type Text,
  value,
  writeMember,
} from './json-texts.ts'

const IDS: readonly Text[] = [
  ...['1', '"a"', '-0', '1.0', 'null', '9007199254740993', '[]', '1e2'],
  ...[`"${'i'.repeat(256)}"`, `"${'i'.repeat(257)}"`],
]

const member = (name: Text, value: fc.Arbitrary<Text>) =>
  value.map((text) => `${name}:${text}`)

const meta = fc
  .array(
    fc.oneof(
      member('"progressToken"', fc.constantFrom(...IDS)),
      member('"traceparent"', string),
      writeMember(key, value),
    ),
    { maxLength: 3 },
  )
  .map((parts) => joinAll(parts, '{}'))

const params = fc
  .array(
    fc.oneof(
      member('"name"', string),
      member('"arguments"', value),
      member('"_meta"', mostly(meta, value, 6)),
      writeMember(key, scalar),
    ),
    { maxLength: 4 },
  )
  .map((parts) => joinAll(parts, '{}'))

/** Messages, or nearly; the order of their members is random. */
export const messages = place(
  spoilt(
    fc
      .tuple(
        fc.array(
          fc.oneof(
            member('"id"', mostly(fc.constantFrom(...IDS), value, 6)),
            member('"i\\u0064"', fc.constantFrom(...IDS)),
            member('"params"', mostly(params, value, 6)),
            member('"result"', value),
            member('"error"', value),
            writeMember(key, scalar),
          ),
          { maxLength: 3 },
        ),
        mostly(
          fc.constant('"jsonrpc":"2.0"'),
          fc.constantFrom('"jsonrpc":"2.\\u0030"', '"jsonrpc":2.0', '"a":1'),
          9,
        ),
        mostly(
          fc.constantFrom(
            '"method":"tools/call"',
            '"meth\\u006fd":"tools\\/call"',
          ),
          fc.constantFrom('"method":1', '"Method":"x"', '"b":2'),
          4,
        ),
        fc.nat(5),
      )
      .map(([parts, version, method, turn]) => {
        const all = [version, method, ...parts]
        return joinAll([...all.slice(turn), ...all.slice(0, turn)], '{}')
      }),
  ),
)

const freshKeys = fc.constantFrom('fresh', 'é', '', 'a"b', 'id', 'name')

/** What is put into messages. */
export const replacements = fc.record({
  value: fc.constantFrom('1', '"é"', '{"x":[1]}', 'null', '"\\u0041"'),
  values: fc.dictionary(freshKeys, fc.constantFrom('2', '"€"'), { maxKeys: 3 }),
  drops: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  replaced: fc.nat(3),
})

// JSON texts that a parse and a stringify would change, lose or trip over.
// In: nothing. Out: texts, each one value, by what is odd about them.
// INVARIANT: all are RFC 8259, none names a key twice, none is deeper than 40.

const raw = String.raw

/** `{"a":{"a":…` around a value. */
export function nest(levels: number, inner: string): string {
  return `${'{"a":'.repeat(levels)}${inner}${'}'.repeat(levels)}`
}

export const ODD: Readonly<Record<string, string>> = {
  'big-integer': '9007199254740993',
  'big-negative': '-9223372036854775809',
  'huge-integer': '1234567890123456789012345678901234567890',
  'big-in-a-row': '[9007199254740993,9007199254740992,9007199254740994]',
  'one-point-zero': '1.0',
  'many-zeros': '1.000000000000000000000',
  'one-e-two': '1e2',
  'one-E-plus-two': '1E+02',
  'minus-zero': '-0',
  'minus-zero-point': '-0.0e-0',
  'too-large': '1e400',
  'too-small': '1e-400',
  'long-fraction': '0.1000000000000000055511151231257827021181583404541015625',
  null: 'null',
  false: 'false',
  zero: '0',
  'empty-string': '""',
  'empty-array': '[]',
  'empty-object': '{}',
  'array-of-all': '[null,true,false,0,-0,1.0,"",[],{},[[]],[{}]]',
  'deep-objects': nest(40, '1.0'),
  'deep-arrays': `${'['.repeat(40)}1e2${']'.repeat(40)}`,
  'escaped-letters': raw`"\u0061\u00e9\u4E2D\u4e2d"`,
  'raw-letters': '"aé中ñ"',
  'escaped-pair': raw`"\ud83d\ude00 and \uD83D\uDE00"`,
  'raw-pair': '"😀 👩‍👩‍👧 🏳️‍🌈"',
  'lone-high': raw`"\ud800"`,
  'lone-low': raw`"x\udfffy"`,
  'wrong-order': raw`"\ude00\ud83d"`,
  'escaped-slash': raw`"<\/script> http:\/\/x / y"`,
  'every-escape': raw`"\"\\\/\b\f\n\r\t\u0000\u001f\u007f"`,
  separators: '"\u2028\u2029\ufeff\u200b\u202e\u0085\u007f"',
  'escaped-separators': raw`"\u2028\u2029\ufeff\u200b\u202E"`,
  'not-characters': '"\ufffd\uffff\ufdd0\u{10ffff}"',
  combining: '"e\u0301 is not \u00e9"',
  'json-in-a-string': raw`"{\"id\":1,\"result\":{\"isError\":true}}"`,
  'events-in-a-string': raw`"data: x\n\nevent: message\ndata: y\r\n\r\n"`,
  'keys-by-number': '{"2":0,"10":0,"1":0,"01":0,"1.0":0,"-1":0}',
  'keys-in-order': '{"z":1,"a":2,"m":3,"B":4,"b":5}',
  'keys-of-objects':
    '{"__proto__":{"x":1},"constructor":null,"toString":0,"hasOwnProperty":1}',
  'keys-by-case': '{"name":1,"Name":2,"NAME":3,"nAme":4}',
  'keys-by-space': '{"a":1," a":2,"a ":3,"":4," ":5,"\u00a0":6}',
  'keys-by-form': '{"é":1,"e\u0301":2}',
  'keys-by-escape': raw`{"\u0061":1,"\u0041":2,"\n":3,"\\n":4}`,
  'keys-alone': raw`{"\ud800":1,"\ud801":2,"\udfff":3,"\ufffd":4}`,
  'keys-with-nul': raw`{"a":1,"a\u0000":2,"a\u0000b":3}`,
  'same-key-elsewhere': '{"a":{"a":{"a":1},"b":{"a":2}},"b":{"a":3}}',
  'words-of-the-envelope':
    '{"jsonrpc":"1.0","id":7,"method":"x","params":{},"result":0,"error":{}}',
  'words-that-are-owned':
    '{"progressToken":5,"requestState":"s","cursor":"c","resultType":"task",' +
    '"cacheScope":"public","ttlMs":9,"isError":true,"name":"n","uri":"u://x"}',
  'wide-space': '{ \t "a" :\t[ 1 , 2 ,\t3 ] , "b" : { } , "c" : [ ] }',
  pointers: '{"a/b":1,"m~n":2,"~0":3,"~1":4,"%2F":5}',
  'long-string': `"${'0123456789abcdef'.repeat(4_000)}"`,
  'long-escapes': `"${raw`\u00e9`.repeat(3_000)}"`,
  'long-letters': `"${'漢字かな'.repeat(3_000)}"`,
  'long-number': `0.${'3'.repeat(2_000)}`,
  'long-key': `{"${'k'.repeat(9_000)}":1}`,
  'many-keys': `{${Array.from({ length: 400 }, (_, i) => `"k${399 - i}":${i}.0`).join(',')}}`,
  'many-items': `[${'1.0,'.repeat(4_000)}1.0]`,
}

/** Schemas that only bytes keep whole. */
export const SCHEMAS: Readonly<Record<string, string>> = {
  'schema-2020':
    '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",' +
    '"$defs":{"node":{"$anchor":"n","type":["object","null"],' +
    '"properties":{"next":{"$ref":"#/$defs/node"}}}},' +
    '"properties":{"list":{"$ref":"#/$defs/node"}},"unevaluatedProperties":false}',
  'schema-07':
    '{"$schema":"http://json-schema.org/draft-07/schema#","$id":"urn:xx:1",' +
    '"type":"object","definitions":{"a":{"const":1.0}},' +
    '"properties":{"a":{"$ref":"#/definitions/a"}},"additionalProperties":true}',
  'schema-remote':
    '{"type":"object","properties":{"a":{"$ref":"https://example.invalid/s"},' +
    '"b":{"$dynamicRef":"#meta"}},"$dynamicAnchor":"meta"}',
  'schema-keys-last':
    '{"required":["b","a"],"properties":{"b":true,"a":false},"type":"object"}',
  'schema-numbers':
    '{"type":"object","properties":{"n":{"type":"integer",' +
    '"maximum":18446744073709551615,"multipleOf":1.0,"default":-0}}}',
  'schema-combined':
    '{"type":"object","allOf":[{"if":{"required":["a"]},"then":{},"else":false}],' +
    '"oneOf":[{},{"not":{}}],"patternProperties":{"^\\\\d+$":{"enum":[1,1.0,null]}},' +
    '"propertyNames":{"pattern":"^[\\u0061-z]+$"},"x-own":{"deep":[1e2]}}',
}

/** Icons as the two eras allow them, and as neither does. */
export const ICONS: Readonly<Record<string, string>> = {
  'icons-one': '[{"src":"https://example.invalid/a.png"}]',
  'icons-sizes':
    '[{"src":"https://example.invalid/a.png","mimeType":"image/png",' +
    '"sizes":["48x48","96x96"]},{"src":"https://example.invalid/a.svg",' +
    '"mimeType":"image\\/svg+xml","sizes":["any"]}]',
  'icons-themes':
    '[{"theme":"dark","src":"data:image/png;base64,iVBORw0KGgo="},' +
    '{"theme":"light","src":"data:image/svg+xml,%3Csvg/%3E","sizes":[]}]',
  'icons-sizes-as-text': '[{"src":"x.png","sizes":"16x16 32x32"}]',
  'icons-more-keys': '[{"src":"a","x-fill":1.0,"_meta":{"a":{"b":[null]}}}]',
  'icons-none': '[]',
  'icons-odd': '{"src":"https://example.invalid/one"}',
}

// Requests that come through proxies, or do not: whom each is of.
// In: nothing. Out: a peer, its headers, the address that counts.
// INVARIANT: the proxies are 10.0.0.0/8, ::1, fd00::/8 and 127.0.0.1.

export type Row = readonly [
  why: string,
  peer: string,
  headers: { readonly xff?: string; readonly forwarded?: string },
  address: string,
]

export const P = '10.0.0.5'
export const ADA = '198.51.100.7'
export const BOB = '203.0.113.9'
const SIX = '2001:db8::9'

export const ROWS: readonly Row[] = [
  ['no header', P, {}, P],
  ['an empty header', P, { xff: '' }, P],
  ['one address', P, { xff: ADA }, ADA],
  ['spaces and tabs', P, { xff: ` \t${ADA} ` }, ADA],
  ['not of a proxy', '192.0.2.1', { xff: ADA }, '192.0.2.1'],
  [
    'not of a proxy: Forwarded',
    '192.0.2.1',
    { forwarded: 'for=1.1.1.1' },
    '192.0.2.1',
  ],
  ['what the client wrote', P, { xff: `${BOB}, ${ADA}` }, ADA],
  ['our proxies are skipped', P, { xff: `${BOB}, ${ADA}, 10.9.9.9, ::1` }, ADA],
  ['only proxies: the first', P, { xff: '10.1.1.1, 10.2.2.2' }, '10.1.1.1'],
  ['a mapped peer', `::ffff:${P}`, { xff: ADA }, ADA],
  ['a mapped peer that is no proxy', `::ffff:${BOB}`, { xff: ADA }, BOB],
  ['a peer with a zone', 'fd00::1%eth0', { xff: ADA }, ADA],
  ['a mapped address', P, { xff: `::ffff:${ADA}` }, ADA],
  ['a mapped proxy', P, { xff: `${ADA}, ::ffff:a00:1` }, ADA],
  ['a port', P, { xff: `${ADA}:4711` }, ADA],
  ['an IPv6 address', P, { xff: '2001:DB8:0:0::9' }, SIX],
  ['in brackets', P, { xff: `[${SIX}]` }, SIX],
  ['in brackets, with a port', P, { xff: `[${SIX}]:443` }, SIX],
  ['with a zone', P, { xff: 'fe80::1%eth0' }, 'fe80::1'],
  ['unknown', P, { xff: `${ADA}, unknown` }, P],
  [
    'unknown behind a proxy',
    P,
    { xff: `${ADA}, unknown, 10.3.3.3` },
    '10.3.3.3',
  ],
  ['an empty element', P, { xff: `${ADA},` }, P],
  ['a number with a zero before it', P, { xff: '198.51.100.07' }, P],
  ['a number that is too large', P, { xff: '198.51.100.256' }, P],
  ['decimal', P, { xff: '3325256711' }, P],
  ['a name', P, { xff: 'localhost' }, P],
  ['a quote of the client', P, { xff: `", ${ADA}` }, ADA],
  ['a long header', P, { xff: `${`${BOB}, `.repeat(1_000)}${ADA}` }, ADA],
  [
    'too many proxies',
    P,
    { xff: `${ADA}${', 10.0.0.1'.repeat(40)}` },
    '10.0.0.1',
  ],
  ['Forwarded', P, { forwarded: `for=${ADA}` }, ADA],
  [
    'in any case, among others',
    P,
    { forwarded: `proto=https;FOR=${ADA};by=_p` },
    ADA,
  ],
  ['a quoted address', P, { forwarded: `for="${ADA}:80"` }, ADA],
  ['a quoted IPv6 address', P, { forwarded: `for="[${SIX}]:4711"` }, SIX],
  ['a hidden port', P, { forwarded: `for="[${SIX}]:_p1"` }, SIX],
  ['a hidden address', P, { forwarded: `for=${ADA}, for=_hidden` }, P],
  ['unknown in Forwarded', P, { forwarded: `for=${ADA}, for=unknown` }, P],
  ['an element without for', P, { forwarded: `for=${ADA}, proto=https` }, P],
  ['for twice in one', P, { forwarded: `for=${ADA};for=${BOB}` }, P],
  [
    'a chain',
    P,
    { forwarded: `for=${BOB}, for=${ADA};proto=http, for=10.1.1.1` },
    ADA,
  ],
  [
    'a quote that the client opened',
    P,
    { forwarded: `for=${BOB};x=", for=${ADA}` },
    ADA,
  ],
  [
    'a comma in quotes',
    P,
    { forwarded: `for=${BOB}, for=${ADA};host="a, for=1.1.1.1"` },
    ADA,
  ],
  [
    'a quote that the client had escaped',
    P,
    { forwarded: `for=${BOB};a=", for=${ADA};host="x\\""` },
    P,
  ],
  ['both, equal', P, { xff: ADA, forwarded: `for="${ADA}"` }, ADA],
  ['both, different', P, { xff: ADA, forwarded: `for=${BOB}` }, P],
  ['both, one unreadable', P, { xff: ADA, forwarded: 'for=_x' }, P],
]

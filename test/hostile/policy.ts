// Attacks on what arguments, URIs and states may decide.
// In: rows of data. Out: attacks that must fail.

import type { Constraint, Entry } from '../../src/contract/table.ts'
import { parseArguments } from '../../src/table/arguments.ts'
import { decide } from '../../src/table/decide.ts'
import { countsArguments } from '../../src/table/limit.ts'
import { INSIDE, OUTSIDE } from '../harness/spellings.ts'
import { holder, makeTable, type Names } from '../harness/table.ts'
import type { Attack } from './case.ts'

/** What must be said of arguments, as JSON text, under one constraint on `p`
 * or where the row says. */
interface Row {
  readonly rule: Constraint
  readonly at?: string
  readonly args: readonly string[]
  /** By an `allow`, and by a `deny`, of that constraint. */
  readonly allow: boolean
  readonly deny: boolean
}

const DOUBT = { allow: false, deny: true }
const NO = { allow: false, deny: false }
const YES = { allow: true, deny: true }

const PROD: Constraint = { equals: 'prod' }

const NULLS: Readonly<Record<string, readonly Row[]>> = {
  'null is absent': [
    { rule: PROD, args: ['{"p":null}', '{}', 'null', '[]'], ...DOUBT },
    { rule: { in: ['prod'] }, args: ['{"p":null}'], ...DOUBT },
    { rule: { glob: '*' }, args: ['{"p":null}', '{"p":[null]}'], ...DOUBT },
    { rule: { min: 1 }, args: ['{"p":null}', '{"p":[5,null]}'], ...DOUBT },
    { rule: { max: 1 }, args: ['{"p":null}', '{"p":[0,null]}'], ...DOUBT },
    { rule: PROD, args: ['{"p":["dev",null]}', '{"p":[]}'], ...DOUBT },
    {
      rule: { equals: true },
      at: '/opts/force',
      args: ['{"opts":{"force":null}}', '{"opts":null}', '{"opts":[]}', '{}'],
      ...DOUBT,
    },
  ],
  'null is a value where it is named': [
    { rule: { equals: null }, args: ['{"p":null}', '{"p":[null]}'], ...YES },
    { rule: { in: ['a', null] }, args: ['{"p":null}', '{"p":"a"}'], ...YES },
    { rule: { in: ['a', null] }, args: ['{"p":"b"}'], ...NO },
    { rule: { in: ['a', null] }, args: ['{"p":7}', '{}'], ...DOUBT },
    { rule: { equals: null }, args: ['{"p":"a"}', '{"p":0}'], ...NO },
    { rule: { equals: null }, args: ['{"p":{}}', '{}'], ...DOUBT },
  ],
  'a type that the constraint cannot judge': [
    { rule: PROD, args: ['{"p":1}', '{"p":{}}', '{"p":[["prod"]]}'], ...DOUBT },
    { rule: { equals: 1 }, args: ['{"p":"1"}', '{"p":true}'], ...DOUBT },
    { rule: { equals: 1 }, args: ['{"p":1.0}', '{"p":1e0}'], ...YES },
    { rule: { equals: 0 }, args: ['{"p":-0}', '{"p":-0.0}'], ...YES },
    { rule: { equals: true }, args: ['{"p":"true"}', '{"p":1}'], ...DOUBT },
    { rule: { in: [42, 'x'] }, args: ['{"p":"42"}', '{"p":" 42 "}'], ...DOUBT },
    { rule: { in: [42, '42'] }, args: ['{"p":"7"}', '{"p":7}'], ...NO },
    { rule: { in: [true, 'x'] }, args: ['{"p":"y"}', '{"p":false}'], ...DOUBT },
  ],
  'a text that may be read as the one named': [
    {
      rule: PROD,
      args: [
        '{"p":"prod\\u0000"}',
        '{"p":"prod\\u0000x"}',
        '{"p":"\\u0000"}',
        '{"p":"prod "}',
        '{"p":"\\tprod\\n"}',
        '{"p":"pr\\u200bod"}',
        '{"p":"\\ufeffprod"}',
        '{"p":"\\uff50rod"}',
        '{"p":["dev","prod "]}',
      ],
      ...DOUBT,
    },
    { rule: { equals: 'é' }, args: ['{"p":"e\\u0301"}'], ...DOUBT },
    {
      rule: { equals: 'a/b' },
      args: ['{"p":"a//b"}', '{"p":"a%2Fb"}'],
      ...DOUBT,
    },
    {
      rule: { glob: 'prod*' },
      args: ['{"p":" prod"}', '{"p":"\\u200bprod"}'],
      ...DOUBT,
    },
    {
      rule: PROD,
      args: ['{"p":"dev"}', '{"p":""}', '{"p":"production"}'],
      ...NO,
    },
    { rule: PROD, args: ['{"p":"line\\nline …"}'], ...NO },
    { rule: { equals: '' }, args: ['{"p":""}'], ...YES },
  ],
  'another spelling of the name beside it': [
    {
      rule: PROD,
      args: [
        '{"p":"dev","P":"prod"}',
        '{"P":"prod"}',
        '{"p":"dev","p\\u0000":"prod"}',
        '{"p":"dev","\\uff50":"prod"}',
        '{"p":"dev","p ":"prod"}',
      ],
      ...DOUBT,
    },
    {
      rule: PROD,
      at: '/a/s',
      args: ['{"a":{"s":"dev","ſ":"prod"}}', '{"a":{"s":"dev"},"A":{}}'],
      ...DOUBT,
    },
  ],
  pointers: [
    { rule: PROD, at: '/a~1b/~0', args: ['{"a/b":{"~":"prod"}}'], ...YES },
    { rule: PROD, at: '/a~01', args: ['{"a~1":"prod"}'], ...YES },
    { rule: PROD, at: '/a/1', args: ['{"a":["x","prod"]}'], ...YES },
    { rule: { min: 0 }, at: '/a/length', args: ['{"a":["x"]}'], ...DOUBT },
    { rule: PROD, at: '/a/01', args: ['{"a":["x","prod"]}'], ...DOUBT },
    { rule: PROD, at: '/a/n', args: ['{"a":[{"n":"prod"}]}'], ...DOUBT },
    { rule: PROD, at: '/__proto__/p', args: ['{"p":"prod"}'], ...DOUBT },
    { rule: PROD, at: '/', args: ['{"":"prod"}'], ...YES },
  ],
}

const HUNDRED = { max: 100 }

const DIGITS: readonly Row[] = [
  {
    rule: HUNDRED,
    args: [
      '{"p":100.00000000000000001}',
      '{"p":[1,100.00000000000000001]}',
      '{"p":1e400}',
      '{"p":-1e400}',
      '{"p":1e-400}',
      '{"p":9007199254740993}',
      '{"p":1e99999999999999999999}',
      `{"p":1.${'0'.repeat(100_000)}1}`,
      `{"p":${'9'.repeat(100_000)}}`,
    ],
    ...DOUBT,
  },
  { rule: { min: 100 }, args: ['{"p":99.999999999999999999}'], ...DOUBT },
  { rule: { equals: 100 }, args: ['{"p":100.00000000000000001}'], ...DOUBT },
  { rule: { in: [1, 100] }, args: ['{"p":100.00000000000000001}'], ...DOUBT },
  {
    rule: HUNDRED,
    args: [
      '{"p":1E2}',
      '{"p":100.0}',
      '{"p":1000e-1}',
      '{"p":0.1}',
      '{"p":-0}',
    ],
    ...YES,
  },
  { rule: HUNDRED, args: ['{"p":100.1}', '{"p":1e3}', '{"p":101}'], ...NO },
  { rule: { equals: '1e400' }, args: ['{"p":1e400}'], ...DOUBT },
  {
    rule: { equals: 'a "1e400" \\' },
    args: ['{"p":"a \\"1e400\\" \\\\"}'],
    ...YES,
  },
]

/** What decide() says of one row, where it is wrong. */
function judgeRow({ rule, at = 'p', args, ...want }: Row): readonly string[] {
  const entry = { tool: 'x', when: { [at]: rule } } as Omit<Entry, 'rule'>
  const table = makeTable({
    allow: { allow: { a: [entry] } },
    deny: { allow: { a: ['*'] }, deny: { a: [entry] } },
  })
  return args.flatMap((text) => {
    const given = parseArguments(text)
    const judge = (role: string) =>
      decide(table, holder(role), 'a', 'tool', 'x', given).verdict === 'allow'
    const limit = { on: table.roles.deny?.deny ?? {} } as never
    const counted = countsArguments(limit, 'a', 'tool', 'x', given)
    const told = { allow: judge('allow'), deny: !judge('deny') }
    const right =
      told.allow === want.allow &&
      told.deny === want.deny &&
      counted === want.deny
    if (right) return []
    return [
      `${JSON.stringify(rule)} ${text.slice(0, 60)}: ${JSON.stringify(told)}`,
    ]
  })
}

function judgeRows(id: string, rows: readonly Row[]): Attack {
  return {
    id,
    run: async () => {
      refuse(rows.flatMap(judgeRow))
      return `${rows.flatMap(({ args }) => args).length} arguments`
    },
  }
}

function refuse(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
}

/** Whether a role with these entries may use a name, by decide() alone. */
function may(
  kind: 'tool' | 'resource',
  name: string,
  rules: { readonly allow: Names; readonly deny?: Names },
  args?: object,
): boolean {
  const { allow, deny = [] } = rules
  const table = makeTable({ r: { allow: { a: allow }, deny: { a: deny } } })
  const given = args && { value: args }
  return decide(table, holder('r'), 'a', kind, name, given).verdict === 'allow'
}

const SRV = 'file:///srv/'

/** Which spellings are judged otherwise than they must be. */
function judgeSpellings(): readonly string[] {
  const inside = { tool: 'x', when: { p: { glob: 'drafts/*' } } }
  const outside = { tool: 'x', when: { p: { glob: 'never/*' } } }
  const wrong: string[] = []
  const want = (right: boolean, what: string, text: string) => {
    if (!right) wrong.push(`${what}: ${JSON.stringify(text)}`)
  }
  for (const p of [...OUTSIDE, '~/drafts', '\ud800']) {
    const uri = SRV + p
    want(!may('tool', 'x', { allow: [inside] }, { p }), 'allow', p)
    want(
      !may('tool', 'x', { allow: [inside] }, { p: ['drafts/a', p] }),
      'list',
      p,
    )
    const denied = { allow: ['*'], deny: [outside] }
    want(!may('tool', 'x', denied, { p }), 'deny', p)
    if (p.startsWith('~')) continue
    want(
      !may('resource', uri, { allow: [{ resource: `${SRV}*` }] }),
      'uri',
      uri,
    )
  }
  for (const p of INSIDE) {
    const denied = { allow: ['*'], deny: [outside] }
    want(may('tool', 'x', { allow: [inside] }, { p }), 'lost', p)
    want(may('tool', 'x', denied, { p }), 'denied', p)
  }
  return wrong
}

/** Another spelling of what a deny names is that, to a server that decodes. */
const SECRET = [
  'secret/k',
  '%73ecret/k',
  'secret%2fk',
  'secret;v=1/k',
  'secret./k',
  'secret /k',
  '\uff53ecret/k',
  'se\u00adcret/k',
  './secret/k',
  'x/../secret/k',
  '/secret/k',
]

export const ATTACKS: readonly Attack[] = [
  ...Object.entries(NULLS).map(([kind, rows]) => judgeRows(`S8 ${kind}`, rows)),
  judgeRows('S18 digits that a double does not hold', DIGITS),
  {
    id: 'S15 spellings of another place match no pattern',
    run: async () => {
      refuse(judgeSpellings())
      return `${OUTSIDE.length} outside, ${INSIDE.length} inside`
    },
  },
  {
    id: 'S15 spellings of what a deny names',
    run: async () => {
      const deny = [{ resource: `${SRV}secret/*` }]
      const rules = { allow: [{ resource: `${SRV}*` }], deny }
      const passed = SECRET.filter((path) => may('resource', SRV + path, rules))
      refuse(passed)
      const deep = { resource: `${SRV}my%20docs/*` }
      const spelt = ['my%20docs/a', 'my%20docs/b%20c'].filter(
        (path) => !may('resource', SRV + path, { allow: [deep] }),
      )
      refuse(spelt)
    },
  },
  {
    id: 'S18 every key of a large object is folded once',
    run: async () => {
      const keys = Array.from({ length: 190_000 }, (_, at) => `Kk${at}`)
      const plain = Object.fromEntries(keys.map((key) => [key, 0]))
      let reads = 0
      const watched = new Proxy(plain, {
        ownKeys: (target) => {
          reads++
          return Reflect.ownKeys(target)
        },
      })
      const when = Object.fromEntries(keys.slice(0, 50).map((k) => [k, PROD]))
      const entry = { tool: 'x', when }
      const table = makeTable({
        r: { allow: { a: ['*'] }, deny: { a: Array(20).fill(entry) } },
      })
      const began = process.cpuUsage()
      decide(table, holder('r'), 'a', 'tool', 'x', { value: watched })
      const { user } = process.cpuUsage(began)
      if (reads !== 1) throw new Error(`read ${reads} times`)
      return `${Math.round(user / 1000)} ms of CPU`
    },
  },
]

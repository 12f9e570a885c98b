// What holds of every config: who may call what, and what a change can do.
// Random configs go through the compiler; each is then judged by enumeration,
// for everybody in it, every server and every short name.

import fc from 'fast-check'
import t from 'tap'
import type { Kind, RoutingTable, When } from '../../src/contract/table.ts'
import { decide } from '../../src/table/decide.ts'
import {
  add,
  addEntry,
  additions,
  dropDenyConditions,
  mapValues,
  nameAt,
  places,
} from '../harness/edits.ts'
import {
  type Holder,
  judgeConfig,
  listHolders,
  makeTable,
} from '../harness/judged-config.ts'
import { holdFor, sample } from '../harness/property.ts'
import {
  authored,
  type ConfigText,
  callArguments,
  type EntryText,
  entry,
  listNames,
} from '../harness/random-config.ts'

interface Use {
  readonly server: string
  readonly kind: Kind
  readonly name: string
}

type Args = { readonly value: unknown } | undefined

function may(table: RoutingTable, { grantee }: Holder, use: Use, args?: Args) {
  const { server, kind, name } = use
  return decide(table, grantee, server, kind, name, args).verdict === 'allow'
}

/** Everybody of a table with every use of its servers. */
function eachCase(
  table: RoutingTable,
  visit: (holder: Holder, use: Use, title: string) => void,
): void {
  const uses = listNames(Object.keys(table.servers))
  for (const holder of listHolders(table)) {
    for (const use of uses) {
      const title = `${holder.title}, ${use.kind} ${use.server}/${use.name}`
      visit(holder, use, title)
    }
  }
}

function refute(wrong: boolean, said: string): void {
  if (wrong) throw new Error(said)
}

t.test('at least half of the random configs compile', async (t) => {
  const all = sample(authored, 100)
  const good = all.filter((one) => judgeConfig(one).artefact)
  t.ok(good.length > 50, `${good.length} of 100`)
  const many = good.filter(({ config }) => Object.keys(config.roles).length > 2)
  t.ok(many.length > 25, `${many.length} of them have three roles or more`)
})

t.test('what may be called is listed', async (t) => {
  holdFor(t, [authored, callArguments], 35, (authored, value) => {
    const table = makeTable(authored)
    eachCase(table, (holder, use, title) => {
      const called = may(table, holder, use, { value })
      const listed = may(table, holder, use)
      refute(called && !listed, `${title}: may be called, is not listed`)
    })
  })
})

t.test('what is listed may be called with some arguments', async (t) => {
  holdFor(t, [authored], 35, (authored) => {
    const table = makeTable(dropDenyConditions(authored))
    const candidates = [{}, ...listWhens(authored.config).map(satisfy)]
    eachCase(table, (holder, use, title) => {
      if (!may(table, holder, use)) return
      const some = candidates.some((value) =>
        may(table, holder, use, { value }),
      )
      refute(!some, `${title}: is listed, may be called with no arguments`)
    })
  })
})

function listWhens({ roles }: ConfigText): readonly When[] {
  return Object.values(roles).flatMap(({ allow }) =>
    Object.values(allow)
      .flat()
      .flatMap((one) =>
        typeof one !== 'string' && 'when' in one ? [one.when as When] : [],
      ),
  )
}

/** Arguments by which a condition holds. */
function satisfy(when: When): object {
  const values = mapValues(when, (rule) => {
    if (rule.equals !== undefined) return rule.equals
    if (rule.in) return rule.in[0]
    return rule.glob?.replaceAll('*', '') ?? rule.min ?? rule.max
  })
  const { '/n/r': inner, ...args } = values
  return { ...args, ...(inner !== undefined && { n: { r: inner } }) }
}

t.test('a deny of any role held is final', async (t) => {
  holdFor(t, [authored, callArguments], 35, (authored, value) => {
    const table = makeTable(authored)
    eachCase(table, (holder, use, title) => {
      if (!isDenied(authored.config, holder, use)) return
      const allowed = [undefined, { value }].some((args) =>
        may(table, holder, use, args),
      )
      refute(allowed, `${title}: is denied and yet allowed`)
    })
  })
})

/** By what the author wrote, without the compiler. */
function isDenied(config: ConfigText, holder: Holder, use: Use): boolean {
  return [...holdRoles(config, holder)].some((role) => {
    const { deny = {} } = config.roles[role] ?? {}
    const entries = Object.hasOwn(deny, use.server) ? deny[use.server] : []
    return (entries ?? []).some((one) => isNamed(one, use))
  })
}

function holdRoles(config: ConfigText, { principal }: Holder): Set<string> {
  const { kind, name } = principal
  const token = config.tokens.grants[name]
  const ofTeam = (team = '') => config.teams[team]?.roles ?? []
  const own = {
    role: [name],
    team: ofTeam(name),
    group: [],
    token: token?.roles ?? ofTeam(token?.team),
  }
  const held = new Set(own[kind])
  for (const role of held) {
    for (const one of config.roles[role]?.extends ?? []) held.add(one)
  }
  return held
}

function isNamed(entry: EntryText, { kind, name }: Use): boolean {
  if (typeof entry !== 'string' && 'when' in entry) return false
  const one = typeof entry === 'string' ? { tool: entry } : entry
  const pattern = String(Reflect.get(one, kind) ?? '')
  const spelt = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
  return spelt.test(name) && !name.includes('/../')
}

/** What changed between two tables, for those who are in both. */
function eachPair(
  [before, after]: readonly [RoutingTable, RoutingTable],
  value: unknown,
  visit: (was: Told, is: Told, holder: Holder, title: string) => void,
): void {
  const holders = new Map(listHolders(after).map((one) => [one.title, one]))
  eachCase(before, (holder, { server, kind, name }, title) => {
    const { grantee } = holders.get(holder.title) as Holder
    const judge = (table: RoutingTable, who: Holder['grantee'], args?: Args) =>
      decide(table, who, server, kind, name, args)
    for (const args of [undefined, { value }]) {
      const was = judge(before, holder.grantee, args)
      visit(was, judge(after, grantee, args), holder, title)
    }
  })
}

type Told = ReturnType<typeof decide>

t.test('one more deny gives nothing to anybody', async (t) => {
  holdFor(
    t,
    [authored, places, entry, callArguments],
    30,
    (authored, place, entry, value) => {
      const denied = addEntry(authored, 'deny', place, entry)
      const tables = [makeTable(authored), makeTable(denied)] as const
      const role = nameAt(authored.config.roles, place.role)
      eachPair(tables, value, (was, is, holder, title) => {
        const gained = is.verdict === 'allow' && was.verdict !== 'allow'
        refute(gained, `${title}: gained by a deny`)
        if (holdRoles(authored.config, holder).has(role)) return
        const same = JSON.stringify(was) === JSON.stringify(is)
        refute(!same, `${title}: changed by a deny of role ${role}, not held`)
      })
    },
  )
})

t.test('a rule more takes nothing from anybody', async (t) => {
  holdFor(
    t,
    [authored, additions, callArguments],
    35,
    (authored, addition, value) => {
      const grown = add(authored, addition)
      const tables = [makeTable(authored), makeTable(grown)] as const
      eachPair(tables, value, (was, is, _holder, title) => {
        const lost = was.verdict === 'allow' && is.verdict !== 'allow'
        refute(lost, `${title}: lost by one more ${addition.what}`)
      })
    },
  )
})

const doubtful = fc.constantFrom<(value: unknown) => unknown>(
  () => undefined,
  () => null,
  () => [],
  () => ({}),
  (value) => [value, null],
  (value) => [[value]],
  (value) => (typeof value === 'string' ? `${value}\0` : null),
)

t.test('S8 what nobody can judge opens nothing', async (t) => {
  const member = fc.constantFrom('p', 'o', 'n')
  holdFor(
    t,
    [authored, callArguments, member, doubtful],
    35,
    (authored, value, name, spoil) => {
      // Where null is named it is a value like others.
      if (JSON.stringify(authored).includes('"equals":null')) return
      const table = makeTable(authored)
      const spoilt = { ...value, [name]: spoil(value[name]) }
      eachCase(table, (holder, use, title) => {
        const before = may(table, holder, use, { value })
        const after = may(table, holder, use, { value: spoilt })
        refute(after && !before, `${title}: opened by ${name}`)
      })
    },
  )
})

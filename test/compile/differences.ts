// What `gateway diff` says of two random configs, held to a count: of every
// name where nothing is locked, of the locked names where something is.

import t from 'tap'
import type { Artefact, Kind, RoutingTable } from '../../src/contract/table.ts'
import {
  judgeAccess,
  listUses,
  lockedNames,
  type Principal,
} from '../../src/table/access.ts'
import { diffArtefacts, type TableDiff } from '../../src/table/diff/diff.ts'
import { matchPath } from '../../src/table/evasion.ts'
import { granteeOf, whoOf } from '../../src/table/expect.ts'
import { matchPattern } from '../../src/table/match.ts'
import { places, REFACTORS } from '../harness/edits.ts'
import { listHolders, makeArtefact } from '../harness/judged-config.ts'
import { Discard, holdFor } from '../harness/property.ts'
import { authored, listNames, listWords } from '../harness/random-config.ts'

/** Conditions before and after, as JSON; `null` is no access. */
type Effect = readonly [string, string]

/** By principal and use; roles that were only renamed are left out. */
function readEffects({ rows }: TableDiff): ReadonlyMap<string, Effect> {
  const effects = new Map<string, Effect>()
  for (const { principal, holders, uses, before, after } of rows) {
    for (const { kind: who, name: id } of [principal, ...holders]) {
      for (const { kind, server, name } of uses) {
        const key = `${who} ${id} ${kind} ${server}/${name}`
        if (effects.has(key)) throw new Error(`${key}: told twice`)
        effects.set(key, [JSON.stringify(before), JSON.stringify(after)])
      }
    }
  }
  return effects
}

interface Named {
  readonly server: string
  readonly kind: Kind
  readonly name: string
}

/** What a diff says of one principal and one name: an effect, `same`, or
 * `untold` where one side is locked and the name is not in it. */
type Saying = Effect | 'same' | 'untold'

interface Telling {
  readonly diff: TableDiff
  readonly tell: (principal: string, named: Named) => Saying
}

function tellOf(base: Artefact, head: Artefact): Telling {
  const diff = diffArtefacts(base, head)
  const effects = readEffects(diff)
  const tables = [base.table, head.table]
  const uses = new Map<string, string[]>()
  // Overlaps are followed up to a bound, which such short patterns may reach.
  if (listUses(tables).length > MAX_USES) throw new Discard()
  for (const { kind, server, name } of listUses(tables)) {
    const key = `${kind} ${server}`
    uses.set(key, [...(uses.get(key) ?? []), name])
  }
  const tell = (principal: string, { server, kind, name }: Named): Saying => {
    const locks = tables.map((table) => lockedNames(table, server, kind))
    const locked = locks.some((names) => names && Object.hasOwn(names, name))
    const none = locks.every((names) => names === undefined)
    const known = uses.get(`${kind} ${server}`) ?? []
    const use = none ? findWitness(known, kind, name) : name
    if (!none && !locked && locks.includes(undefined)) return 'untold'
    return effects.get(`${principal} ${kind} ${server}/${use}`) ?? 'same'
  }
  return { diff, tell }
}

/** The pattern that stands for a name: the narrowest of those that match. */
function findWitness(known: readonly string[], kind: Kind, name: string) {
  const matches = kind === 'resource' ? matchPath : matchPattern
  const all = known.filter((one) => matches(one, name))
  const found = all.find((one) => all.every((wide) => matchPattern(wide, one)))
  if (all.length > 0 && found === undefined) {
    throw new Error(`${name}: no use stands for ${all.join(' and ')}`)
  }
  return found
}

/** Who is compared: tokens that are good in every table, and all others. */
function listCompared(tables: readonly RoutingTable[], diffs: TableDiff[]) {
  const renamed = diffs.flatMap((diff) => diff.renamed.flat())
  const all = tables.flatMap(listHolders)
  return [...new Map(all.map((one) => [one.title, one])).values()].filter(
    ({ principal: { kind, name } }) => {
      if (kind === 'role') return !renamed.includes(name)
      return (
        kind !== 'token' ||
        tables.every(({ tokens }) => tokens[name]?.revoked === null)
      )
    },
  )
}

/** Short of the bound of closePatterns for one server alone. */
const MAX_USES = 450

const WORDS = listWords('ab', 5)

/** Every use of the servers of these tables. */
function listAll(tables: readonly RoutingTable[]): readonly Named[] {
  const servers = tables.flatMap(({ servers }) => Object.keys(servers))
  const unique = [...new Set(servers)]
  const longer = unique.flatMap((server) =>
    WORDS.filter((name) => name.length > 3).map((name) => {
      return { server, kind: 'tool' as const, name }
    }),
  )
  return [...listNames(unique), ...longer]
}

t.test('what a diff says is so, of every single name', async (t) => {
  holdFor(t, [authored, authored], 25, (one, other) => {
    const [base, head] = [makeArtefact(one), makeArtefact(other)]
    const { diff, tell } = tellOf(base, head)
    const tables = [base.table, head.table] as const
    for (const { principal, title } of listCompared(tables, [diff])) {
      for (const named of listAll(tables)) {
        const said = tell(title, named)
        if (said === 'untold') continue
        const [was, is] = tables.map((table) => judge(table, principal, named))
        const so = was === is ? 'same' : `${was} → ${is}`
        const told = said === 'same' ? said : said.join(' → ')
        const use = `${named.kind} ${named.server}/${named.name}`
        if (told !== so) throw new Error(`${title}, ${use}: ${told}, not ${so}`)
      }
    }
    for (const [from, to] of diff.renamed) {
      for (const named of listAll(tables)) {
        const was = judge(base.table, { kind: 'role', name: from }, named)
        const is = judge(head.table, { kind: 'role', name: to }, named)
        if (was !== is) throw new Error(`${from} is not ${to}: ${named.name}`)
      }
    }
  })
})

function judge(table: RoutingTable, principal: Principal, named: Named) {
  const grantee = granteeOf(table, whoOf(principal))
  const { granted, only, never } = judgeAccess(table, grantee, named)
  return granted ? JSON.stringify({ only, never }) : 'null'
}

t.test('there and back again is the same way', async (t) => {
  const BACK: Readonly<Record<string, string>> = {
    gain: 'loss',
    wider: 'narrower',
    looser: 'tighter',
    added: 'removed',
    revoked: 'restored',
  }
  const there = Object.entries(BACK).map(([one, two]) => [two, one])
  const turn = { ...BACK, ...Object.fromEntries(there) }
  const turned = (change: string) => turn[change] ?? change
  holdFor(t, [authored, authored], 30, (one, other) => {
    const [base, head] = [makeArtefact(one), makeArtefact(other)]
    const forth = diffArtefacts(base, head)
    const back = diffArtefacts(head, base)
    const effects = [...readEffects(forth)].map(([key, [a, b]]) => [key, b, a])
    const isSame = (a: readonly unknown[], b: readonly unknown[]) =>
      [...a]
        .map((part) => JSON.stringify(part))
        .sort()
        .join('\n') ===
      [...b]
        .map((part) => JSON.stringify(part))
        .sort()
        .join('\n')
    const parts = (diff: TableDiff, word: (change: string) => string) => [
      ...diff.rows.flatMap(({ change, uses, principal }) =>
        uses.map((use) => [principal, use, word(change)]),
      ),
      // Back from looser may be looser too, or neither: fewer calls, and more
      // at once.
      ...diff.limits.map(({ name, change }) => [
        name,
        ['looser', 'changed', 'tighter'].includes(change)
          ? 'otherwise'
          : word(change),
      ]),
      ...diff.tokens.map(({ id, change }) => [id, word(change)]),
    ]
    const pairs = forth.renamed.map(([from, to]) => [to, from])
    const same =
      isSame(
        effects,
        [...readEffects(back)].map(([key, pair]) => [key, ...pair]),
      ) &&
      isSame(parts(forth, turned), parts(back, String)) &&
      isSame(pairs, back.renamed)
    if (!same) throw new Error('the way back is another')
    const tighter = ({ limits }: TableDiff) =>
      limits.flatMap(({ name, change }) => (change === 'tighter' ? [name] : []))
    const looser = ({ limits }: TableDiff) =>
      limits.flatMap(({ name, change }) => (change === 'looser' ? [name] : []))
    if (!tighter(forth).every((name) => looser(back).includes(name))) {
      throw new Error('the way back from a tighter limit is not looser')
    }
  })
})

t.test('two steps add up to one', async (t) => {
  holdFor(t, [authored, authored, authored], 15, (one, two, three) => {
    const a = makeArtefact(one)
    const b = makeArtefact(two)
    const c = makeArtefact(three)
    const steps = [tellOf(a, b), tellOf(b, c), tellOf(a, c)] as const
    const tables = [a, b, c].map(({ table }) => table)
    const diffs = steps.map(({ diff }) => diff)
    for (const { title } of listCompared(tables, diffs)) {
      for (const named of listAll(tables)) {
        const said = steps.map(({ tell }) => tell(title, named))
        const [first, second, both] = said as [Saying, Saying, Saying]
        const use = `${named.kind} ${named.server}/${named.name}`
        if (said.includes('untold')) continue
        const sum = JSON.stringify(addUp(first as Effect, second as Effect))
        if (sum === JSON.stringify(both)) continue
        throw new Error(`${title}, ${use}: ${sum}, not ${JSON.stringify(both)}`)
      }
    }
  })
})

function addUp(first: Effect | 'same', second: Effect | 'same') {
  if (first === 'same') return second
  if (second === 'same') return first
  if (first[1] !== second[0]) return 'two that do not meet'
  return first[0] === second[1] ? 'same' : [first[0], second[1]]
}

t.test('a refactor is no access change', async (t) => {
  for (const [name, refactor] of Object.entries(REFACTORS)) {
    holdFor(t, [authored, places], 15, (authored, place) => {
      const base = makeArtefact(authored)
      const head = makeArtefact(refactor(authored, place))
      const { rows, renamed, tokens, limits } = diffArtefacts(base, head)
      const told = [
        // A role that was not there is told, though nobody holds it by itself.
        ...rows.filter(({ principal }) => principal.name !== 'new'),
        ...renamed,
        ...tokens,
        ...limits,
      ]
      if (told.length === 0) return
      throw new Error(`${name}: ${JSON.stringify(told[0])}`)
    })
  }
})

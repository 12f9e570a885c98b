// Patterns held to other definitions of themselves: one by one over every short
// name, and by chance over long ones.

import fc from 'fast-check'
import t from 'tap'
import { matchPath } from '../../src/table/evasion.ts'
import { matchPattern } from '../../src/table/match.ts'
import { closePatterns, intersectPatterns } from '../../src/table/overlap.ts'
import { holdFor, sample } from '../harness/property.ts'
import { listWords, patterns } from '../harness/random-config.ts'

/** A table of prefixes: no search, no going back, nothing in common with the
 * matcher. */
function matchByTable(pattern: string, text: string): boolean {
  // By UTF-16 units, as a star may take half a pair.
  let ends = [true, ...text.split('').map(() => false)]
  for (const sign of pattern.split('')) {
    let open = false
    ends = ends.map((end, at) => {
      if (sign !== '*') return at > 0 && text[at - 1] === sign && !!ends[at - 1]
      open ||= end
      return open
    })
  }
  return ends[text.length] === true
}

const text = (...signs: string[]) =>
  fc.string({ unit: fc.constantFrom(...signs), maxLength: 12 })

/** A pattern with a text made of it, so that they often match. */
const pairs = (...signs: string[]) =>
  fc
    .tuple(
      text('*', ...signs),
      fc.array(text(...signs)),
      text(...signs),
      fc.nat(9),
    )
    .map(([pattern, fills, other, chance]): readonly [string, string] => {
      const parts = pattern.split('*')
      const filled = parts.map((part, at) =>
        at === 0 ? part : (fills[at % 4] ?? '') + part,
      )
      return [pattern, chance === 0 ? other : filled.join('')]
    })

t.test('a match is a match by another definition', async (t) => {
  const all = sample(pairs('a', 'b', 'A', '.', '\u{1f600}'), 10_000)
  const matching = all.filter(([one, text]) => matchByTable(one, text))
  t.ok(matching.length > all.length / 3, `${matching.length} of 10000 match`)
  const wrong = all.find(
    ([one, text]) => matchPattern(one, text) !== matchByTable(one, text),
  )
  t.equal(wrong, undefined)
})

t.test('a path matches when it means the place it spells', async (t) => {
  const signs = [
    'a',
    'b',
    'c',
    'd',
    'e',
    'f',
    'g',
    '/',
    '.a',
    '.',
    '%2e',
    '%2F',
    '\\',
    '?',
    '#',
    '\t',
    '%5C',
  ]
  const all = sample(pairs(...signs), 10_000)
  const isPlain = (path: string) =>
    !/[\\\t]|%5c/i.test(path) &&
    path.split(/\/|%2f|\?|#/i).every((part) => !/^(?:\.|%2e){1,2}$/i.test(part))
  const expected = ([one, path]: readonly [string, string]) =>
    isPlain(path) && matchByTable(one, path)
  // Letters alone mean one place to every reader; others may be refused.
  const isSimple = ([one, path]: readonly [string, string]) =>
    /^[a-g/.*]*$/.test(one) &&
    /^\/?(?:\.?[a-g]+(?:\.[a-g]+)*(?:\/|$))*$/.test(path)
  const simple = all.filter(isSimple)
  const evasive = all.filter(
    ([one, path]) => !isPlain(path) && matchByTable(one, path),
  )
  t.ok(simple.length > 500, `${simple.length} are simple`)
  t.ok(evasive.length > 500, `${evasive.length} match but are evasive`)
  const wrong = all.find((pair) => matchPath(...pair) && !expected(pair))
  t.equal(wrong, undefined)
  const lost = simple.find((pair) => matchPath(...pair) !== expected(pair))
  t.equal(lost, undefined)
})

t.test('a hostile pattern ends at all', async (t) => {
  const long = 'a'.repeat(200_000)
  // Going back would take longer than the world has.
  t.notOk(matchPattern(`${'*a'.repeat(5000)}*c`, `${long}b`))
  t.notOk(matchPattern(`${'*a'.repeat(5000)}c*`, `${long}b`))
  t.ok(matchPattern(`${'*a'.repeat(5000)}*b`, `${long}b`))
  t.notOk(matchPattern(`*${'a'.repeat(100)}c*`, long))
  // Each sign at each place would take minutes.
  const half = 'a'.repeat(250_000)
  const longer = half.repeat(20)
  t.notOk(matchPattern(`*${half}b${half}*`, longer))
  t.ok(matchPattern(`*${half}b${half}*`, `${longer}b${longer}`))
})

t.test('a long piece is found where a short one would be', async (t) => {
  const pieces = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 })
  holdFor(t, [pieces, pieces, fc.nat(40)], 60, (piece, other, times) => {
    const pattern = `*${piece.repeat(times)}${other}*`
    for (const text of [
      `b${piece.repeat(times)}${other}a`,
      `${piece.repeat(times + 1)}${other}`,
      `${other}${piece.repeat(times)}`,
      piece.repeat(times).slice(1) + other,
    ]) {
      if (matchPattern(pattern, text) === matchByTable(pattern, text)) continue
      throw new Error(`${pattern} and ${text}`)
    }
  })
})

const WORDS = ['', ...listWords('ab', 6)]

t.test('an overlap matches what both match, and nothing else', async (t) => {
  holdFor(t, [patterns(6), patterns(6)], 1000, (a, b) => {
    const both = intersectPatterns(a, b)
    for (const word of WORDS) {
      const wanted = matchByTable(a, word) && matchByTable(b, word)
      const found = both.some((one) => matchByTable(one, word))
      if (found !== wanted) throw new Error(`${word}: ${found}, by ${both}`)
    }
  })
})

t.test('every word has a witness among the overlaps', async (t) => {
  const few = fc.array(patterns(3), { minLength: 1, maxLength: 4 })
  holdFor(t, [few], 200, (all) => {
    const closed = closePatterns(all)
    const sign = (text: string) =>
      all.map((one) => matchByTable(one, text)).join()
    const signs = new Set(closed.map(sign))
    const none = sign('c'.repeat(9)).replaceAll('true', 'false')
    const missed = WORDS.find(
      (word) => sign(word) !== none && !signs.has(sign(word)),
    )
    if (missed !== undefined) throw new Error(`${missed}: by none of ${closed}`)
  })
})

t.test(
  'overlaps are the same in any order, beyond their bound too',
  async (t) => {
    const written = ['a*', '*b*', '*a*', '*ab', 'b*a*', '*a*b*a*', '*bb*a']
    const closed = closePatterns(written)
    t.ok(closed.length >= 500, 'the bound is reached')
    t.strictSame(closePatterns([...written].reverse()), closed)
  },
)

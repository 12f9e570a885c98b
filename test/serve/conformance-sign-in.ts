// The official suite's scenarios about sign-in, in short: of a person, and of
// the gateway itself. `npm run conformance` runs all of them.
// In: nothing. Out: tap.
// INVARIANT: a suite that cannot be installed is a failure, not a skip.

import t from 'tap'
import { readExpected, runSuites } from '../harness/conformance/compare.ts'
import { readFigures } from '../harness/conformance/figures.ts'

const SCENARIOS = [
  'auth/metadata-var3',
  'auth/scope-step-up',
  'auth/authorization-server-migration',
  'auth/iss-wrong-issuer',
]

const SIGN_INS = ['auth-person', 'auth-gateway', 'auth-other']

t.test('people and the gateway sign in as the suite wants it', async (t) => {
  const outcomes = await runSuites({
    suites: SIGN_INS,
    scenarios: SCENARIOS,
    expected: readExpected(),
  })
  t.equal(outcomes.length, 4, 'two suites, direct and through')
  for (const { suite, side, results, count, verdict, again } of outcomes) {
    for (const name of again) t.comment(`${suite} ${side}: ${name}, once more`)
    t.strictSame(verdict, { unexpected: [], stale: [] }, `${suite} ${side}`)
    t.strictSame([...results.keys()].sort(), [...SCENARIOS].sort())
    t.ok(count.passed > 20 && count.failed === 0, `${suite} ${side}`)
  }
})

t.test('of all of them, figures are written down', (t) => {
  for (const name of SIGN_INS) {
    const { direct, through } = readFigures()[name] ?? {}
    t.equal(direct?.failed, 0, `${name}: the SDK passes all`)
    t.ok(through && through.passed > 0, name)
  }
  t.end()
})

// What explanations and expectations say, held to decide() and to a count.

import fc from 'fast-check'
import t from 'tap'
import type { Kind } from '../../src/contract/table.ts'
import { decide } from '../../src/table/decide.ts'
import { granteeOf } from '../../src/table/expect.ts'
import { explainUse } from '../../src/table/explain.ts'
import { makeTeam } from '../harness/explained.ts'
import { makeTable } from '../harness/table.ts'

// The same cases on every run; a new seed is for those who look for faults.
fc.configureGlobal({ seed: 20261124 })

t.test('what is said is what decide() says', async () => {
  const name = fc.constantFrom('get_a', 'get_b', 'put_a', 'x')
  const pattern = fc.constantFrom('*', 'get_*', '*_a', 'x', 'put_a')
  const when = fc.constantFrom({ p: { equals: 1 } }, { p: { max: 3 } })
  const entry = fc.oneof(pattern, fc.record({ tool: pattern, when }))
  const section = fc.record({ a: fc.array(entry, { maxLength: 3 }) })
  const rules = fc.record({ allow: section, deny: section })
  const property = fc.property(
    fc.record({ r: rules, s: rules }),
    name,
    fc.option(fc.constantFrom({}, { p: 1 }, { p: 5 }, { p: 'x' }), {
      nil: undefined,
    }),
    (roles, tool, value) => {
      const table = makeTable(roles)
      const args = value && { value }
      const use = { server: 'a', kind: 'tool' as Kind, name: tool }
      const told = explainUse(table, { kind: 'role', name: 'r' }, use, args)
      const grantee = granteeOf(table, { role: 'r' })
      const { verdict } = decide(table, grantee, 'a', 'tool', tool, args)
      const words = {
        allow: 'allowed',
        deny: 'denied',
        constrained: 'constrained',
      }
      const rule = told.steps.some((step) => step.rule === told.decision.rule)
      const open = told.verdict === 'allowed' || told.nearest !== null
      return (
        told.verdict === words[verdict] && open && (rule || verdict === 'deny')
      )
    },
  )
  fc.assert(property, { numRuns: 1000 })
})

t.test('what the expectations leave unsaid', async (t) => {
  const { run } = makeTeam(t)
  const { code, stdout } = await run('check', '--coverage')
  t.equal(code, 0)
  t.match(stdout, /Coverage: 1 of 21 pairs of a role and a tool \(4 %\)/)
  t.match(
    stdout,
    /reader +1 of 7 +not covered: github\/get_issue, .*notes\/\*, /,
  )
  t.match(
    stdout,
    /owner +0 of 7 +not covered: github\/delete_repo \(destructive\), /,
  )
  const json = await run('check', '--coverage', '--report', 'json')
  t.equal(JSON.parse(json.stdout).command, 'check')
  t.match(json.stderr, 'Coverage: 1 of 21')
  t.equal((await run('check', '--min', '4')).code, 0)
  const low = await run('check', '--min', '5')
  t.equal(low.code, 1)
  t.match(low.stdout, /gateway.config.ts:\d+:3 +GW6002 +expectations cover 4 %/)
  t.equal((await run('check', '--min', 'all')).code, 2)
})

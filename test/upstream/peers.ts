// Real peers through a real gateway: SDK clients of both majors and eras, the
// npm reference servers, the Inspector's command line; and the document that
// says what works. `npm run compatibility` is the same, with all of the
// Inspector, and writes that document.
// INVARIANT: what does not work is listed with its reason; the list is exact.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../harness/gateway.ts'
import { FAULTS, findFault, judgeResults } from '../harness/peers/faults.ts'
import type { Feature } from '../harness/peers/features.ts'
import {
  aimInspector,
  COMMANDS,
  INSPECTED,
  INSPECTOR_KINDS,
  inspect,
} from '../harness/peers/inspector.ts'
import { renderCompatibility } from '../harness/peers/render.ts'
import { type Result, runPeers } from '../harness/peers/run.ts'

const { results, ...at } = await runPeers(t)

t.test('every client, every server, every feature', (t) => {
  t.strictSame(judgeResults(results), [])
  for (const fault of FAULTS) {
    t.ok(
      results.some((one) => findFault(one) === fault),
      `attempted: ${fault.feature}`,
    )
  }
  t.end()
})

t.test('an unlisted fault and a listed one that works are reported', (t) => {
  const [one] = results as [Result]
  const { client, server, feature } = one
  const listed = {
    clients: [client],
    servers: [server],
    feature,
    why: 'It is.',
  }
  const failed = { ...one, wrong: 'x' }
  t.match(judgeResults([failed], []), [/^not expected: .*: x$/])
  t.strictSame(judgeResults([failed], [listed]), [])
  const works = [{ ...one, wrong: null }]
  t.match(judgeResults(works, [listed]), [/^listed, but works: /])
  t.end()
})

t.test('the Inspector calls a tool, in both eras', async (t) => {
  const target = await aimInspector(t, at)
  const tried = await inspect(target, ['structured'])
  t.equal(tried.length, INSPECTOR_KINDS.length)
  t.strictSame(judgeResults(tried), [])
})

t.test('docs/compatibility.md matches the results of the peers', (t) => {
  // The script has tried all of it.
  const inspected = INSPECTOR_KINDS.flatMap((client) =>
    (Object.keys(COMMANDS) as readonly Feature[]).map((feature) => ({
      ...({ client, server: INSPECTED, feature, wrong: null } as const),
    })),
  )
  const written = readFileSync(join(root, 'docs/compatibility.md'), 'utf8')
  const now = renderCompatibility([...results, ...inspected])
  t.equal(written, now, 'npm run compatibility writes it')
  t.end()
})

// Servers and clients on SDKs of other languages (test/sdks) through a gateway:
// each client and each server once. `npm run compatibility` lets every client
// meet every server.
// INVARIANT: what cannot run here is skipped with its reason; what does not
// work is listed with its reason, and the list is exact.

import t from 'tap'
import { FAULTS, judgeResults } from '../harness/sdks/faults.ts'
import { SDK_KINDS } from '../harness/sdks/peers.ts'
import {
  ALL_PAIRS,
  FEW_PAIRS,
  featuresOf,
  type Result,
  runSdks,
} from '../harness/sdks/run.ts'

// Alone, on a machine that has none of them yet, it installs them.
t.setTimeout(600_000)
const { results, missing } = await runSdks(t, FEW_PAIRS)

for (const pair of FEW_PAIRS) {
  const { client, server, transport } = pair
  const skip = missing.get(client) ?? missing.get(server) ?? false
  const title = `${client} to ${server} over ${transport}`
  t.test(title, { skip }, (t) => {
    const own = results.filter((one) => one.client === client)
    t.strictSame(
      own.map(({ feature }) => feature),
      featuresOf(pair),
    )
    t.strictSame(judgeResults(own), [])
    t.end()
  })
}

t.test('each SDK is once a client and once a server', (t) => {
  for (const side of ['client', 'server'] as const) {
    const kinds = FEW_PAIRS.map((pair) => pair[side])
    t.strictSame(kinds.toSorted(), SDK_KINDS.toSorted())
  }
  t.end()
})

t.test('a fault that is not listed, and a listed one that works', (t) => {
  const good: Result = { ...first(), feature: 'tools', wrong: null }
  t.strictSame(judgeResults([good]), [])
  t.match(judgeResults([{ ...good, wrong: 'x' }]), [/^not expected: .*: x$/])
  for (const { feature, clients, servers, transports } of FAULTS) {
    const pair = ALL_PAIRS.find(
      (one) =>
        (clients?.includes(one.client) ?? true) &&
        (servers?.includes(one.server) ?? true) &&
        (transports?.includes(one.transport) ?? true) &&
        featuresOf(one).includes(feature),
    )
    const listed: Result = { ...(pair ?? first()), feature, wrong: null }
    t.match(judgeResults([listed]), [/^listed, but works: /], feature)
  }
  t.end()
})

function first() {
  const [pair] = ALL_PAIRS
  if (!pair) throw new Error('no pair')
  return pair
}

// Large calls of many clients at once, in every way in which they are answered
// and left: nobody gets a byte of another. Covers runtime/base/lender.ts.
// In: perhaps GUARANTEES_SEED, and GUARANTEES_TIMES for more calls.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { hasOpenssl, issueChain } from '../harness/certificates.ts'
import { runLent } from '../harness/lent/run.ts'

const { GUARANTEES_TIMES = '1', GUARANTEES_SEED = '1' } = process.env
const load = {
  clients: 20,
  calls: 240 * Number(GUARANTEES_TIMES),
  seed: Number(GUARANTEES_SEED),
  longest: Number(GUARANTEES_TIMES) > 1 ? 3_000_000 : 1_000_000,
}

t.test('every byte is of its own call', async (t) => {
  const { answered, left, faults } = await runLent(t, load)
  t.same(faults, [])
  t.ok(answered > load.calls / 2, `${answered} answered, ${left} left`)
})

const skip = hasOpenssl() ? false : 'there is no openssl'

t.test('every byte is of its own call, over TLS', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { ca, own } = issueChain(folder)
  const files = { 'cert.pem': own.cert, 'key.pem': own.key }
  const tls = { ca: ca.cert, files }
  const calls = load.calls / 2
  const { answered, left, faults } = await runLent(t, { ...load, calls, tls })
  t.same(faults, [])
  t.ok(answered > calls / 2, `${answered} answered, ${left} left`)
})

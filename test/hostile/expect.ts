// Attacks by `Expect`: what Node would answer itself, before anybody is judged.
// The refusals that end a connection stand in test/hostile/edge.ts.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { deriveToken, readKey } from '../../src/runtime/base/key.ts'
import { open, talk, write, writeCall } from '../harness/bounds/edge.ts'
import type { Attack } from './case.ts'

const WAITS = { expect: '100-Continue' }

const listStatuses = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)

/** Its head, and its body once something was answered. */
function cut(request: string): readonly [string, string] {
  const end = request.indexOf('\r\n\r\n') + 4
  return [request.slice(0, end), request.slice(end)]
}

export const ATTACKS: readonly Attack[] = [
  {
    id: 'S10 a body that waits is asked for once its head is judged',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      const more = { ...WAITS, connection: 'close' }
      const answer = await talk(url, ...cut(writeCall(good.token, more)))
      assert.deepEqual(listStatuses(answer), ['100', '200'])
      assert.equal(calls(), 1)
    },
  },
  {
    id: 'S10 a body that waits in HTTP/1.0 waits for nothing',
    run: async (t) => {
      const { url, good } = await open(t)
      const old = writeCall(good.token, WAITS).replace('HTTP/1.1', 'HTTP/1.0')
      assert.deepEqual(listStatuses(await talk(url, old)), ['200'])
    },
  },
  {
    id: 'S10 an expectation is on record as other refusals are',
    run: async (t) => {
      const { gateway, url, good, records } = await open(t)
      const odd = writeCall(good.token, { expect: 'magic' })
      assert.match(await talk(url, odd), /"Expect must be 100-continue/)
      await gateway.close()
      const refused = records().filter(({ reason }) => reason === 'expect')
      assert.deepEqual(
        refused.map(({ event, count }) => [event, count]),
        [['refusal', 1]],
      )
    },
  },
  {
    id: 'S10 expectations beside the endpoint',
    run: async (t) => {
      const { url } = await open(t)
      const headers = { connection: 'close' }
      const probe = (expect: string, route: string) =>
        talk(url, write({ ...headers, expect }, '', route))
      const odd = await probe('magic', 'GET /livez')
      assert.deepEqual(listStatuses(odd), ['417'])
      const lost = await probe('100-continue', 'POST /nowhere')
      assert.deepEqual(listStatuses(lost), ['404'])
    },
  },
  {
    id: 'S17 a body that waits on the admin listener',
    run: async (t) => {
      const { gateway, good, folder } = await open(t)
      const order = JSON.stringify({ kind: 'token', value: good.id })
      const ask = (token: string, expect: string) => {
        const authorization = `Bearer ${token}`
        const headers = { authorization, expect, connection: 'close' }
        const type = { 'content-type': 'application/json' }
        const bytes = write({ ...headers, ...type }, order, 'POST /revoke')
        return talk(gateway.adminUrl, ...cut(bytes))
      }
      const wrong = await ask('wrong', '100-continue')
      assert.deepEqual(listStatuses(wrong), ['401'])
      assert.deepEqual(listStatuses(await ask('wrong', 'magic')), ['401'])
      const key = readKey(join(folder, 'gateway.key'))
      const right = deriveToken(key, 'admin')
      assert.deepEqual(listStatuses(await ask(right, 'magic')), ['417'])
      const answer = await ask(right, '100-continue')
      assert.deepEqual(listStatuses(answer), ['100', '200'])
    },
  },
]

// Attacks by many headers: as many as a head of 16 KiB has room for.
// In: nothing. Out: ATTACKS.

import { strict as assert } from 'node:assert'
import { open, talk, writeCall } from '../harness/bounds/edge.ts'
import type { Attack } from './case.ts'

/** More than Node keeps by itself. */
const MANY = 'a:\r\n'.repeat(2_500)

/** Behind the request line. */
const prepend = (request: string, lines: string) =>
  request.replace('\r\n', `\r\n${lines}`)

export const ATTACKS: readonly Attack[] = [
  {
    id: 'S10 headers behind more than anybody counts',
    run: async (t) => {
      const { url, good, calls } = await open(t)
      const call = writeCall(good.token, { connection: 'close' })
      const first = 'host: localhost\r\n'
      const double = await talk(url, prepend(call, first + MANY))
      assert.match(double, /^HTTP\/1\.1 400 .*header host stands twice/s)
      const evil = { connection: 'close', origin: 'https://evil.example' }
      const hidden = writeCall(good.token, evil).replace(/origin: .*\r\n/, '')
      const late = hidden.replace(
        '\r\n\r\n',
        `\r\n${MANY}origin: https://evil.example\r\n\r\n`,
      )
      assert.match(await talk(url, late), /^HTTP\/1\.1 403 /)
      assert.equal(calls(), 0)
      assert.match(await talk(url, prepend(call, MANY)), /^HTTP\/1\.1 200 /)
      const long = await talk(url, prepend(call, MANY.repeat(8)))
      assert.match(long, /^HTTP\/1\.1 431 /)
    },
  },
]

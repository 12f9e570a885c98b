// The built command `gateway serve` as the gateway of a case.
// In: a config as data, a token of its. Out: what a world asks of a gateway.
// INVARIANT: all that is known of it comes from its listeners, its stderr and
// its files; only its clocks can be moved, by a preload.

import { once } from 'node:events'
import { join } from 'node:path'
import type { Status } from '../../../src/contract/status.ts'
import { deriveToken, readKey } from '../../../src/runtime/base/key.ts'
import type { Serve } from '../../wild/world.ts'
import { bin } from '../gateway.ts'
import { makeFolder, serveFolder } from '../process.ts'
import { readRecords } from '../served.ts'
import { send } from '../wire.ts'

const CLOCK = join(import.meta.dirname, 'moved-clock.js')

export const serveBuilt: Serve = async (owner, config, { id, record }) => {
  const whole = { tokens: { grants: { [id]: record } }, ...config }
  const folder = makeFolder(owner, {
    'gateway.config.json': JSON.stringify(whole, null, 2),
  })
  const command = [process.execPath, '--import', CLOCK, bin, 'serve']
  const env = { LOG_LEVEL: 'debug' }
  const served = await serveFolder(owner, folder, [], env, command)
  const key = readKey(join(folder, 'gateway.key'))
  const authorization = `Bearer ${deriveToken(key, 'admin')}`
  const { child } = served
  return {
    url: served.url,
    folder,
    log: () => served.stderr().split('\n').slice(0, -1),
    status: async () => {
      const { status, body } = await send(`${served.adminUrl}/status`, {
        method: 'GET',
        headers: { authorization },
      })
      if (status !== 200) throw new Error(`status answered ${status}: ${body}`)
      return JSON.parse(body) as Status
    },
    records: () => readRecords(join(folder, 'audit/gateway.jsonl')),
    advance: async (ms) => {
      const moved = once(child, 'message')
      child.send({ advance: ms })
      await moved
    },
  }
}

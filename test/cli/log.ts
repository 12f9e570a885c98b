// The log of `serve`: what becomes of errors, and of what JSON cannot hold.
// Its lines and levels: test/upstream/starts.ts.
// Covers cli.

import t from 'tap'
import { openIo } from '../../src/cli/io.ts'
import { openLog } from '../../src/cli/log.ts'
import { makeIo } from '../harness/gateway.ts'

t.test('the log: errors, and what JSON cannot hold', (t) => {
  const io = makeIo('/')
  const { logger } = openLog({}, openIo([], { ...io, env: {} }))
  const cause = new Error('the first')
  logger.error(new Error('the second', { cause }))
  logger.warn(Object.assign(new RangeError('x'), { code: 'E_X' }), 'about')
  logger.warn('100%d of 50%s')
  logger.warn(null, 'a message')
  logger.warn(undefined, 'a message')
  const circle: Record<string, unknown> = { server: 'files', big: 2n }
  circle.own = circle
  logger.error(circle, 'a circle')
  const events = String(io.stderr.read()).trim().split('\n')
  const read = events.map((line) => JSON.parse(line))
  t.match(read, [
    {
      msg: 'the second',
      err: { message: 'the second: the first', stack: /caused by: .*first/ },
    },
    { msg: 'about', err: { type: 'RangeError', code: 'E_X', stack: /at / } },
    { msg: '100%d of 50%s' },
    { msg: 'a message' },
    { msg: 'a message' },
    { msg: 'a circle', server: 'files', big: 2, own: { own: '[Circular]' } },
  ])
  t.same(Object.keys(read[2]), ['level', 'time', 'msg'])
  t.end()
})

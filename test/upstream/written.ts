// W10: secrets inside an argument or an address, from the config to the wire.

import t from 'tap'
import { join, secret } from '../../src/index.ts'
import {
  listSecrets,
  resolveWritten,
} from '../../src/runtime/secrets/resolve.ts'
import { listDestinations } from '../../src/table/references.ts'
import { makeArtefact } from '../harness/judged-config.ts'
import { NO_PROGRAMS } from '../harness/no-programs.ts'

t.test('W10 a secret inside an argument, a path and a query', (t) => {
  const arg = join('--token=', secret('env:T'))
  const url = join('https://x.example/', secret('env:T'), '?key=', {
    secret: 'env:K',
  })
  const servers = {
    a: { type: 'stdio', command: 'x', args: ['-v', secret('env:T'), arg] },
    b: { type: 'http', url },
  }
  const config = { servers, roles: {}, teams: {}, limits: {} }
  const empty = { tokens: { grants: {} } }
  const { table } = makeArtefact({
    config: { ...config, ...empty } as never,
    lock: {},
  })
  const source = {
    env: { T: 'a b/c', K: 'k&v' },
    root: '/',
    programs: NO_PROGRAMS,
  }
  t.notMatch(JSON.stringify(table), /a b|k&v/, 'references only')
  const { a, b } = table.servers
  if (a?.type !== 'stdio' || b?.type !== 'http') return t.fail()
  t.same(
    a.args.map((one) => resolveWritten(one, source)),
    ['-v', 'a b/c', '--token=a b/c'],
  )
  t.equal(
    resolveWritten(b.url, source, encodeURIComponent),
    'https://x.example/a%20b%2Fc?key=k%26v',
  )
  t.same(listSecrets(b.url, source), ['a b/c', 'k&v'], 'what is redacted')
  t.throws(
    () => resolveWritten(arg, { env: {}, root: '/', programs: NO_PROGRAMS }),
    /env:T is not set/,
  )
  t.match(listDestinations(table), [
    { ref: 'env:T', who: 'x', as: 'args' },
    { ref: 'env:T', who: 'x', as: 'args' },
    { ref: 'env:T', who: 'x.example', as: 'url' },
    { ref: 'env:K', who: 'x.example', as: 'url' },
  ])
  t.end()
})

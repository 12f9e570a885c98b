// S14: how grave it is that a setting changes, and how a reviewer is told.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { describeDiff } from '../../src/cli/render/diff-headline.ts'
import { findFailures } from '../../src/cli/render/diff-words.ts'
import { diffArtefacts } from '../../src/table/diff/diff.ts'
import { GRAVITIES, ROWS } from '../../src/table/diff/gravity.ts'
import { root } from '../harness/gateway.ts'
import { makeArtefact } from '../harness/judged-config.ts'

const tableSchema = JSON.parse(
  readFileSync(join(root, 'schema/table.schema.json'), 'utf8'),
)

/** A config of one server. */
const http = (url: string, more: object = {}, name = 'a') => ({
  servers: { [name]: { type: 'http', url, ...more } },
})
const stdio = (command: string, more: object = {}, name = 'a') => ({
  servers: { [name]: { type: 'stdio', command, ...more } },
})
const MAP = { staff: 'platform', all: 'interns' }
const TURNED = { all: 'interns', staff: 'platform' }
/** A login, and what is other in it. */
const login = (more: object = {}) => ({
  servers: {},
  teams: { platform: { roles: [] }, interns: { roles: [] } },
  login: { issuer: X, teams: { claim: 'groups', map: MAP }, ...more },
})
const NONE = { servers: {} }

/** What sends a secret, in a header and in the environment. */
const sends = (secret: object, header = 'k') => ({
  headers: { [header]: secret },
})
const KEY = { secret: 'env:KEY' }
const KEYED = sends(KEY)
const GIVEN = { env: { K: KEY } }
const signsIn = (issuer: string, client: object) => ({
  auth: { type: 'clientCredentials', issuer, client: { id: 'gw', ...client } },
})
const people = (auth: object) => ({ auth: { type: 'oauth', ...auth } })
const PERSON = people({ as: 'person' })
const OPERATOR = people({ as: 'gateway' })
const X = 'https://x.example/'

/** A config, what changes of it, what its headline says, and the words of
 * --fail-on that find it. */
const GRAVE: Readonly<
  Record<string, readonly [object, object, string, string]>
> = {
  'a secret goes to another host': [
    http(X, sends({ bearer: 'env:KEY' })),
    http('https://evil.example/', sends({ bearer: 'env:KEY' })),
    'secret KEY now goes to evil.example',
    'secrets exposure',
  ],
  'to another port': [
    http(X, KEYED),
    http('https://x.example:8443/', KEYED),
    'secret KEY now goes to x.example:8443',
    'secrets exposure',
  ],
  'in the clear': [
    http(X, KEYED),
    http('http://x.example/', KEYED),
    'secret KEY now goes to http://x.example/',
    'secrets exposure',
  ],
  'as another header': [
    http(X, KEYED),
    http(X, sends(KEY, 'j')),
    'secret KEY now goes to x.example as header j',
    'secrets exposure',
  ],
  'another secret': [
    http(X, KEYED),
    http(X, sends({ secret: 'env:ROOT' })),
    'secret ROOT now goes to x.example',
    'secrets exposure',
  ],
  'to another authorization server': [
    http(X, signsIn('https://id.example', { secret: KEY })),
    http(X, signsIn('https://evil.example', { secret: KEY })),
    'secret KEY now goes to evil.example',
    'secrets',
  ],
  'from a header to an authorization server': [
    http(X, KEYED),
    http(X, signsIn('https://id.example', { secret: KEY })),
    'secret KEY now goes to id.example',
    'secrets exposure',
  ],
  'from a header to the accounts of people': [
    http(X, KEYED),
    http(X, PERSON),
    'people now sign in to server a with accounts of their own',
    'secrets exposure',
  ],
  'from accounts of people to one': [
    http(X, PERSON),
    http(X, OPERATOR),
    'an operator now signs in to server a, with one account for all',
    'secrets',
  ],
  'from one account to those of people': [
    http(X, OPERATOR),
    http(X, PERSON),
    'people now sign in to server a with accounts of their own',
    'secrets',
  ],
  'from people to the gateway itself': [
    http(X, PERSON),
    http(X, signsIn('https://id.example', { key: KEY })),
    'the gateway now signs in to server a as client gw',
    'secrets',
  ],
  'from people to nobody': [
    http(X, PERSON),
    http(X),
    'nobody signs in to server a any more',
    'secrets',
  ],
  'a sign-in elsewhere': [
    http(X, PERSON),
    http(X, people({ as: 'person', issuer: 'https://evil.example' })),
    'the sign-in to server a is now at https://evil.example',
    'secrets',
  ],
  'a sign-in where the server says': [
    http(X, people({ as: 'person', issuer: 'https://id.example' })),
    http(X, PERSON),
    'the sign-in to server a is now where the server says',
    'secrets',
  ],
  'other scopes': [
    http(X, people({ as: 'person', scopes: ['read'] })),
    http(X, people({ as: 'person', scopes: ['write', 'read'] })),
    'the scopes of server a are now read write',
    'secrets',
  ],
  'another client': [
    http(X, people({ as: 'person', client: { id: 'gw' } })),
    http(X, people({ as: 'person', client: { id: 'other' } })),
    'the gateway is now client other at the authorization server of a',
    'secrets',
  ],
  'no client': [
    http(X, people({ as: 'person', client: { id: 'gw' } })),
    http(X, PERSON),
    'the gateway now registers itself at the authorization server of a',
    'secrets',
  ],
  'another page to sign in': [
    http(X, PERSON),
    http(X, people({ as: 'person', parameters: { prompt: 'none' } })),
    'parameters.prompt of the sign-in to server a is now "none"',
    'secrets',
  ],
  'another address of the gateway': [
    {},
    { listen: { publicUrl: 'https://gateway.example/' } },
    'listen.publicUrl is now "https://gateway.example"',
    'secrets',
  ],
  'from a header to a program': [
    http(X, KEYED),
    stdio('x', GIVEN),
    'secret KEY now goes to x',
    'secrets execution',
  ],
  'to other arguments of its program': [
    stdio('x', GIVEN),
    stdio('x', { args: ['--to', 'evil'], ...GIVEN }),
    'secret KEY now goes to x --to evil',
    'secrets execution',
  ],
  'to a server that is new': [
    NONE,
    http('https://y.example/', KEYED, 'b'),
    'secret KEY now goes to y.example',
    'secrets exposure',
  ],
  'a program prints it': [
    http(X, KEYED),
    http(X, sends({ secret: { exec: ['op', 'read', 'a b'] } })),
    'the gateway runs op read "a b"',
    'secrets execution exposure',
  ],
  'other arguments of that program': [
    http(X, sends({ bearer: { exec: ['op', 'read', 'a'] } })),
    http(X, sends({ bearer: { exec: ['op', 'read', 'b'] } })),
    'the gateway runs op read b',
    'secrets execution exposure',
  ],
  'another variable for it': [
    http(X, sends({ bearer: { exec: ['op'] } })),
    http(X, sends({ bearer: { exec: ['op'], env: ['ROOT'] } })),
    'secret exec:op (with ROOT) now goes to x.example',
    'secrets execution exposure',
  ],
  'one of a server that is new': [
    NONE,
    http(X, sends({ bearer: { exec: ['op'] } }), 'b'),
    'the gateway runs op',
    'secrets execution exposure',
  ],
  'to a collector of traces': [
    {},
    { telemetry: { otlp: { url: 'https://otlp.example', ...KEYED } } },
    'secret KEY now goes to otlp.example',
    'secrets audit',
  ],
  'other CAs': [
    http(X),
    http(X, { tls: { ca: 'all.pem' } }),
    'tls of server a changes',
    'secrets',
  ],
  'a proxy for all servers': [
    http(X),
    { ...http(X), proxy: { url: 'http://proxy.example:3128' } },
    'proxy is now {"auth":null,"noProxy":["127.0.0.0/8","::1","localhost"],"url":"http://proxy.example:3128"}',
    'secrets',
  ],
  'a proxy with credentials': [
    http(X),
    http(X, {
      proxy: {
        url: 'http://proxy.example:3128',
        auth: { basic: { user: 'gw', secret: 'env:KEY' } },
      },
    }),
    'secret KEY now goes to proxy proxy.example:3128',
    'secrets',
  ],
  'another program': [
    stdio('x'),
    stdio('y', { cwd: 'z' }),
    'server a runs in another way',
    'execution',
  ],
  'a program that is new': [
    NONE,
    stdio('npx', { args: ['evil'] }, 'b'),
    'new server b runs npx evil',
    'execution',
  ],
  'calls without a record': [
    {},
    { audit: { onFailure: 'allow' } },
    'audit.onFailure is now "allow"',
    'audit',
  ],
  'records elsewhere': [
    {},
    { audit: { file: '/dev/null' } },
    'audit.file is now "/dev/null"',
    'audit',
  ],
  'a listener for all': [
    { listen: { publicUrl: 'https://g.example' } },
    {
      listen: {
        host: '0.0.0.0',
        publicUrl: 'https://g.example',
        behindProxy: ['10.0.0.0/8'],
      },
    },
    'listen.host is now "0.0.0.0"',
    'exposure',
  ],
  origins: [
    { listen: { origins: ['https://a.example'] } },
    { listen: { origins: ['https://a.example', 'https://b.example'] } },
    'listen.origins is now ["https://a.example","https://b.example"]',
    'exposure',
  ],
  'the admin token': [
    {},
    { admin: { token: { secret: 'env:PUBLIC' } } },
    'secret PUBLIC now goes to the admin listener',
    'secrets',
  ],
  'longer lives': [
    {},
    { tokens: { maxAge: '1000d', grants: {} } },
    'maxAge is now 1000 d',
    'exposure',
  ],
  'sessions shared': [
    stdio('x', { requests: [] }),
    stdio('x', { requests: [], isolation: 'shared' }),
    'isolation of server a changes',
    'exposure',
  ],
  'what was reviewed no longer binds': [
    stdio('x'),
    stdio('x', { drift: 'warn' }),
    'drift of server a changes',
    'exposure',
  ],
  'another key': [
    {},
    { key: 'shared/gateway.key' },
    'key is now "shared/gateway.key"',
    'secrets',
  ],
  'another provider of the login': [
    login(),
    login({ issuer: 'https://other.example' }),
    'login.issuer is now "https://other.example"',
    'secrets',
  ],
  'another claim says which groups': [
    login(),
    login({ teams: { claim: 'roles', map: MAP } }),
    'login.teams.claim is now "roles"',
    'secrets',
  ],
  'the same groups in another order': [
    login(),
    login({ teams: { claim: 'groups', map: TURNED } }),
    'login.teams.map is now ["all→interns","staff→platform"]',
    'exposure',
  ],
  'less of everything is not grave': [
    {
      listen: { origins: ['https://a.example', 'https://b.example'] },
      audit: { onFailure: 'allow' },
      servers: { a: { type: 'stdio', command: 'x', drift: 'warn' } },
      tokens: { maxAge: '90d', grants: {} },
    },
    {
      listen: { origins: ['https://a.example'] },
      servers: {},
      tokens: { maxAge: '30d', grants: {} },
    },
    'no access change',
    '',
  ],
}

for (const [name, [before, after, said, words]] of Object.entries(GRAVE)) {
  t.test(`S14 gravity of settings: ${name}`, async (t) => {
    const empty = { servers: {}, roles: {}, teams: {}, limits: {} }
    const [base, head] = [before, after].map((config) =>
      makeArtefact({
        config: { ...empty, tokens: { grants: {} }, ...config } as never,
        lock: {},
      }),
    )
    if (!base || !head) return t.fail()
    const diff = diffArtefacts(base, head)
    const headline = describeDiff(diff)
    t.ok(headline.includes(said), headline.join('; '))
    t.equal(headline[0] === 'no access change', words === '')
    const found = findFailures(diff, GRAVITIES)
    t.strictSame(
      found,
      GRAVITIES.filter((one) => words.includes(one)),
    )
    t.strictSame(findFailures(diff, ['access']), [])
  })
}

t.test('S14 every setting of a table has a gravity', (t) => {
  const { $defs, properties } = tableSchema
  const { properties: table } = properties.table
  const compared = ['lock', 'roles', 'teams', 'limits', 'tokens', 'tests']
  const own = Object.keys(table).filter((key) => !compared.includes(key))
  const server = (type: string) =>
    Object.keys($defs[type].properties).map((key) => `servers.*.${key}`)
  const keys = [...own, ...server('httpServer'), ...server('stdioServer')]
  const rows = Object.keys(ROWS)
  const isCovered = (key: string) =>
    rows.some((row) => row === key || key.startsWith(`${row}.`))
  const without = keys.flatMap((key) => {
    if (isCovered(key) || key === 'servers') return []
    const { properties = {}, oneOf = [] } = table[key] ?? {}
    const inner = oneOf.find((one: { properties?: object }) => one.properties)
    const members = Object.keys(inner?.properties ?? properties)
    const left = members.filter((member) => !isCovered(`${key}.${member}`))
    return members.length === 0 ? [key] : left.map((one) => `${key}.${one}`)
  })
  t.strictSame(without, [])
  const stale = rows.filter((row) => {
    const [first = '', second = ''] = row.split('.')
    if (first === 'servers') return !keys.includes(row)
    const text = JSON.stringify([table[first], $defs[first]])
    return (
      text === '[null,null]' || (second !== '' && !text.includes(`"${second}"`))
    )
  })
  t.strictSame(stale, [])
  t.end()
})

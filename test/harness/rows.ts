// Small configs, each with the code that the compiler gives it, and whether
// the types refuse it as well.
// In: nothing. Out: rows for test/compile/agreement.ts.
// INVARIANT: what types cannot say is a rule about values: their form, their
// range, how many there are, and names that another file may declare.

export interface Row {
  readonly config: object
  /** Of its one error; null where it has none. */
  readonly code: string | null
  /** Who refuses it. */
  readonly judges: 'both' | 'compiler'
}

const URL = 'https://example.com/mcp'
const SERVERS = {
  a: { type: 'http', url: URL },
  b: { type: 'stdio', command: 'x' },
}
const ID = 'a00000000000'
const RECORD = {
  subject: 'ann',
  roles: ['r'],
  sha256: '0'.repeat(64),
  created: '2026-11-01',
  expires: '2026-11-22',
}
const BASE = {
  servers: SERVERS,
  roles: { r: {}, s: {} },
  teams: { t: { roles: ['r'] }, u: { roles: ['s'] } },
}
type Part = Readonly<Record<string, unknown>>

const base = (part: Part) => ({ ...BASE, ...part })
const http = (part: Part) => ({ servers: { a: { ...SERVERS.a, ...part } } })
const stdio = (part: Part) => ({ servers: { b: { ...SERVERS.b, ...part } } })
const SECRET_CLIENT = { id: 'gw', secret: { secret: 'env:T' } }
const KEY_CLIENT = { id: 'gw', key: { secret: 'file:gw.jwk' } }
const signIn = (part: Part) =>
  http({ auth: { type: 'clientCredentials', ...part } })
const oauth = (part: Part) => http({ auth: { type: 'oauth', ...part } })
const PROXY = 'http://proxy.example.com:3128'
const ISSUER = 'https://id.example.com'
const role = (part: Part) => base({ roles: { ...BASE.roles, q: part } })
const entry = (one: unknown) => role({ allow: { a: [one] } })
const when = (one: unknown) => entry({ tool: 'x', when: { p: one } })
const limit = (part: Part) =>
  base({ limits: { l: { on: { a: ['*'] }, ...part } } })
const bound = (part: Part) => limit({ concurrent: 1, ...part })
const grant = (part: Part) =>
  base({ tokens: { grants: { [ID]: { ...RECORD, ...part } } } })
const test = (part: Part) => base({ tests: { e: part } })

const BOTH: readonly (readonly [object, string | null])[] = [
  // Entries, and what they may hold.
  [entry('get_*'), null],
  [entry({ tool: 'x' }), null],
  [entry({ resource: 'file:///*' }), null],
  [entry({ prompt: 'x' }), null],
  [entry({}), 'GW2018'],
  [entry(7), 'GW2003'],
  [entry(['x']), 'GW2003'],
  [entry({ tool: 'x', prompt: 'y' }), 'GW2018'],
  [entry({ tool: 'x', resource: 'y' }), 'GW2018'],
  [entry({ resource: 'x', prompt: 'y' }), 'GW2018'],
  [entry({ resource: 'x', when: { p: { equals: 1 } } }), 'GW2018'],
  [entry({ prompt: 'x', when: { p: { equals: 1 } } }), 'GW2018'],
  [entry({ when: { p: { equals: 1 } } }), 'GW2018'],
  [entry({ tols: 'x' }), 'GW2001'],
  [entry({ tool: 3 }), 'GW2003'],
  [role({ allow: { a: '*' } }), 'GW2003'],
  [role({ allow: ['a'] }), 'GW2003'],
  [role({ deny: { c: ['*'] } }), 'GW3001'],
  [role({ allow: { c: ['*'] } }), 'GW3001'],
  [role({ extends: ['none'] }), 'GW3002'],
  [role({ extends: 'r' }), 'GW2003'],
  [role({ alow: {} }), 'GW2001'],
  [base({ roles: { ...BASE.roles, q: [] } }), 'GW2003'],

  // Each operator, two together, none.
  [when({ equals: null }), null],
  [when({ in: ['x', 1, true, null] }), null],
  [when({ glob: '/srv/*' }), null],
  [when({ min: 1 }), null],
  [when({ max: 1 }), null],
  [when({ min: 1, max: 2 }), null],
  [when({}), 'GW2018'],
  [when({ equals: 1, in: [1] }), 'GW2018'],
  [when({ equals: 1, min: 1 }), 'GW2018'],
  [when({ glob: '*', max: 1 }), 'GW2018'],
  [when({ in: [1], glob: '*' }), 'GW2018'],
  [when({ euqals: 1 }), 'GW2001'],
  [when({ equals: ['x'] }), 'GW2003'],
  [when({ equals: { x: 1 } }), 'GW2003'],
  [when({ in: 'x' }), 'GW2003'],
  [when({ in: [['x']] }), 'GW2003'],
  [when({ glob: 1 }), 'GW2003'],
  [when({ min: '1' }), 'GW2003'],
  [when('acme'), 'GW2003'],

  // Servers.
  [http({ headers: { x: 'y', z: { bearer: 'env:T' } } }), null],
  [http({ headers: { x: { secret: 'env:T', bearer: 'env:T' } } }), 'GW2018'],
  [http({ headers: { x: {} } }), 'GW2018'],
  [http({ headers: { x: { basic: { user: 'u' } } } }), 'GW2002'],
  [http({ headers: { x: { bearer: 'T' } } }), 'GW2013'],
  [http({ headers: { x: { scheme: { name: 'K', secret: 'env:T' } } } }), null],
  [http({ headers: { x: { scheme: { name: 'K' } } } }), 'GW2002'],
  [signIn({ client: SECRET_CLIENT, issuer: 'https://id.example.com' }), null],
  [signIn({ client: KEY_CLIENT, resource: false, scopes: [] }), null],
  [signIn({}), 'GW2002'],
  [signIn({ client: { id: 'gw' } }), 'GW2018'],
  [signIn({ client: { ...SECRET_CLIENT, ...KEY_CLIENT } }), 'GW2018'],
  [signIn({ client: { id: 'gw', secret: 'env:T' } }), 'GW2003'],
  [signIn({ client: KEY_CLIENT, scope: 'read' }), 'GW2001'],
  [signIn({ client: KEY_CLIENT, resource: true }), 'GW2004'],
  [signIn({ client: KEY_CLIENT, scopes: 'read' }), 'GW2003'],
  [http({ auth: { client: KEY_CLIENT } }), 'GW2002'],
  [http({ auth: { type: 'oauth2', as: 'person' } }), 'GW2004'],
  [oauth({ as: 'person' }), null],
  [oauth({ as: 'gateway', client: { id: 'gw' }, tokenIn: 'user' }), null],
  [oauth({ as: 'person', client: SECRET_CLIENT }), null],
  [oauth({ as: 'person', client: KEY_CLIENT, resource: false }), null],
  [oauth({ as: 'person', parameters: { nonce: 'x', prompt: 'none' } }), null],
  [base({ listen: { publicUrl: 'https://a.example/' } }), null],
  [base({ listen: { publicUrl: 'http://localhost:4600' } }), null],
  [oauth({}), 'GW2002'],
  [oauth({ as: 'user' }), 'GW2004'],
  [oauth({ as: 'person', clientId: 'gw' }), 'GW2001'],
  [oauth({ as: 'person', redirect_uri: URL }), 'GW2001'],
  [oauth({ as: 'person', client: {} }), 'GW2002'],
  [oauth({ as: 'person', client: 'gw' }), 'GW2003'],
  [
    oauth({ as: 'person', client: { ...SECRET_CLIENT, ...KEY_CLIENT } }),
    'GW2018',
  ],
  [oauth({ as: 'person', tokenIn: 3 }), 'GW2003'],
  [oauth({ as: 'person', via: 'company' }), 'GW2004'],
  [oauth({ as: 'person', resource: true }), 'GW2004'],
  [signIn({ client: KEY_CLIENT, as: 'person' }), 'GW2001'],
  [stdio({ auth: { type: 'oauth', as: 'person' } }), 'GW2001'],
  [
    stdio({ auth: { type: 'clientCredentials', client: KEY_CLIENT } }),
    'GW2001',
  ],
  [http({ headers: { x: 1 } }), 'GW2003'],
  [http({ command: 'x' }), 'GW2001'],
  [stdio({ url: URL }), 'GW2001'],
  [stdio({ args: '-y' }), 'GW2003'],
  [stdio({ env: { PORT: 1 } }), 'GW2003'],
  [{ servers: { a: { url: URL } } }, 'GW2002'],
  [{ servers: { a: { type: 'http' } } }, 'GW2002'],
  [{ servers: { a: { type: 'sse', url: URL } } }, 'GW2004'],
  [{ servers: { a: { type: 7, url: URL } } }, 'GW2004'],
  [{ servers: { b: { type: 'stdio' } } }, 'GW2002'],
  [http({ tls: {} }), null],
  [http({ tls: { caAppend: 'a.pem', cert: 'c.pem', key: 'k.pem' } }), null],
  [http({ tls: { ca: 1 } }), 'GW2003'],
  [http({ tls: { cert: 'c.pem' } }), 'GW2018'],
  [http({ proxy: 'env' }), null],
  [http({ proxy: false }), null],
  [http({ proxy: true }), 'GW2004'],
  [http({ proxy: 'http://proxy.example.com:3128' }), 'GW2014'],
  [http({ proxy: {} }), 'GW2002'],
  [http({ proxy: { url: PROXY, auth: 'user:password' } }), 'GW2003'],
  [http({ proxy: { url: PROXY, noProxy: 'acme.dev' } }), 'GW2003'],
  [stdio({ proxy: 'env' }), 'GW2001'],
  [http({ isolation: 'none' }), 'GW2004'],
  [http({ requests: ['prompts'] }), 'GW2004'],
  [http({ drift: 'ignore' }), 'GW2004'],
  [http({ rename: { x: 1 } }), 'GW2003'],
  [http({ breaker: { opens: '1s' } }), 'GW2001'],
  [http({ timeout: 30 }), 'GW2003'],
  [http({ idle: 'soon' }), 'GW2007'],

  // Teams, limits.
  [base({ teams: { t: {} } }), 'GW2002'],
  [base({ teams: { t: { roles: ['none'] } } }), 'GW3002'],
  [limit({ calls: 1, per: 'day', burst: 2, concurrent: 3 }), null],
  [bound({ each: ['token', 'tool'], mode: 'warn' }), null],
  [limit({}), 'GW2018'],
  [limit({ calls: 1 }), 'GW2018'],
  [limit({ per: 'day' }), 'GW2018'],
  [bound({ per: 'day' }), 'GW2018'],
  [bound({ burst: 2 }), 'GW2018'],
  [bound({ each: 'role' }), 'GW2004'],
  [bound({ each: ['role'] }), 'GW2004'],
  [bound({ mode: 'off' }), 'GW2004'],
  [bound({ on: { c: ['*'] } }), 'GW3001'],
  [bound({ for: {} }), 'GW2002'],
  [bound({ for: { teams: ['none'] } }), 'GW3003'],
  [bound({ for: { roles: ['none'] } }), 'GW3002'],
  [bound({ for: { team: ['t'] } }), 'GW2001'],
  [limit({ calls: 1, per: 'week' }), 'GW2004'],
  [base({ limits: { l: { concurrent: 1 } } }), 'GW2002'],

  // Tokens.
  [grant({ kind: 'ci', team: 't', tools: { a: ['x'], b: [] } }), null],
  [grant({ kind: 'robot' }), 'GW2004'],
  [grant({ team: 'none' }), 'GW3003'],
  [grant({ roles: ['none'] }), 'GW3002'],
  [grant({ tools: { c: ['x'] } }), 'GW3001'],
  [grant({ tools: { a: [{ tool: 'x', when: {} }] } }), 'GW2001'],
  [grant({ expire: '2026-11-22' }), 'GW2001'],
  [grant({ created: 20261101 }), 'GW2003'],
  [base({ tokens: { grants: { [ID]: { subject: 'ann' } } } }), 'GW2002'],
  [base({ tokens: { age: '30d' } }), 'GW2001'],

  // Expectations.
  [test({ role: 'r', deny: { a: ['x', { prompt: 'y' }] } }), null],
  [test({ team: 't', deny: {}, args: { any: [{ thing: 1 }] } }), null],
  [test({ role: 'r', team: 't', deny: {} }), 'GW2018'],
  [test({ role: 'r', token: ID, deny: {} }), 'GW2018'],
  [test({ team: 't', token: ID, deny: {} }), 'GW2018'],
  [test({ deny: {} }), 'GW2018'],
  [test({ role: 'r' }), 'GW2018'],
  [test({ role: 'none', deny: {} }), 'GW3002'],
  [test({ team: 'none', deny: {} }), 'GW3003'],
  [test({ role: 'r', deny: { c: ['x'] } }), 'GW3001'],
  [test({ role: 'r', deny: { a: [{ tool: 'x', when: {} }] } }), 'GW2001'],
  [test({ role: 'r', deny: {}, args: 'x' }), 'GW2003'],

  // The rest.
  [base({ audit: { tools: { c: {} } } }), 'GW3001'],
  [base({ audit: { tools: { a: { x: { keep: [] } } } } }), 'GW2001'],
  [base({ audit: { arguments: 'all' } }), 'GW2004'],
  [base({ listen: { tls: { cert: 'x' } } }), 'GW2002'],
  [base({ admin: { token: 'env:X' } }), 'GW2003'],
  [base({ proxy: { url: PROXY, noProxy: ['*.acme.dev'] } }), null],
  [base({ proxy: 'none' }), 'GW2014'],
  [base({ tls: { ca: 'a.pem' } }), 'GW2001'],
  [base({ caps: { request: '4M' } }), 'GW2008'],
  [base({ drain: 'soon' }), 'GW2007'],
  [base({ lints: { GW4001: 'loud' } }), 'GW2004'],
  [base({ lints: { GW3001: 'off' } }), 'GW2014'],
  [base({ lints: { GW4x: 'off' } }), 'GW2014'],
  [base({ telemetry: {} }), 'GW2002'],
  [base({ serves: {} }), 'GW2001'],
  [{}, 'GW2002'],
]

/** What types cannot say. */
const BEYOND: readonly (readonly [object, string])[] = [
  // Forms of names, patterns, texts.
  [{ servers: { A: SERVERS.a } }, 'GW2006'],
  [base({ roles: { ...BASE.roles, 'my role': {} } }), 'GW2006'],
  [base({ limits: { '1st': { on: {}, concurrent: 1 } } }), 'GW2006'],
  [entry('get_?'), 'GW2009'],
  [entry('{a,b}'), 'GW2009'],
  [entry(''), 'GW2005'],
  [http({ url: 'example.com' }), 'GW2010'],
  [http({ prefix: 'a b' }), 'GW2014'],
  [http({ headers: { x: { secret: 'env:' } } }), 'GW2013'],
  [http({ timeout: '1.5s' }), 'GW2007'],
  [http({ tls: { ca: 'a.pem', caAppend: 'b.pem' } }), 'GW2018'],
  [http({ url: 'http://example.com/mcp', tls: { ca: 'a.pem' } }), 'GW2018'],
  [http({ proxy: { url: 'socks5://proxy.example.com:1080' } }), 'GW2010'],
  [http({ proxy: { url: 'proxy.example.com:3128' } }), 'GW2010'],
  [http({ proxy: { url: 'http://gw@proxy.example.com' } }), 'GW2010'],
  [http({ proxy: { url: PROXY, noProxy: ['a b'] } }), 'GW2014'],
  [base({ proxy: { url: `${PROXY}/path` } }), 'GW2010'],
  [base({ drain: '-5s' }), 'GW2007'],
  [base({ caps: { message: '1 MiB' } }), 'GW2008'],
  [base({ listen: { path: 'mcp' } }), 'GW2014'],
  [base({ listen: { behindProxy: ['10.0.0.1'] } }), 'GW2014'],
  [base({ listen: { hosts: ['https://a.example'] } }), 'GW2014'],
  [base({ listen: { origins: ['a.example'] } }), 'GW2014'],
  [grant({ sha256: 'AB' }), 'GW2014'],
  [grant({ created: 'yesterday' }), 'GW2011'],
  [grant({ expires: '2026-02-30' }), 'GW2011'],
  [base({ tokens: { grants: { short: RECORD } } }), 'GW2014'],
  [base({ audit: { tools: { a: { x: { select: ['q'] } } } } }), 'GW2014'],

  // Ranges and whole numbers.
  [base({ listen: { port: 70_000 } }), 'GW2005'],
  [base({ listen: { port: 4.5 } }), 'GW2003'],
  [bound({ concurrent: 0 }), 'GW2005'],
  [http({ queue: -1 }), 'GW2005'],
  [http({ timeout: '0s' }), 'GW2005'],
  [base({ drain: '999999999999d' }), 'GW2005'],
  [when({ min: 2, max: 1 }), 'GW2012'],
  [http({ isolation: 'shared', requests: ['roots'] }), 'GW2018'],

  // Sign-in: what belongs together.
  [oauth({ as: 'person', authorizationEndpoint: ISSUER }), 'GW2022'],
  [oauth({ as: 'person', tokenEndpoint: ISSUER, issuer: ISSUER }), 'GW2022'],
  [oauth({ as: 'person', issuer: 'http://id.example.com' }), 'GW2022'],
  [oauth({ as: 'person', parameters: { state: 'x' } }), 'GW2022'],
  [oauth({ as: 'person', via: 'login', client: SECRET_CLIENT }), 'GW2022'],
  [oauth({ as: 'person', tokenIn: 'authed_user.token' }), 'GW2014'],
  [{ ...oauth({ as: 'person' }), listen: { hosts: ['a.example'] } }, 'GW2022'],
  [base({ listen: { publicUrl: 'http://a.example' } }), 'GW2014'],
  [base({ listen: { publicUrl: 'https://a.example/x' } }), 'GW2014'],

  // How many.
  [when({ in: [] }), 'GW2012'],
  [entry({ tool: 'x', when: {} }), 'GW2002'],

  // What another file may declare, and what only the whole tells.
  [test({ token: ID, deny: {} }), 'GW3004'],
  [test({ role: 'r', deny: { a: ['get_*'] } }), 'GW3011'],
  [role({ extends: ['q'] }), 'GW3005'],
  [
    role({ allow: { a: ['*', { tool: 'x', when: { p: { min: 1 } } }] } }),
    'GW3009',
  ],
  [grant({ expires: '2027-11-22' }), 'GW7001'],
  [grant({ expires: '2026-10-01' }), 'GW7003'],
  [base({ listen: { host: '0.0.0.0' } }), 'GW2016'],
  [http({ headers: { authorization: 'Bearer abc' } }), 'GW2015'],
]

export const ROWS: readonly Row[] = [
  ...BOTH.map(([config, code]) => ({ config, code, judges: 'both' as const })),
  ...BEYOND.map(([config, code]) => ({
    config,
    code,
    judges: 'compiler' as const,
  })),
]

// Every default of the config language, written as authors do.
// In: nothing. Out: frozen constants.
// INVARIANT: equal to the `default`s of schema/gateway.schema.json; a test
// compares them.

const { freeze } = Object

export const DEFAULTS = freeze({
  listen: freeze({ host: '127.0.0.1', port: 4600, path: '/mcp' }),
  admin: freeze({ host: '127.0.0.1', port: 4601 }),
  key: 'gateway.key',
  revoked: 'gateway.revoked',
  server: freeze({
    disabled: false,
    requests: freeze(['elicitation', 'sampling'] as const),
    rename: freeze({}),
    drift: 'withhold',
    concurrency: 32,
    queue: 64,
    maxSessions: 64,
    idle: '5m',
    timeout: '15m',
    idleTimeout: '5m',
    startupTimeout: '60s',
    breaker: freeze({ failures: 5, open: '30s' }),
  }),
  http: freeze({ isolation: 'session', headers: freeze({}) }),
  auth: freeze({ parameters: freeze({}) }),
  stdio: freeze({
    isolation: 'principal',
    args: freeze([]),
    env: freeze({}),
    /** The root config's folder. */
    cwd: '.',
  }),
  program: freeze({ env: freeze([]), timeout: '10s' }),
  limit: freeze({ each: freeze([]), mode: 'enforce' }),
  tokens: freeze({ file: 'gateway.tokens.toml', maxAge: '90d' }),
  token: freeze({ kind: 'person' }),
  login: freeze({
    path: '/sso/mcp',
    subject: 'email',
    scopes: freeze([]),
    algorithms: freeze(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']),
    maxAge: '1h',
    server: freeze({
      scopes: freeze(['openid', 'email', 'profile']),
      registration: 'any',
      accessToken: '10m',
      refreshToken: '30d',
    }),
  }),
  caps: freeze({
    request: '4MiB',
    message: '16MiB',
    depth: 64,
    streams: 32,
    connections: 10_000,
  }),
  drain: '30s',
  audit: freeze({
    file: 'audit/gateway.jsonl',
    arguments: 'digest',
    onFailure: 'refuse',
    fsync: false,
    keep: freeze({ age: '90d', size: '10GB' }),
    rotate: freeze({ size: '256MiB', every: '1d' }),
    tools: freeze({}),
  }),
} as const)

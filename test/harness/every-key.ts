// A config that writes every key of the language once.
// In: nothing. Out: plain data, as a JSON file would hold it.
// INVARIANT: it compiles; test/compile/agreement.ts compares it with the schema.

const HASH = 'ab'.repeat(32)

const BASE = {
  title: 'Every key',
  disabled: true,
  requests: ['elicitation', 'sampling', 'roots'],
  prefix: 'x_',
  rename: { get_issue: 'issue' },
  drift: 'warn',
  concurrency: 4,
  queue: 0,
  maxSessions: 2,
  idle: '1m',
  timeout: '5m',
  idleTimeout: '30s',
  startupTimeout: '2m',
  breaker: { failures: 2, open: '10s' },
}

export const EVERY_KEY = {
  $schema: 'schema/gateway.schema.json',
  listen: {
    host: '0.0.0.0',
    port: 0,
    path: '/mcp',
    hosts: ['mcp.example.com'],
    origins: ['https://example.com'],
    publicUrl: 'https://mcp.example.com',
    tls: { cert: 'cert.pem', key: 'key.pem', clientCa: 'clients.pem' },
    behindProxy: ['10.0.0.0/8'],
  },
  admin: { host: '127.0.0.1', port: 0, token: { secret: 'env:ADMIN' } },
  state: 'own',
  key: 'my.key',
  revoked: 'my.revoked',
  grants: { folder: 'my-grants' },
  proxy: 'env',
  tls: { caAppend: 'company.pem' },
  servers: {
    github: {
      type: 'http',
      url: 'https://example.com/mcp',
      headers: {
        'x-token': { bearer: 'env:TOKEN' },
        'x-basic': { basic: { user: 'ci', secret: 'env:PASSWORD' } },
        'x-scheme': { scheme: { name: 'Key', secret: 'env:KEY' } },
        'x-secret': { secret: 'file:/run/secrets/x' },
        'x-program': {
          secret: { exec: ['bin/print', 'it'], env: ['SEED'], timeout: '5s' },
        },
        'x-plain': 'text',
      },
      auth: {
        type: 'clientCredentials',
        issuer: 'https://id.example.com',
        tokenEndpoint: 'https://id.example.com/token',
        client: { id: 'gw', secret: { secret: 'env:CLIENT_SECRET' } },
        scopes: ['read'],
        resource: 'https://example.com/mcp',
        parameters: { audience: 'ledger' },
      },
      tls: { ca: 'ca.pem', cert: 'client.pem', key: 'client.key' },
      proxy: {
        url: 'http://proxy.example.com:3128',
        auth: { basic: { user: 'gw', secret: 'env:PROXY_PASSWORD' } },
        noProxy: ['*.example.com', '10.0.0.0/8'],
      },
      isolation: 'session',
      ...BASE,
    },
    keyed: {
      type: 'http',
      url: 'https://keyed.example.com/mcp',
      tls: { caAppend: 'company.pem' },
      proxy: false,
      auth: {
        type: 'clientCredentials',
        client: { id: 'gw', key: { secret: 'file:gw.jwk' } },
        resource: false,
      },
    },
    person: {
      type: 'http',
      url: 'https://person.example.com/mcp',
      auth: {
        type: 'oauth',
        as: 'person',
        issuer: 'https://id.example.com',
        authorizationEndpoint: 'https://id.example.com/authorize',
        tokenEndpoint: 'https://id.example.com/token',
        client: { id: 'gw', secret: { secret: 'env:CLIENT_SECRET' } },
        scopes: ['read'],
        resource: 'https://person.example.com/mcp',
        parameters: { prompt: 'consent' },
        tokenIn: 'authed_user',
      },
    },
    operator: {
      type: 'http',
      url: 'https://operator.example.com/mcp',
      auth: {
        type: 'oauth',
        as: 'gateway',
        client: { id: 'gw', key: { secret: 'file:gw.jwk' } },
        resource: false,
      },
    },
    files: {
      type: 'stdio',
      command: 'files-mcp',
      args: ['--root', '.'],
      env: { LEVEL: 'info' },
      cwd: 'data',
      user: 'nobody',
      group: 65534,
      isolation: 'principal',
      ...BASE,
      prefix: 'y_',
    },
  },
  roles: {
    reader: {
      allow: {
        github: [
          'get_*',
          { tool: 'search', when: { owner: { equals: 'acme' } } },
          { tool: 'merge', when: { owner: { in: ['acme', 1, true, null] } } },
          { tool: 'read', when: { '/file/path': { glob: 'docs/*' } } },
          { tool: 'list', when: { page: { min: 1, max: 9 } } },
        ],
        files: [{ resource: 'file:///srv/*' }, { prompt: 'review' }],
      },
    },
    engineer: { extends: ['reader'], deny: { github: ['delete_*'] } },
  },
  teams: {
    platform: { roles: ['engineer'] },
    interns: { roles: ['reader'] },
  },
  login: {
    issuer: 'https://id.example.com',
    path: '/people/mcp',
    subject: 'upn',
    teams: { claim: 'groups', map: { engineers: 'platform' } },
    clients: ['vscode'],
    audience: ['https://mcp.example.com/people/mcp'],
    scopes: ['mcp'],
    algorithms: ['ES256'],
    jwks: 'https://id.example.com/keys',
    introspection: {
      endpoint: 'https://id.example.com/introspect',
      client: { id: 'gw', secret: { secret: 'env:LOGIN' } },
    },
    maxAge: '10m',
  },
  limits: {
    each: {
      on: { github: ['*', { tool: 'x', when: { n: { min: 1 } } }] },
      for: { teams: ['interns'], roles: ['reader'] },
      calls: 60,
      per: 'minute',
      burst: 10,
      concurrent: 4,
      each: ['token', 'tool'],
      mode: 'warn',
    },
    together: { on: { files: ['*'] }, concurrent: 1, each: 'team' },
  },
  tokens: {
    file: 'my.tokens.toml',
    maxAge: '30d',
    grants: {
      a00000000000: {
        subject: 'ann',
        kind: 'ci',
        team: 'platform',
        roles: ['reader'],
        tools: { github: ['get_*', { tool: 'search' }], files: [] },
        sha256: HASH,
        created: '2026-11-01',
        notBefore: '2026-11-02T00:00:00Z',
        expires: '2026-11-22',
        replaces: 'b00000000000',
        revoked: '2026-11-20',
        reason: 'lost',
      },
    },
  },
  tests: {
    role: {
      role: 'reader',
      allow: { github: ['get_issue'] },
      deny: { github: ['search', { prompt: 'x' }] },
      args: { owner: 'else' },
    },
    team: { team: 'platform', deny: { github: ['delete_file'] } },
    group: { group: 'engineers', deny: { github: ['delete_file'] } },
    token: { token: 'a00000000000', deny: { files: [{ resource: 'x' }] } },
  },
  audit: {
    file: 'audit.jsonl',
    arguments: 'keys',
    onFailure: 'allow',
    fsync: true,
    keep: { age: '30d', size: '1GB' },
    rotate: { size: 1_000_000, every: '1h' },
    tools: { github: { search: { select: ['/a'], redact: ['/b'] } } },
  },
  caps: {
    request: '1MiB',
    message: 2_000_000,
    depth: 16,
    streams: 4,
    connections: 100,
  },
  drain: '5s',
  lints: { GW4001: 'off' },
  telemetry: {
    otlp: { url: 'https://example.com', headers: { a: { secret: 'env:O' } } },
  },
} as const

/** What cannot stand beside some of them. */
export const OTHER_KEYS = {
  servers: {
    vouched: {
      type: 'http',
      url: 'https://vouched.example.com/mcp',
      auth: {
        type: 'oauth',
        as: 'person',
        via: 'login',
        client: { id: 'gw', secret: { secret: 'env:CLIENT_SECRET' } },
        issuer: 'https://id.example.com',
      },
    },
  },
  teams: { platform: { roles: [] } },
  login: {
    issuer: 'https://id.example.com',
    teams: { claim: 'groups', map: { engineers: 'platform' } },
    server: {
      client: { id: 'gw', key: { secret: 'file:gw.jwk' } },
      scopes: ['openid', 'groups'],
      parameters: { access_type: 'offline' },
      redirects: ['claude.ai', 'loopback'],
      registration: 'documents',
      accessToken: '5m',
      refreshToken: '7d',
    },
  },
}

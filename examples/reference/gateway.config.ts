// Every key of the language once, most with their defaults: a page to look
// things up in, not one to begin with.
import {
  basic,
  bearer,
  clientCredentials,
  defineGateway,
  http,
  join,
  oauth,
  scheme,
  secret,
  stdio,
} from 'portcullis'

export default defineGateway({
  // For JSON, YAML and TOML files, so that editors know the shape.
  $schema: '../../schema/gateway.schema.json',
  listen: {
    // One that others reach needs `publicUrl`, and `tls` or `behindProxy`.
    host: '127.0.0.1',
    // 0 lets the kernel choose.
    port: 4600,
    path: '/mcp',
    // Further Host values beside that of `publicUrl`.
    hosts: ['mcp.internal.example.com'],
    origins: ['https://chat.example.com'],
    // How people and clients reach it: every address that is shown or
    // published begins with it.
    publicUrl: 'https://mcp.example.com',
    // Renewed files are served without a restart. With `clientCa`, only clients
    // with a certificate of it can connect.
    tls: {
      cert: 'tls/cert.pem',
      key: 'tls/key.pem',
      clientCa: 'tls/clients.pem',
    },
    behindProxy: ['10.0.0.0/8'],
  },
  admin: {
    host: '127.0.0.1',
    port: 4601,
    // Default: derived from `key`.
    token: secret('env:GATEWAY_ADMIN_TOKEN'),
  },
  // Folder of what the gateway writes. Default: the folder of this file.
  state: '/var/lib/gateway',
  // Created at the first serve; all other secrets derive from it. Default:
  // `gateway.key` in `state`; so are the others below.
  key: '/var/lib/gateway/gateway.key',
  revoked: '/var/lib/gateway/gateway.revoked',
  // Of who has signed in to a server: one sealed file each.
  grants: { folder: '/var/lib/gateway/grants' },
  // For all servers, their authorization servers and the collector of traces.
  proxy: {
    url: 'http://proxy.example.com:3128',
    auth: basic('gateway', 'env:PROXY_PASSWORD'),
    // Default: 127.0.0.0/8, ::1 and localhost.
    noProxy: ['localhost', '*.example.com', '10.0.0.0/8'],
  },
  // Trusted wherever the gateway connects to, beside the usual ones.
  tls: { caAppend: 'tls/company.pem' },
  servers: {
    github: http({
      url: 'https://api.githubcopilot.com/mcp/',
      headers: {
        authorization: bearer('env:GITHUB_TOKEN'),
        'x-legacy': basic('ci', 'file:/run/secrets/password'),
        'x-scheme': scheme('Api-Key', 'env:GITHUB_API_KEY'),
        'x-key': secret('env:GITHUB_KEY'),
        // What a program prints; it is run without a shell, and by no check.
        'x-vault': secret({
          exec: ['op', 'read', 'op://vault/github/key'],
          // Beside PATH, HOME and LANG.
          env: ['OP_SERVICE_ACCOUNT_TOKEN'],
          timeout: '10s',
        }),
        'x-client': 'gateway',
      },
      // For people and agents; `github` is what it is routed and granted by.
      title: 'GitHub',
      // True: not started, listed to nobody, and without need of its secrets.
      disabled: false,
      // Trusted instead of the usual ones; `caAppend`: beside them.
      tls: {
        ca: 'tls/ca.pem',
        // The client certificate of the gateway.
        cert: 'tls/client.pem',
        key: 'tls/client.key',
      },
      // Instead of the one below, which is for all servers; false: none.
      proxy: 'env',
      // One upstream session for each client session.
      isolation: 'session',
      requests: ['elicitation', 'sampling'],
      // Tools are exposed as `gh_…`, and this one as `gh_issue`.
      prefix: 'gh_',
      rename: { get_issue: 'issue' },
      drift: 'withhold',
      concurrency: 32,
      queue: 64,
      maxSessions: 64,
      idle: '5m',
      timeout: '15m',
      idleTimeout: '5m',
      startupTimeout: '60s',
      breaker: { failures: 5, open: '30s' },
    }),
    ledger: http({
      url: 'https://ledger.example.com/mcp',
      // In place of a header: the gateway gets access tokens as itself.
      auth: clientCredentials({
        // Default: the one that the server names, for a client with a key.
        issuer: 'https://id.example.com',
        // Default: what the metadata of the issuer says.
        tokenEndpoint: 'https://id.example.com/token',
        // Or `key: secret('file:gw.jwk')`.
        client: { id: 'gateway', secret: secret('env:CLIENT_SECRET') },
        // Default: those that the server asks for.
        scopes: ['read'],
        // False sends none. Default: the address of the server.
        resource: 'https://ledger.example.com/mcp',
        parameters: { audience: 'ledger' },
      }),
      tls: { caAppend: 'tls/ledger.pem' },
    }),
    linear: http({
      url: 'https://mcp.linear.app/mcp',
      auth: oauth({
        // An operator signs in once, for all; 'person': each person does.
        as: 'gateway',
        // Default: the one that the server names.
        issuer: 'https://mcp.linear.app',
        // Default: what the metadata of the issuer says.
        authorizationEndpoint: 'https://mcp.linear.app/authorize',
        tokenEndpoint: 'https://mcp.linear.app/token',
        // Default: the gateway registers itself. The secret may be left out, or
        // be `key: secret('file:gw.jwk')`.
        client: { id: 'gateway', secret: secret('env:LINEAR_SECRET') },
        // Default: those that the server asks for.
        scopes: ['read'],
        // False sends none. Default: the address of the server.
        resource: 'https://mcp.linear.app/mcp',
        // Of the address where people sign in.
        parameters: { prompt: 'consent' },
        // For answers that hold the token in an object.
        tokenIn: 'authed_user',
      }),
    }),
    figma: http({
      url: 'https://mcp.figma.com/mcp',
      auth: oauth({
        as: 'person',
        // Nobody signs in: the provider of `login` vouches for each person.
        via: 'login',
        issuer: 'https://mcp.figma.com',
        client: { id: 'gateway', secret: secret('env:FIGMA_SECRET') },
      }),
      // Until it is locked.
      disabled: true,
    }),
    docs: stdio({
      // On PATH; relative to this file if it contains `/`.
      command: 'npx',
      args: [
        '-y',
        '@modelcontextprotocol/server-filesystem@2026.8.31',
        '.',
        // A secret as an argument, and inside one; `url` of `http` takes the
        // second form too.
        secret('env:DOCS_PIN'),
        join('--token=', secret('env:DOCS_TOKEN')),
      ],
      // The child gets exactly these plus PATH, HOME and LANG.
      env: { LOG_LEVEL: 'info', API_KEY: secret('env:DOCS_KEY') },
      cwd: '../files',
      // Whom it runs as, by name or number; needs a gateway that runs as root.
      user: 'nobody',
      group: 'nogroup',
      // One upstream session for each token.
      isolation: 'principal',
    }),
  },
  roles: {
    reader: {
      allow: {
        github: ['get_*', 'search_*', { prompt: 'summarize' }],
        docs: ['read_*', { resource: 'file:///*' }],
      },
    },
    engineer: {
      extends: ['reader'],
      allow: {
        github: [
          'create_issue',
          // `equals`, `in`, `glob`, `min` and `max`: see ../arguments.
          { tool: 'create_branch', when: { repo: { equals: 'website' } } },
          { tool: 'merge_*', when: { owner: { in: ['acme', 'acme-labs'] } } },
          { tool: 'push_files', when: { branch: { glob: 'draft/*' } } },
          { tool: 'list_commits', when: { perPage: { min: 1, max: 100 } } },
        ],
        ledger: ['get_*'],
        linear: ['list_*'],
        figma: ['get_*'],
      },
      // Beats every `allow`.
      deny: { github: ['delete_*'] },
    },
  },
  teams: { platform: { roles: ['engineer'] }, interns: { roles: ['reader'] } },
  limits: {
    'github-each': {
      on: { github: ['*'] },
      // Default: everyone's calls.
      for: { teams: ['platform', 'interns'], roles: ['reader'] },
      calls: 60,
      per: 'minute',
      // Default: `calls`.
      burst: 60,
      // At a time.
      concurrent: 4,
      // A bucket for each; default: one for all.
      each: ['token', 'tool'],
      // `warn` only records.
      mode: 'enforce',
    },
  },
  tokens: {
    file: 'gateway.tokens.toml',
    maxAge: '90d',
    // `gateway token issue` writes such records into the file above.
    grants: {
      a1b2c3d4e5f6: {
        subject: 'ann',
        kind: 'person',
        team: 'platform',
        // Default: the team's.
        roles: ['reader'],
        // Narrows what the roles allow.
        tools: { github: ['get_*'] },
        // Of the whole token.
        sha256:
          'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        created: '2026-11-01',
        notBefore: '2026-11-02T08:00:00Z',
        expires: '2026-12-31',
        replaces: 'f6e5d4c3b2a1',
        revoked: '2026-11-20T12:00:00Z',
        reason: 'laptop lost',
      },
    },
  },
  // The company's login, beside tokens. With `server`, the gateway gives tokens
  // of its own after a sign-in there; examples/login has the other way.
  login: {
    issuer: 'https://acme.okta.com/oauth2/default',
    path: '/sso/mcp',
    // Names the person in the audit, in limits and in revocations.
    subject: 'email',
    teams: {
      claim: 'groups',
      // The first entry that a person is in decides.
      map: { 'mcp-platform': 'platform', contractors: 'interns' },
    },
    // Changes of groups hold after this time at the latest.
    maxAge: '1h',
    server: {
      client: { id: '0oa1example', secret: secret('env:LOGIN_SECRET') },
      scopes: ['openid', 'email', 'groups', 'offline_access'],
      parameters: { prompt: 'select_account' },
      // Default: any host, which the person is shown.
      redirects: ['claude.ai', 'vscode.dev', 'loopback'],
      // Or 'documents': only clients with a metadata document of their own.
      registration: 'any',
      accessToken: '10m',
      refreshToken: '30d',
    },
  },
  tests: {
    'contractors never merge': {
      group: 'contractors',
      deny: { github: ['merge_pull_request'] },
    },
    'readers never write': {
      role: 'reader',
      allow: { github: ['get_issue'] },
      deny: { github: ['create_issue', 'delete_file'] },
    },
    'merges stay at home': {
      team: 'platform',
      args: { owner: 'elsewhere' },
      deny: { github: ['merge_pull_request'] },
    },
    'this token only reads': {
      token: 'a1b2c3d4e5f6',
      deny: { docs: ['read_file'] },
    },
  },
  audit: {
    file: '/var/lib/gateway/audit/gateway.jsonl',
    // Or 'none', 'keys', 'values'.
    arguments: 'digest',
    // Or 'allow': calls go on while no record can be written.
    onFailure: 'refuse',
    // Or true: answers wait until the disk itself has their records.
    fsync: false,
    // A new file at either; days are UTC.
    rotate: { size: '256MiB', every: '1d' },
    // Rotated files beyond either are deleted, oldest first.
    keep: { age: '90d', size: '10GB' },
    // What is not selected, or is masked, is in no record, in no form.
    tools: {
      github: { push_files: { select: ['/branch'], redact: ['/files'] } },
    },
  },
  caps: {
    request: '4MiB',
    message: '16MiB',
    depth: 64,
    streams: 32,
    connections: 10_000,
  },
  // How long calls may go on when the gateway stops.
  drain: '30s',
  lints: { GW4001: 'warn' },
  // One span a call and one an upstream hop, over OTLP/HTTP. Without a path,
  // `/v1/traces` is put behind the address. Default: none, and nothing is loaded.
  telemetry: {
    otlp: {
      url: 'https://otel.example.com',
      headers: { authorization: bearer('env:OTEL_TOKEN') },
    },
  },
})

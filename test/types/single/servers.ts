// Upstreams: every key once as it should be, then what is wrong with one.
import {
  basic,
  bearer,
  clientCredentials,
  defineGateway,
  http,
  oauth,
  scheme,
  secret,
  stdio,
} from 'portcullis'

const REF = 'env:TOKEN'

export const right = defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: {
        authorization: bearer('env:GITHUB_TOKEN'),
        'x-plain': 'text',
        'x-file': secret('file:/run/secrets/x'),
        'x-basic': basic('ci', 'env:PASSWORD'),
        'x-scheme': scheme('Sentry-Bearer', 'env:SENTRY_TOKEN'),
        'x-program': secret({ exec: ['op', 'read', 'x'], env: ['OP'] }),
        'x-data': { bearer: { exec: ['op'], timeout: '5s' } },
      },
      tls: { ca: 'ca.pem' },
      isolation: 'principal',
      requests: ['elicitation', 'sampling', 'roots'],
      prefix: '',
      rename: { get_issue: 'issue' },
      drift: 'warn',
      concurrency: 1,
      queue: 0,
      maxSessions: 1,
      idle: '500ms',
      timeout: '1h',
      idleTimeout: '30s',
      breaker: { failures: 3, open: '1m' },
    }),
    files: stdio({
      command: 'files-mcp',
      args: ['--root', '.'],
      env: { TOKEN: secret('env:TOKEN'), PLAIN: 'text' },
      cwd: '..',
    }),
    plain: { type: 'http', url: 'https://example.com/mcp' },
    ledger: http({
      url: 'https://example.com/mcp',
      auth: clientCredentials({
        issuer: 'https://id.example.com',
        tokenEndpoint: 'https://id.example.com/token',
        client: { id: 'gw', key: secret('file:gw.jwk') },
        scopes: ['read'],
        resource: false,
        parameters: { audience: 'ledger' },
      }),
    }),
    notion: http({ url: 'https://x.example', auth: oauth({ as: 'person' }) }),
    slack: http({
      url: 'https://x.example',
      auth: oauth({
        as: 'gateway',
        issuer: 'https://id.example.com',
        authorizationEndpoint: 'https://id.example.com/authorize',
        tokenEndpoint: 'https://id.example.com/token',
        client: { id: 'gw', secret: secret('env:SLACK_SECRET') },
        scopes: ['search:read'],
        resource: false,
        parameters: { prompt: 'consent' },
        tokenIn: 'authed_user',
      }),
    }),
    open: http({
      url: 'https://x.example',
      auth: oauth({ as: 'person', client: { id: 'gw' } }),
    }),
    vouched: http({
      url: 'https://x.example',
      auth: oauth({
        as: 'person',
        via: 'login',
        client: { id: 'gw', secret: secret('env:X') },
      }),
    }),
  },
})

const client = { id: 'gw', key: secret('file:gw.jwk') }

export const wrong = defineGateway({
  servers: {
    // One sign off or two swapped: too short a word for TypeScript to guess.
    //! TS2353 'ulr' does not exist in type
    swapped: http({ url: 'x', ulr: 3 }),
    //! TS2561 Did you mean to write 'headers'?
    header: http({ url: 'x', header: {} }),
    //! TS2741 Property 'url' is missing in type '{}'
    nothing: http({}),
    //! TS2353 'command' does not exist in type
    both: http({ url: 'x', command: 'y' }),
    //! TS2353 'url' does not exist in type
    other: stdio({ command: 'x', url: 'y' }),
    //! TS2561 Did you mean to write 'command'?
    misspelt: stdio({ comand: 'x' }),
    //! TS2322 Type 'string' is not assignable to type 'readonly (string | JoinValue | PartValue)[]'
    args: stdio({ command: 'x', args: '-y' }),
    //! TS2322 Type 'number' is not assignable to type 'string | JoinValue | PartValue'
    number: stdio({ command: 'x', args: [1] }),
    //! TS2322 Type 'number' is not assignable to type 'ValueConfig'
    env: stdio({ command: 'x', env: { PORT: 1 } }),
    //! TS2322 Type 'string' is not assignable to type 'undefined'
    two: stdio({ command: 'x', env: { a: { secret: REF, bearer: REF } } }),
    //! TS2345 Argument of type '"TOKEN"' is not assignable
    bare: http({ url: 'x', headers: { a: secret('TOKEN') } }),
    //! TS2345 Argument of type '"vault:x"' is not assignable
    vault: http({ url: 'x', headers: { a: bearer('vault:x') } }),
    //! TS2322 Type 'string' is not assignable to type 'readonly string[]'
    line: http({ url: 'x', headers: { a: secret({ exec: 'op read x' }) } }),
    //! TS2353 'exce' does not exist in type 'ProgramConfig'
    exce: http({ url: 'x', headers: { a: bearer({ exce: ['op'] }) } }),
    //! TS2741 Property 'secret' is missing
    user: http({ url: 'x', headers: { a: { basic: { user: 'x' } } } }),
    //! TS2345 Argument of type '"sentry"' is not assignable
    scheme: http({ url: 'x', headers: { a: scheme('Sentry', 'sentry') } }),
    //! TS2353 'auth' does not exist in type
    signIn: stdio({ command: 'x', auth: clientCredentials({ client }) }),
    //! TS2561 Did you mean to write 'scopes'?
    scopes: http({ url: 'x', auth: clientCredentials({ client, scope: [] }) }),
    resource: http({
      url: 'x',
      //! TS2322 Type 'true' is not assignable to type
      auth: clientCredentials({ client, resource: true }),
    }),
    //! TS2820 Did you mean '"person"'?
    as: http({ url: 'x', auth: oauth({ as: 'persons' }) }),
    //! TS2741 Property 'as' is missing
    whose: http({ url: 'x', auth: oauth({}) }),
    //! TS2561 Did you mean to write 'scopes'?
    scope: http({ url: 'x', auth: oauth({ as: 'person', scope: [] }) }),
    //! TS2561 Did you mean to write 'client'?
    flat: http({ url: 'x', auth: oauth({ as: 'person', clientId: 'x' }) }),
    //! TS2561 Did you mean to write 'caAppend'?
    tls: http({ url: 'x', tls: { caAppends: 'x' } }),
    //! TS2820 Did you mean '"session"'?
    isolation: http({ url: 'x', isolation: 'sesion' }),
    //! TS2820 Did you mean '"sampling"'?
    requests: http({ url: 'x', requests: ['samplng'] }),
    //! TS2820 Did you mean '"withhold"'?
    drift: http({ url: 'x', drift: 'withold' }),
    //! TS2322 Type '"5 min"' is not assignable
    timeout: http({ url: 'x', timeout: '5 min' }),
    //! TS2322 Type 'number' is not assignable
    idle: http({ url: 'x', idle: 30 }),
    //! TS2561 Did you mean to write 'maxSessions'?
    sessions: http({ url: 'x', maxSession: 3 }),
    //! TS2561 Did you mean to write 'failures'?
    breaker: http({ url: 'x', breaker: { failure: 3 } }),
    //! TS2322 Type 'number' is not assignable to type 'string'
    rename: http({ url: 'x', rename: { get_issue: 3 } }),
    //! TS2322 Type 'string' is not assignable to type 'number'
    queue: http({ url: 'x', queue: '64' }),
    //! TS2820 Did you mean '"http"'?
    type: { type: 'htp', url: 'x' },
    //! TS2322 Property 'type' is missing
    bareUrl: { url: 'x' },
  },
})

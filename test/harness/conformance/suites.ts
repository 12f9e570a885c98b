// Which suites of which release are run, against a server or a client.
// In: nothing. Out: one row per suite, in the order of the report.

export interface Suite {
  readonly name: string
  /** The package, by the name it is installed under. */
  readonly release: string
  /** What it tests: a server, unless it says something else. */
  readonly mode?: 'client' | 'authorization server'
  /** Who signs in to its server through the gateway. */
  readonly as?: 'person' | 'gateway'
  /** Through the gateway it is held against a server of this era alone, which
   * is not that of its clients. */
  readonly bridge?: 'legacy' | 'modern'
  /** All of it in one run; else it is these scenarios, one by one. */
  readonly all?: readonly string[]
  readonly scenarios?: readonly string[]
  /** For one scenario alone. */
  readonly one: readonly string[]
}

const NEXT = 'conformance-next'
// A scenario that hangs is failed by the release itself, where it can.
const LIMIT = ['--timeout', '20000']
// A gateway has to start and end within it.
const LONG = ['--timeout', '60000']

const SIGN_INS: readonly string[] = [
  'metadata-default',
  'metadata-var1',
  'metadata-var2',
  'metadata-var3',
  'basic-cimd',
  'scope-from-www-authenticate',
  'scope-from-scopes-supported',
  'scope-omitted-when-undefined',
  'scope-step-up',
  'scope-retry-limit',
  'token-endpoint-auth-basic',
  'token-endpoint-auth-post',
  'token-endpoint-auth-none',
  'pre-registration',
  'resource-mismatch',
  'offline-access-scope',
  'offline-access-not-supported',
  'authorization-server-migration',
  'iss-supported',
  'iss-not-advertised',
  'iss-supported-missing',
  'iss-wrong-issuer',
  'iss-unexpected',
  'iss-normalized',
  'metadata-issuer-mismatch',
].map((name) => `auth/${name}`)

/** Of another revision, and of extensions. */
const OTHER_SIGN_INS: readonly string[] = [
  '2025-03-26-oauth-metadata-backcompat',
  '2025-03-26-oauth-endpoint-fallback',
  'client-credentials-jwt',
  'client-credentials-basic',
  'enterprise-managed-authorization',
  'dpop',
  'dpop-nonce',
  'wif-jwt-bearer',
].map((name) => `auth/${name}`)

/** `all` of 0.1.16 is what it calls active, and what it calls pending. Bridges
 * are the same requirements: direct, of a server that speaks both eras. */
export const SUITES: readonly Suite[] = Object.freeze([
  {
    name: '0.1.16',
    release: '@modelcontextprotocol/conformance',
    all: ['--suite', 'all'],
    one: [],
  },
  ...['2025-11-25', '2026-07-28'].map((revision) => ({
    name: revision,
    release: NEXT,
    all: ['--requirements', revision, ...LIMIT],
    one: ['--spec-version', revision, ...LIMIT],
  })),
  {
    name: 'legacy-to-modern',
    release: NEXT,
    bridge: 'modern',
    all: ['--requirements', '2025-11-25', ...LIMIT],
    one: ['--spec-version', '2025-11-25', ...LIMIT],
  },
  {
    name: 'modern-to-legacy',
    release: NEXT,
    bridge: 'legacy',
    all: ['--requirements', '2026-07-28', ...LIMIT],
    one: ['--spec-version', '2026-07-28', ...LIMIT],
  },
  {
    name: 'headers',
    release: NEXT,
    scenarios: [
      'http-header-validation',
      'http-custom-header-server-validation',
    ],
    one: ['--spec-version', '2026-07-28', ...LIMIT],
  },
  {
    name: 'client',
    release: NEXT,
    mode: 'client',
    // Each at the newest revision that has it, which the suite knows.
    scenarios: [
      'initialize',
      'tools_call',
      'elicitation-sep1034-client-defaults',
      'sse-retry',
      'request-metadata',
      'sep-2322-client-request-state',
      'http-standard-headers',
      'http-custom-headers',
      'http-invalid-tool-headers',
      'json-schema-ref-no-deref',
      'json-schema-2020-12-preservation',
    ],
    one: LONG,
  },
  {
    name: 'auth-person',
    release: NEXT,
    mode: 'client',
    as: 'person',
    scenarios: SIGN_INS,
    one: ['--spec-version', '2026-07-28', ...LONG],
  },
  {
    name: 'auth-gateway',
    release: NEXT,
    mode: 'client',
    as: 'gateway',
    // Each at the oldest revision that has it.
    scenarios: SIGN_INS,
    one: LONG,
  },
  {
    name: 'auth-other',
    release: NEXT,
    mode: 'client',
    as: 'person',
    scenarios: OTHER_SIGN_INS,
    one: LONG,
  },
  {
    // Direct: a plain oidc-provider. Through: `login.server`.
    name: 'authorization-server',
    release: NEXT,
    mode: 'authorization server',
    one: [],
  },
])

// Which npm packages each part of the sources may import.
// In: nothing. Out: lists, for the rules of the architecture.

/** Zone → npm packages. What is not named here is not imported. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  diagnostics: ['acorn'],
  load: [
    'acorn',
    'cosmiconfig',
    'esbuild',
    '@iarna/toml',
    '@jitl/quickjs-ffi-types',
    '@jitl/quickjs-wasmfile-release-sync',
    'quickjs-emscripten-core',
    'yaml',
    'portcullis',
  ],
  check: ['ajv'],
  runtime: [
    'fastify',
    'lru-cache',
    'jose',
    'oauth4webapi',
    'oidc-provider',
    'prom-client',
    'undici',
  ],
  cli: ['commander', '@iarna/toml', 'undici', 'pino', 'portcullis', 'yaml'],
}

/** What a served table must never load, directly or through others. */
export const COMPILER_ONLY = [
  'esbuild',
  'ajv',
  'acorn',
  'cosmiconfig',
  '@iarna/toml',
  'yaml',
  'commander',
]

/** What `serve table.json` loads only when it is used: each costs a start more
 * than the whole of our own code, or is for a few configs alone. */
export const LATE_ONLY = [
  'fastify',
  'jose',
  'oauth4webapi',
  'oidc-provider',
  'prom-client',
  'undici',
]

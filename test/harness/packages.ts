// The packages that each zone of the sources may import.
// In: nothing. Out: a table.
// INVARIANT: a zone that is not named imports none.

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
    'pino',
    'lru-cache',
    'jose',
    'oauth4webapi',
    'oidc-provider',
    'prom-client',
    'undici',
  ],
  embed: ['pino'],
  cli: ['commander', '@iarna/toml', 'undici', 'pino', 'portcullis', 'yaml'],
}

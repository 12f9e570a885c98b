// Which test runs or checks the code blocks of each page.
// In: nothing. Out: by page and language, a test, or why there is none.
// INVARIANT: test/cli/site.ts fails for a block that has no row, and for a row that
// has no block.

export interface BlockCheck {
  /** A file below test/. */
  readonly by?: string
  readonly reason?: string
}

const SITE: BlockCheck = { by: 'cli/site.ts' }
const DOCS: BlockCheck = { by: 'cli/docs.ts' }
const README: BlockCheck = { by: 'cli/readme.ts' }

export const BLOCK_CHECKS: Readonly<
  Record<string, Readonly<Record<string, BlockCheck>>>
> = {
  'docs/architecture.md': { text: { reason: 'a diagram of the stages' } },
  'docs/cli.md': { text: DOCS },
  'docs/clients.md': {
    json: DOCS,
    sh: DOCS,
    text: DOCS,
    toml: DOCS,
    yaml: DOCS,
  },
  'docs/codes.md': {
    sh: { by: 'compile/codes.ts' },
    toml: { by: 'compile/codes.ts' },
    ts: { by: 'compile/codes.ts' },
    yaml: { by: 'compile/codes.ts' },
  },
  'docs/conditions.md': { ts: README },
  'docs/config.md': { ts: SITE },
  'docs/cookbook.md': {
    console: { by: 'cli/cookbook.ts' },
    text: { reason: 'a text of a refusal; serve/limits.ts tests its form' },
    ts: { by: 'cli/cookbook.ts' },
  },
  'docs/deploy.md': {
    caddyfile: SITE,
    nginx: { by: 'serve/addresses.ts' },
    sh: {
      reason:
        'most need root, a daemon or a cluster; cli/deploy.ts and `npm run trial:deploy` run the others',
    },
    text: {
      reason: 'a part of the output of `gateway status`; serve/certificate.ts',
    },
    ts: DOCS,
  },
  'docs/embedding.md': { js: README },
  'docs/getting-started.md': { console: README, diff: README, json: README },
  'docs/login-server.md': { ts: DOCS },
  'docs/login.md': {
    sh: DOCS,
    text: { reason: 'the address to register; a test of the login asks it' },
    ts: DOCS,
  },
  'docs/metrics.md': { text: SITE, yaml: SITE },
  'docs/oauth.md': { sh: DOCS, ts: DOCS, yaml: DOCS },
  'docs/operations.md': {
    console: { by: 'cli/operations.ts' },
    json: SITE,
    text: { reason: 'output of a disk that is full, which a test cannot have' },
    ts: SITE,
    yaml: SITE,
  },
  'docs/outward.md': { ts: DOCS },
  'docs/review.md': {
    text: { reason: 'the start of a comment; cli/ci.ts compares whole ones' },
  },
  'docs/secrets.md': {
    text: { reason: 'a line of `gateway status`, one of `check --live`' },
    ts: DOCS,
    yaml: DOCS,
  },
  'docs/terminal.md': { json: { by: 'cli/terminal.ts' } },
  'docs/tokens.md': {
    sh: { reason: 'hosts of the reader; cli/docs.ts parses each command line' },
  },
  'docs/writing.md': { sh: DOCS, ts: DOCS },
}

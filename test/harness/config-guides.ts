// Which guide explains which key, and how kinds of values are written.
// In: nothing. Out: links by the path of a key, and Markdown by kind.
// INVARIANT: each link leads to a heading that exists; test/cli/site.ts checks that.

type Lead = readonly [text: string, href: string]

export const LEADS: Readonly<Record<string, readonly Lead[]>> = {
  listen: [['The public address', 'deploy.md#the-public-address']],
  'listen.publicUrl': [['The public address', 'deploy.md#the-public-address']],
  'listen.tls': [['TLS by the gateway', 'deploy.md#tls-by-the-gateway']],
  'listen.tls.clientCa': [
    ['Client certificates', 'deploy.md#client-certificates'],
  ],
  'listen.behindProxy': [['Behind a proxy', 'operations.md#behind-a-proxy']],
  admin: [['Metrics', 'metrics.md']],
  state: [
    ['State apart from the config', 'secrets.md#state-apart-from-the-config'],
  ],
  key: [
    ['State apart from the config', 'secrets.md#state-apart-from-the-config'],
  ],
  revoked: [['A leaked token', 'operations.md#a-leaked-token']],
  grants: [['Where the tokens are', 'oauth.md#where-the-tokens-are']],
  proxy: [['A proxy', 'outward.md#a-proxy']],
  tls: [['Whom to trust', 'outward.md#whom-to-trust']],
  servers: [
    ['Sign-in to servers', 'oauth.md'],
    ['Secrets', 'secrets.md'],
  ],
  'servers.*.auth': [['Sign-in to servers', 'oauth.md']],
  'servers.*.auth.via': [
    [
      'The company’s login opens the server',
      'oauth.md#nobody-signs-in-the-companys-login-opens-the-server',
    ],
  ],
  'servers.*.tls': [['Whom to trust', 'outward.md#whom-to-trust']],
  'servers.*.tls.cert': [
    ['A client certificate', 'outward.md#a-client-certificate'],
  ],
  'servers.*.proxy': [['A proxy', 'outward.md#a-proxy']],
  roles: [['Conditions on arguments', 'conditions.md']],
  teams: [['Groups become teams', 'login.md#groups-become-teams']],
  tokens: [['A leaked token', 'operations.md#a-leaked-token']],
  login: [
    ['The login of the company', 'login.md'],
    ['An authorization server before your provider', 'login-server.md'],
  ],
  'login.teams': [['Groups become teams', 'login.md#groups-become-teams']],
  'login.introspection': [
    ['Tokens that are not JWTs', 'login.md#tokens-that-are-not-jwts'],
  ],
  'login.server': [['An authorization server', 'login-server.md']],
  audit: [['Day 30', 'operations.md#day-30']],
  'audit.onFailure': [['A full disk', 'operations.md#a-full-disk']],
  lints: [['Lints', 'codes.md#lints-valid-but-perhaps-a-mistake']],
  'condition.glob': [
    [
      'Patterns over paths and URIs',
      'conditions.md#patterns-over-paths-and-uris',
    ],
  ],
}

export const KIND_EXAMPLES: Readonly<Record<string, string>> = {
  secret: `The place of a secret: \`'env:GITHUB_TOKEN'\`, \`'file:/run/secrets/github'\`, or a
program that prints it, \`{ exec: ['op', 'read', 'op://vault/github/key'] }\`. The config
never contains the secret itself. Guide: [Secrets and state](secrets.md).
`,
  value: `A text, or what one of these functions returns: \`secret('env:KEY')\`,
\`bearer('env:GITHUB_TOKEN')\`, \`basic('ci', 'file:/run/secrets/password')\`,
\`scheme('Api-Key', 'env:KEY')\`.
`,
  join: `A text, an unchanged secret, or texts and secrets one after another:
\`join('--token=', secret('env:DOCS_TOKEN'))\`.
`,
  entry: `A pattern of tools such as \`'get_*'\`, or an object:
\`{ tool: 'create_branch', when: { repo: { equals: 'website' } } }\`,
\`{ resource: 'file:///srv/docs/*' }\`, \`{ prompt: 'summarize' }\`. A pattern consists of
literal characters and \`*\`.
`,
  condition: `What an argument must be: exactly one of \`equals\`, \`in\`, \`glob\`, or a range of \`min\`
and \`max\`. Guide: [Conditions on arguments](conditions.md).
`,
}

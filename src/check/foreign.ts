// Keys in the configs of MCP clients and of OAuth libraries that we do not have.
// In: a key of a server or of its sign-in. Out: the equivalent here, or
// undefined.
// INVARIANT: each row names what to write, or that nothing replaces the key.

const ROLES =
  "list in a role which tools may be called: allow: { SERVER: ['TOOL'] }"

const SERVER: Readonly<Record<string, string>> = Object.freeze({
  enabled: 'write `disabled: true` for a server that must not run',
  alwaysAllow: `roles decide about every call, and nobody is asked to confirm one: ${ROLES}`,
  autoApprove: `roles decide about every call, and nobody is asked to confirm one: ${ROLES}`,
  trust: `roles decide about every call, and nobody is asked to confirm one: ${ROLES}`,
  enabledTools: ROLES,
  includeTools: ROLES,
  allowedTools: ROLES,
  tools: ROLES,
  disabledTools:
    "list in a role which tools may not be called: deny: { SERVER: ['TOOL'] }",
  excludeTools:
    "list in a role which tools may not be called: deny: { SERVER: ['TOOL'] }",
  deniedTools:
    "list in a role which tools may not be called: deny: { SERVER: ['TOOL'] }",
  envFile:
    "name each variable that the server needs: env: { NAME: secret('env:NAME') }, and run `gateway serve --secrets FILE`",
  env_file:
    "name each variable that the server needs: env: { NAME: secret('env:NAME') }, and run `gateway serve --secrets FILE`",
  env_vars:
    "name each variable that the server needs: env: { NAME: secret('env:NAME') }",
  bearer_token_env_var: "write headers: { authorization: bearer('env:NAME') }",
  http_headers: 'write `headers`',
  env_http_headers: "write headers: { NAME: secret('env:NAME') }",
  requestInit: 'write `headers`',
  serverUrl: 'write `url`',
  httpUrl: 'write `url`',
  sseUrl: 'write `url`: the gateway tries both transports',
  transportType:
    "write type: 'http' or 'stdio': the gateway detects HTTP+SSE itself",
  transport:
    "write type: 'http' or 'stdio': the gateway detects HTTP+SSE itself",
  workingDirectory: 'write `cwd`',
  working_directory: 'write `cwd`',
  initTimeout: "write timeout: '60s', the time for one call",
  startup_timeout_sec: "write timeout: '60s', the time for one call",
  startup_timeout_ms: "write timeout: '60s', the time for one call",
  tool_timeout_sec: "write timeout: '60s'",
  requestTimeout: "write timeout: '60s'",
  timeoutMs: "write timeout: '60s'",
  inputs:
    "the gateway asks for no values at its start: write secret('env:NAME')",
  description: 'write a comment',
  name: 'the key of the server is its name',
  icon: 'leave it out',
})

const CLIENT = "write `client: { id: 'ID', secret: secret('env:NAME') }`"
const REDIRECT =
  'remove it: the redirect address begins with `listen.publicUrl`, and `gateway check --live` shows it'
const ACCOUNT =
  "write `as: 'person'`, an account for each person, or `as: 'gateway'`, one for all"
const FIXED =
  "remove it: a credential that does not change is a header: headers: { authorization: bearer('env:NAME') }"

const SIGN_IN: Readonly<Record<string, string>> = Object.freeze({
  client_id: CLIENT,
  clientId: CLIENT,
  client_secret: CLIENT,
  clientSecret: CLIENT,
  redirect_uri: REDIRECT,
  redirect_uris: REDIRECT,
  redirectUri: REDIRECT,
  redirectUris: REDIRECT,
  redirectUrl: REDIRECT,
  redirect_url: REDIRECT,
  callback: REDIRECT,
  callbackUrl: REDIRECT,
  callback_url: REDIRECT,
  callbackPort: REDIRECT,
  audience: 'write `parameters: { audience: … }`',
  prompt: 'write `parameters: { prompt: … }`',
  access_type: 'write `parameters: { access_type: … }`',
  authorization_url: 'write `authorizationEndpoint`',
  authorizationUrl: 'write `authorizationEndpoint`',
  authorize_url: 'write `authorizationEndpoint`',
  authorizeUrl: 'write `authorizationEndpoint`',
  auth_url: 'write `authorizationEndpoint`',
  authUrl: 'write `authorizationEndpoint`',
  token_url: 'write `tokenEndpoint`',
  tokenUrl: 'write `tokenEndpoint`',
  authority: 'write `issuer`',
  authorizationServer: 'write `issuer`',
  authorization_server: 'write `issuer`',
  discoveryUrl: 'write `issuer`',
  authServerMetadataUrl: 'write `issuer`',
  pkce: 'remove it: the gateway always uses PKCE, with S256',
  grant_type:
    'write oauth({ … }), if somebody signs in, or clientCredentials({ … }), if the gateway does',
  grantType:
    'write oauth({ … }), if somebody signs in, or clientCredentials({ … }), if the gateway does',
  flow: 'write oauth({ … }), if somebody signs in, or clientCredentials({ … }), if the gateway does',
  mode: ACCOUNT,
  identity: ACCOUNT,
  perUser: ACCOUNT,
  per_user: ACCOUNT,
  passthrough: 'remove it: the gateway never passes the token of a client on',
  token: FIXED,
  access_token: FIXED,
  accessToken: FIXED,
  apiKey: FIXED,
})

const FOREIGN = Object.freeze({ server: SERVER, signIn: SIGN_IN })

/** What the key is a part of. */
type Owner = keyof typeof FOREIGN

export function foreignHelp(owner: Owner, key: string): string | undefined {
  return Object.hasOwn(FOREIGN[owner], key) ? FOREIGN[owner][key] : undefined
}

/** Our key, if it replaces the foreign one. */
export function foreignMeant(owner: Owner, key: string): string | undefined {
  return /^write `(\w+)[`:]/.exec(foreignHelp(owner, key) ?? '')?.[1]
}

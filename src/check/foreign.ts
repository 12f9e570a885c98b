// Keys of servers in the configs of MCP clients that we do not have.
// In: a key of a server. Out: the equivalent here, or undefined.
// INVARIANT: each row names what to write, or that nothing replaces the key.

const ROLES =
  "list in a role which tools may be called: allow: { SERVER: ['TOOL'] }"

const FOREIGN: Readonly<Record<string, string>> = Object.freeze({
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

export function foreignHelp(key: string): string | undefined {
  return Object.hasOwn(FOREIGN, key) ? FOREIGN[key] : undefined
}

/** Our key, if it replaces the foreign one. */
export function foreignMeant(key: string): string | undefined {
  return /^write `(\w+)`/.exec(foreignHelp(key) ?? '')?.[1]
}

// Keys of servers in the configs of MCP clients that are not ours.
// In: a key of a server. Out: how it is said here, or undefined.
// INVARIANT: each names what to write, or that there is nothing to write.

const ROLES = "say in a role what may be called: allow: { SERVER: ['TOOL'] }"

const FOREIGN: Readonly<Record<string, string>> = Object.freeze({
  enabled: 'write `disabled: true` for a server that shall not run',
  alwaysAllow: `every call is judged by a role, and none is asked about: ${ROLES}`,
  autoApprove: `every call is judged by a role, and none is asked about: ${ROLES}`,
  trust: `every call is judged by a role, and none is asked about: ${ROLES}`,
  enabledTools: ROLES,
  includeTools: ROLES,
  allowedTools: ROLES,
  tools: ROLES,
  disabledTools:
    "say in a role what may not be called: deny: { SERVER: ['TOOL'] }",
  excludeTools:
    "say in a role what may not be called: deny: { SERVER: ['TOOL'] }",
  deniedTools:
    "say in a role what may not be called: deny: { SERVER: ['TOOL'] }",
  envFile:
    "name what the server needs: env: { NAME: secret('env:NAME') }, and serve with --secrets FILE",
  env_file:
    "name what the server needs: env: { NAME: secret('env:NAME') }, and serve with --secrets FILE",
  env_vars: "name what the server needs: env: { NAME: secret('env:NAME') }",
  bearer_token_env_var: "write headers: { authorization: bearer('env:NAME') }",
  http_headers: 'write `headers`',
  env_http_headers: "write headers: { NAME: secret('env:NAME') }",
  requestInit: 'write `headers`',
  serverUrl: 'write `url`',
  httpUrl: 'write `url`',
  sseUrl: 'write `url`: both transports are tried',
  transportType: "write type: 'http' or 'stdio': HTTP+SSE is found out",
  transport: "write type: 'http' or 'stdio': HTTP+SSE is found out",
  workingDirectory: 'write `cwd`',
  working_directory: 'write `cwd`',
  initTimeout: "write timeout: '60s', which is of a call",
  startup_timeout_sec: "write timeout: '60s', which is of a call",
  startup_timeout_ms: "write timeout: '60s', which is of a call",
  tool_timeout_sec: "write timeout: '60s'",
  requestTimeout: "write timeout: '60s'",
  timeoutMs: "write timeout: '60s'",
  inputs: "nothing is asked for at the start: write secret('env:NAME')",
  description: 'write a comment',
  name: 'the key of the server is its name',
  icon: 'leave it out',
})

export function foreignHelp(key: string): string | undefined {
  return Object.hasOwn(FOREIGN, key) ? FOREIGN[key] : undefined
}

/** Our key that it is said by, where that takes its place. */
export function foreignMeant(key: string): string | undefined {
  return /^write `(\w+)`/.exec(foreignHelp(key) ?? '')?.[1]
}

// One server of a client: its keys, whatever the client calls them.
// In: a server as it was listed, and where. Out: an Entry.
// INVARIANT: each key of the server is used, or it is in `dropped` with a
// reason; a value of a wrong kind is dropped, and none is repeated.

import { foreignHelp } from '../../check/foreign.ts'
import { ask, drop, type Entry, makeEntry, type Origin } from './entry.ts'
import { type Listed, membersOf } from './forms.ts'
import { readSignIn } from './sign-in-keys.ts'

type Take = (entry: Entry, value: unknown, key: string, listed: Listed) => void

export function readEntry(listed: Listed, origin: Origin): Entry {
  const entry = makeEntry(listed.name, origin)
  const members = membersOf(listed.entry)
  if (Object.keys(members).length === 0) {
    drop(entry, '', 'it is no object with keys')
    return entry
  }
  for (const [key, value] of Object.entries(members)) {
    if (value === null || value === undefined) continue
    const take = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined
    if (take) take(entry, value, key, listed)
    else drop(entry, key, foreignHelp('server', key) ?? NOTHING)
  }
  if (listed.isExcluded) entry.disabled = true
  if (listed.project !== undefined) {
    const text = `only the project ${listed.project} had it: who may use it now?`
    ask(entry, '', text)
  }
  return entry
}

const NOTHING = 'the gateway has nothing for this key'
const CONFIRM =
  'roles decide about every call, and nobody is asked to confirm one'
const SETTINGS = 'settings of an extension of Zed'
const KIND = 'its value has another form than clients accept'

/** Members of an object or elements of a list that are texts; others are
 * dropped by their key. */
function textsOf(
  entry: Entry,
  value: unknown,
  key: string,
): readonly (readonly [string, string])[] {
  const isMap = typeof value === 'object'
  if (!isMap) drop(entry, key, KIND)
  return Object.entries(isMap ? Object(value) : {}).flatMap(([name, one]) => {
    const fits = ['string', 'number', 'boolean'].includes(typeof one)
    if (!fits && one !== null) drop(entry, `${key}.${name}`, KIND)
    return fits ? [[name, String(one)] as const] : []
  })
}

const text =
  (set: (entry: Entry, value: string) => void): Take =>
  (entry, value, key) => {
    if (typeof value === 'string' && value.trim() !== '') set(entry, value)
    else drop(entry, key, KIND)
  }

const ignored =
  (why: string): Take =>
  (entry, _value, key) =>
    drop(entry, key, why)

/** Says nothing that the rest does not say. */
const silent: Take = () => {}

const milliseconds =
  (member: 'timeout' | 'startupTimeout', unit?: number): Take =>
  (entry, value, key, listed) => {
    const number = Number(value) * (unit ?? listed.unit)
    if (!(number >= 1 && number <= DAY)) drop(entry, key, KIND)
    else if (member === 'timeout' || number > PATIENCE) entry[member] = number
    else drop(entry, key, PATIENT)
  }

const DAY = 86_400_000

/** Of `startupTimeout`. A gateway starts many servers at once, and some after
 * a download. */
const PATIENCE = 60_000
const PATIENT = 'the gateway waits 60 s for a server that starts'

const url = text((entry, value) => {
  entry.url = value
})

const command: Take = (entry, value, key, listed) => {
  if (typeof value === 'string') {
    if (value !== '') entry.command = value
  } else if (Array.isArray(value)) {
    const [program, ...args] = textsOf(entry, value, key).map(([, one]) => one)
    if (program !== undefined) entry.command = program
    entry.args = args
  } else {
    // Zed, before 2025: { path, args, env }.
    const { path, args: words, env: variables } = membersOf(value)
    if (typeof path === 'string') entry.command = path
    else drop(entry, key, KIND)
    if (words !== undefined) args(entry, words, 'command.args', listed)
    if (variables) env(entry, variables, 'command.env', listed)
  }
}

const args: Take = (entry, value, key) => {
  // One text is split at blanks, as a shell does without quotes.
  if (typeof value === 'string') {
    entry.args = value.split(/\s+/).filter((one) => one !== '')
    ask(entry, 'args', 'the arguments were one text: are they split rightly?')
    return
  }
  entry.args = textsOf(entry, value, key).map(([, one]) => one)
}

const env: Take = (entry, value, key) => {
  if (Array.isArray(value)) {
    for (const [, pair] of textsOf(entry, value, key)) {
      const [name = '', ...rest] = pair.split('=')
      entry.env.set(name, rest.length > 0 ? rest.join('=') : undefined)
    }
    return
  }
  for (const [name, one] of textsOf(entry, value, key)) entry.env.set(name, one)
}

/** Names of variables whose values the client takes from elsewhere. */
const variables: Take = (entry, value, key) => {
  const names = Array.isArray(value) ? value : []
  for (const one of names) {
    const name = typeof one === 'string' ? one : membersOf(one).name
    if (typeof name === 'string') entry.env.set(name, undefined)
    else drop(entry, key, KIND)
  }
}

const headers: Take = (entry, value, key) => {
  for (const [name, one] of textsOf(entry, value, key)) {
    entry.headers.set(name, one)
  }
}

const inner: Take = (entry, value, key, listed) => {
  const { headers: own, ...others } = membersOf(value)
  if (own) headers(entry, own, `${key}.headers`, listed)
  for (const name of Object.keys(others)) drop(entry, `${key}.${name}`, NOTHING)
}

const tools =
  (list: 'allow' | 'deny'): Take =>
  (entry, value, key) => {
    if (!Array.isArray(value)) {
      drop(entry, key, `${CONFIRM}; a role names tools`)
      return
    }
    const names = value
      .map((one) => (typeof one === 'string' ? one : membersOf(one).name))
      .filter((one): one is string => typeof one === 'string')
    if (names.length > 0 && !names.includes('*')) entry[list] = names
    if (value.length === 0 && list === 'allow' && key !== 'available_tools') {
      const text = `its ${key} is empty: may everybody call its tools, or nobody?`
      ask(entry, '', text)
    }
  }

const trust: Take = (entry, value, key) => {
  const isEmpty = Array.isArray(value) ? value.length === 0 : value === false
  if (!isEmpty) drop(entry, key, CONFIRM)
}

const transport: Take = (entry, value, key) => {
  if (typeof value !== 'string') return drop(entry, key, KIND)
  const kind = value.toLowerCase()
  const why = Object.hasOwn(NO_SERVER, kind) ? NO_SERVER[kind] : undefined
  if (why !== undefined) drop(entry, '', why)
}

/** Values of `type` for what no gateway can start. */
const NO_SERVER: Readonly<Record<string, string>> = Object.freeze({
  builtin: 'it is a part of the client itself, not an MCP server',
  platform: 'it is a part of the client itself, not an MCP server',
  frontend: 'it is a part of the client itself, not an MCP server',
  inline_python: 'it is a script inside the file: start it as a server first',
  sdk: 'it runs inside the program of the client',
  ws: 'no MCP server of a gateway speaks WebSocket',
  websocket: 'no MCP server of a gateway speaks WebSocket',
})

const source: Take = (entry, value) => {
  if (value === 'extension') {
    drop(entry, '', 'an extension of Zed starts it: name its command yourself')
  }
}

const title = text((entry, value) => {
  if (value !== entry.name) entry.title = value
})

const described = text((entry, value) => {
  entry.description = value
})

const cwd = text((entry, value) => {
  entry.cwd = value
})

const disabled: Take = (entry, value) => {
  if (value === true) entry.disabled = true
}

const enabled: Take = (entry, value) => {
  if (value === false) entry.disabled = true
}

const envFile = text((entry, value) => {
  entry.envFile = value
})

const bearer = text((entry, value) => {
  entry.headers.set('Authorization', `Bearer \${${value}}`)
})

/** Header → name of the variable with its value. */
const envHeaders: Take = (entry, value, key) => {
  for (const [name, variable] of textsOf(entry, value, key)) {
    entry.headers.set(name, `\${${variable}}`)
  }
}

const signIn: Take = (entry, value, key) => readSignIn(entry, value, key)

const KEYS: Readonly<Record<string, Take>> = Object.freeze({
  type: transport,
  transport,
  transportType: transport,
  command,
  cmd: command,
  args,
  arguments: args,
  env,
  environment: env,
  envs: env,
  env_keys: variables,
  env_vars: variables,
  envFile,
  env_file: envFile,
  cwd,
  workingDirectory: cwd,
  working_directory: cwd,
  url,
  uri: url,
  serverUrl: url,
  httpUrl: url,
  sseUrl: url,
  sseEndpoint: url,
  headers,
  http_headers: headers,
  env_http_headers: envHeaders,
  bearer_token_env_var: bearer,
  requestInit: inner,
  requestOptions: inner,
  oauth: signIn,
  auth: signIn,
  oauth_resource: signIn,
  scopes: signIn,
  authProviderType: signIn,
  disabled,
  enabled,
  timeout: milliseconds('timeout'),
  requestTimeout: milliseconds('timeout'),
  timeoutMs: milliseconds('timeout', 1),
  tool_timeout_sec: milliseconds('timeout', 1000),
  initTimeout: milliseconds('startupTimeout'),
  startup_timeout_sec: milliseconds('startupTimeout', 1000),
  startup_timeout_ms: milliseconds('startupTimeout', 1),
  enabledTools: tools('allow'),
  enabled_tools: tools('allow'),
  includeTools: tools('allow'),
  allowedTools: tools('allow'),
  available_tools: tools('allow'),
  tools: tools('allow'),
  disabledTools: tools('deny'),
  disabled_tools: tools('deny'),
  excludeTools: tools('deny'),
  deniedTools: tools('deny'),
  alwaysAllow: trust,
  autoApprove: trust,
  trust,
  default_tools_approval_mode: ignored(CONFIRM),
  headersHelper: ignored(
    'a program of the client makes the headers: write a header with a reference, or auth',
  ),
  title,
  display_name: title,
  displayName: title,
  name: title,
  description: described,
  source,
  bundled: silent,
  required: silent,
  settings: (entry, value, key) => {
    // Zed writes an empty object beside each command.
    if (Object.keys(membersOf(value)).length > 0) drop(entry, key, SETTINGS)
  },
})
